// RUN: qnet-opt %s -split-input-file -qnet-fuse-elementwise | FileCheck %s
//
// The pass refuses nothing: what it cannot fuse stays as it is.

// CHECK-LABEL: @loops_on_buffers_stay
// CHECK-COUNT-2: linalg.fill
func.func @loops_on_buffers_stay(%m: memref<4xf32>, %x: f32) {
  linalg.fill ins(%x : f32) outs(%m : memref<4xf32>)
  linalg.fill ins(%x : f32) outs(%m : memref<4xf32>)
  return
}

// -----

// CHECK-LABEL: @declarations_stay
func.func private @declarations_stay()
