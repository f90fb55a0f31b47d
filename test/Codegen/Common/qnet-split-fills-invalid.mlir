// RUN: qnet-opt %s -qnet-split-fills | FileCheck %s
//
// The pass refuses nothing: what it cannot split stays as it is.

// CHECK: func.func private @declarations_stay()
func.func private @declarations_stay()

// CHECK-LABEL: @sizes_known_at_run_time_stay
// CHECK: linalg.fill {{.*}} memref<?x8xf32>
// CHECK-NOT: linalg.fill
func.func @sizes_known_at_run_time_stay(%n: index, %x: memref<2x8xf32>, %to: memref<?x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %sum = memref.alloc(%n) : memref<?x8xf32>
  linalg.fill ins(%zero : f32) outs(%sum : memref<?x8xf32>)
  %first = memref.subview %sum[0, 0] [2, 8] [1, 1]
      : memref<?x8xf32> to memref<2x8xf32, strided<[8, 1]>>
  linalg.copy ins(%x : memref<2x8xf32>) outs(%first : memref<2x8xf32, strided<[8, 1]>>)
  memref.copy %sum, %to : memref<?x8xf32> to memref<?x8xf32>
  return
}
