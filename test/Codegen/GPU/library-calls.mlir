// RUN: qnet-opt %s -convert-qnet-to-llvm -split-input-file -verify-diagnostics | FileCheck %s

// Equal calls share an entry of the table: kind, math, whether the result is added, whether no
// kernel stands in, sizes.
// CHECK:       module attributes {{.*}}qnet.operations = [
// CHECK-SAME:    array<i64: 0, 1, 1, 0, 7, 3, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0>,
// CHECK-SAME:    array<i64: 1, 0, 0, 1, 4, 9, 9, 3, 5, 3, 3, 2, 2, 0, 0, 4, 4>]
// CHECK-LABEL: llvm.func @the_runtime_says_whether_it_is_taken(
// CHECK-SAME:    %[[CONTEXT:[^:]*]]: !llvm.ptr, %[[X:[^:]*]]: !llvm.ptr,
// CHECK:         llvm.insertvalue %[[X]], %{{.*}}[1]
// CHECK:         %[[TAKEN:.*]] = llvm.call @qnet_gpu_compute(%[[CONTEXT]], %{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, i32, !llvm.ptr, i32) -> i32
// CHECK:         llvm.icmp "ne" %[[TAKEN]]
// CHECK:         llvm.call @qnet_gpu_compute
// CHECK:         llvm.call @qnet_gpu_compute
module {
  func.func @the_runtime_says_whether_it_is_taken(%context: !llvm.ptr, %x: memref<7x5xf32>, %w: memref<3x5xf32>,
      %y: memref<7x3xf32>, %image: memref<4x9x9x3xf32>, %k: memref<5x3x3x3xf32>, %out: memref<4x4x4x5xf32>) -> (i1, i1) {
    %0 = qnet.library_matmul %x, %w, %y {transpose_right, accumulate, math = "tf32"}
        : memref<7x5xf32>, memref<3x5xf32>, memref<7x3xf32>
    %1 = qnet.library_conv2d %image, %k, %out {strides = array<i64: 2, 2>}
        : memref<4x9x9x3xf32>, memref<5x3x3x3xf32>, memref<4x4x4x5xf32>
    %2 = qnet.library_matmul %x, %w, %y {transpose_right, accumulate, math = "tf32"}
        : memref<7x5xf32>, memref<3x5xf32>, memref<7x3xf32>
    return %0, %2 : i1, i1
  }
}

// -----

func.func @no_context(%seed: i32, %x: memref<7x5xf32>, %w: memref<5x3xf32>, %y: memref<7x3xf32>) {
  // expected-error @+2 {{expected a call in a function of the C ABI}}
  // expected-error @+1 {{failed to legalize operation 'qnet.library_matmul'}}
  %0 = qnet.library_matmul %x, %w, %y : memref<7x5xf32>, memref<5x3xf32>, memref<7x3xf32>
  return
}
