// RUN: qnet-opt %s -split-input-file -qnet-fold-accumulation | FileCheck %s
//
// The pass refuses nothing: what it cannot fold stays as it is.

// CHECK-LABEL: @loops_on_buffers_stay
// CHECK: linalg.generic
func.func @loops_on_buffers_stay(%x: memref<3xf32>, %y: memref<3xf32>, %z: memref<3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%x, %y : memref<3xf32>, memref<3xf32>) outs(%z : memref<3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}

// -----

// CHECK-LABEL: @declarations_stay
func.func private @declarations_stay()
