// RUN: qnet-opt %s -qnet-reuse-buffers | FileCheck %s
//
// The pass refuses nothing: what it cannot reuse stays as it is.

// CHECK: func.func private @declarations_stay()
func.func private @declarations_stay()

// CHECK-LABEL: @sums_stay
// CHECK-COUNT-2: memref.alloc()
func.func @sums_stay(%x: f32, %to: memref<8xf32>) {
  %y = memref.alloc() : memref<8xf32>
  linalg.fill ins(%x : f32) outs(%y : memref<8xf32>)
  %z = memref.alloc() : memref<8xf32>
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = ["parallel", "reduction"]}
      ins(%y, %to : memref<8xf32>, memref<8xf32>) outs(%z : memref<8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  memref.copy %z, %to : memref<8xf32> to memref<8xf32>
  return
}
