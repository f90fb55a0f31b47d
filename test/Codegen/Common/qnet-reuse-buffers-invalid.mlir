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

// The product reads %x while its epilogue writes.
// CHECK-LABEL: @epilogues_stay
// CHECK-COUNT-2: memref.alloc()
func.func @epilogues_stay(%w: memref<8x8xf32>, %p: memref<8x8xf32>, %to: memref<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<8x8xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<8x8xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x8xf32>, memref<8x8xf32>) outs(%p : memref<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  %y = memref.alloc() : memref<8x8xf32>
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%p, %x : memref<8x8xf32>, memref<8x8xf32>) outs(%y : memref<8x8xf32>) attrs = {qnet.epilogue = "reads"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  memref.copy %y, %to : memref<8x8xf32> to memref<8x8xf32>
  return
}
