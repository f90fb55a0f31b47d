// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -emit-bytecode | qnet-opt | FileCheck %s

// CHECK-LABEL: func.func @factors_may_be_stored_transposed
// CHECK:         qnet.library_matmul %{{.*}}, %{{.*}}, %{{.*}} : memref<2x3xf32>, memref<3x4xf32>, memref<2x4xf32>
// CHECK:         qnet.library_matmul %{{.*}}, %{{.*}}, %{{.*}} {accumulate, math = "bf16", transpose_left, transpose_right} : memref<3x2xf32>, memref<4x3xf32>, memref<2x4xf32>
func.func @factors_may_be_stored_transposed(%a: memref<2x3xf32>, %b: memref<3x4xf32>,
    %at: memref<3x2xf32>, %bt: memref<4x3xf32>, %c: memref<2x4xf32>) {
  %0 = qnet.library_matmul %a, %b, %c : memref<2x3xf32>, memref<3x4xf32>, memref<2x4xf32>
  %1 = qnet.library_matmul %at, %bt, %c {transpose_left, transpose_right, accumulate, math = "bf16"}
      : memref<3x2xf32>, memref<4x3xf32>, memref<2x4xf32>
  return
}

// CHECK-LABEL: func.func @a_convolution_and_its_gradients
// CHECK:         qnet.library_conv2d %{{.*}}, %{{.*}}, %{{.*}} {strides = array<i64: 2, 2>} : memref<4x9x9x3xf32>, memref<5x3x3x3xf32>, memref<4x4x4x5xf32>
// CHECK:         qnet.library_conv2d_input_grad %{{.*}}, %{{.*}}, %{{.*}} {strides = array<i64: 2, 2>} : memref<4x4x4x5xf32>, memref<5x3x3x3xf32>, memref<4x9x9x3xf32>
// CHECK:         qnet.library_conv2d_weight_grad %{{.*}}, %{{.*}}, %{{.*}} {math = "tf32", pads = array<i64: 1, 0>} : memref<4x9x7x5xf32>, memref<4x9x9x3xf32>, memref<5x3x3x3xf32>
func.func @a_convolution_and_its_gradients(%x: memref<4x9x9x3xf32>, %k: memref<5x3x3x3xf32>,
    %y: memref<4x4x4x5xf32>, %padded: memref<4x9x7x5xf32>) {
  %0 = qnet.library_conv2d %x, %k, %y {strides = array<i64: 2, 2>}
      : memref<4x9x9x3xf32>, memref<5x3x3x3xf32>, memref<4x4x4x5xf32>
  %1 = qnet.library_conv2d_input_grad %y, %k, %x {strides = array<i64: 2, 2>}
      : memref<4x4x4x5xf32>, memref<5x3x3x3xf32>, memref<4x9x9x3xf32>
  %2 = qnet.library_conv2d_weight_grad %padded, %x, %k {pads = array<i64: 1, 0>, math = "tf32"}
      : memref<4x9x7x5xf32>, memref<4x9x9x3xf32>, memref<5x3x3x3xf32>
  return
}
