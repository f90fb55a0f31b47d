// RUN: qnet-opt %s -qnet-emulate-kernels | FileCheck %s

// What stands between two barriers is a loop over the threads, in the order that the
// last argument says; a value that threads carry over a barrier is in an array; what
// all threads share is computed once.
// CHECK-NOT: @host
// CHECK-LABEL: func.func @values_cross_barriers_in_arrays(
// CHECK-SAME: %[[X:.*]]: memref<512xf32>, %[[BLOCK:.*]]: index, %[[DESCENDING:.*]]: i1)
// CHECK-DAG: %[[CARRIED:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xf32>
// CHECK-DAG: %[[SHARED:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xf32>
// CHECK: %[[START:.*]] = arith.muli %[[BLOCK]]
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[OPPOSITE:.*]] = arith.subi %{{.*}}, %[[I]]
// CHECK: %[[T:.*]] = arith.select %[[DESCENDING]], %[[OPPOSITE]], %[[I]]
// CHECK: arith.addi %[[START]], %[[T]]
// CHECK: %[[V:.*]] = memref.load %[[X]]
// CHECK: memref.store %[[V]], %{{.*}}[%[[T]]]
// CHECK: memref.store %[[V]], %{{.*}}[%[[T]]]
// CHECK: }
// CHECK: scf.for %[[I2:.*]] =
// CHECK: memref.load %{{.*}}[%{{.*}}]
// CHECK: memref.store %{{.*}}, %[[X]]
// CHECK: return
// CHECK-NOT: gpu.module
module attributes {gpu.container_module} {
  func.func @host() {
    return
  }
  gpu.module @kernels {
    gpu.func @values_cross_barriers_in_arrays(%x: memref<512xf32>) workgroup(%s : memref<256xf32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      %c256 = arith.constant 256 : index
      %c255 = arith.constant 255 : index
      %b = gpu.block_id x
      %t = gpu.thread_id x
      %start = arith.muli %b, %c256 : index
      %i = arith.addi %start, %t : index
      %v = memref.load %x[%i] : memref<512xf32>
      memref.store %v, %s[%t] : memref<256xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %o = arith.subi %c255, %t : index
      %w = memref.load %s[%o] : memref<256xf32, #gpu.address_space<workgroup>>
      %r = arith.subf %v, %w : f32
      memref.store %r, %x[%i] : memref<512xf32>
      gpu.return
    }

    // A loop around a barrier is one of the block; what it carries has a place for each
    // thread, and all new values are read before one is written.
    // CHECK-LABEL: func.func @loops_around_barriers_are_the_blocks
    // CHECK: scf.for %{{.*}} = %{{.*}} to %c256
    // CHECK: scf.for %{{.*}} = %c0{{.*}} to %c4{{.*}} step %c1
    // CHECK: scf.for %{{.*}} = %{{.*}} to %c256
    // CHECK: %[[B:.*]] = memref.load
    // CHECK: %[[A:.*]] = memref.load
    // CHECK: memref.store %[[B]]
    // CHECK: memref.store %[[A]]
    gpu.func @loops_around_barriers_are_the_blocks(%x: memref<256xf32>, %y: memref<256xf32>) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %t = gpu.thread_id x
      %a = memref.load %x[%t] : memref<256xf32>
      %b = memref.load %y[%t] : memref<256xf32>
      %r:2 = scf.for %i = %c0 to %c4 step %c1 iter_args(%p = %a, %q = %b) -> (f32, f32) {
        gpu.barrier
        scf.yield %q, %p : f32, f32
      }
      memref.store %r#0, %x[%t] : memref<256xf32>
      gpu.return
    }
  }
}
