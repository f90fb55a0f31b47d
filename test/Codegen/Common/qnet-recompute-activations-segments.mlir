// RUN: qnet-opt %s -qnet-recompute-activations=products | FileCheck %s
// RUN: qnet-opt %s -qnet-recompute-activations | FileCheck %s --check-prefix=CHEAP

#ik = affine_map<(i, j, k) -> (i, k)>
#kj = affine_map<(i, j, k) -> (k, j)>
#ij = affine_map<(i, j, k) -> (i, j)>

// A sum of 64 terms is not cheap. Of six that follow each other, each is read
// again, in the opposite order: %y3 is kept. %y5 is computed again with %y4, which it is computed from,
// before the first use of either, and then %y2 with %y1. Each product runs twice at most.
// CHECK-LABEL: @products_are_computed_again_by_segments
// CHECK-SAME: (%[[X:.*]]: memref<64x64xf32>, %[[W:.*]]: memref<64x64xf32>, %[[TO:.*]]: memref<64x64xf32>)
// CHECK: ins(%[[X]], %[[W]] : {{.*}} outs(%[[Y1:[a-z0-9_]+]] :
// CHECK: ins(%[[Y1]], %[[W]] : {{.*}} outs(%[[Y2:[a-z0-9_]+]] :
// CHECK: ins(%[[Y2]], %[[W]] : {{.*}} outs(%[[Y3:[a-z0-9_]+]] :
// CHECK: ins(%[[Y3]], %[[W]] : {{.*}} outs(%[[Y4:[a-z0-9_]+]] :
// CHECK: ins(%[[Y4]], %[[W]] : {{.*}} outs(%[[Y5:[a-z0-9_]+]] :
// CHECK: ins(%[[Y5]], %[[W]] : {{.*}} outs(%[[Y6:[a-z0-9_]+]] :
// CHECK: memref.copy %[[Y6]], %[[TO]]
// CHECK: ins(%[[Y3]], %[[W]] : {{.*}} outs(%[[Y4:[a-z0-9_]+]] :
// CHECK: ins(%[[Y4]], %[[W]] : {{.*}} outs(%[[Y5:[a-z0-9_]+]] :
// CHECK: memref.copy %[[Y5]], %[[TO]]
// CHECK-NEXT: memref.copy %[[Y4]], %[[TO]]
// CHECK-NEXT: memref.copy %[[Y3]], %[[TO]]
// CHECK: ins(%[[X]], %[[W]] : {{.*}} outs(%[[Y1:[a-z0-9_]+]] :
// CHECK: ins(%[[Y1]], %[[W]] : {{.*}} outs(%[[Y2:[a-z0-9_]+]] :
// CHECK: memref.copy %[[Y2]], %[[TO]]
// CHECK-NEXT: memref.copy %[[Y1]], %[[TO]]
// CHECK-NEXT: return
// CHEAP-LABEL: @products_are_computed_again_by_segments
// CHEAP-COUNT-6: linalg.generic
// CHEAP-NOT: linalg.generic
// CHEAP: return
func.func @products_are_computed_again_by_segments(%x: memref<64x64xf32>, %w: memref<64x64xf32>, %to: memref<64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %y1 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y1 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y1 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y2 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y2 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y1, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y2 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y3 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y3 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y2, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y3 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y4 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y4 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y3, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y4 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y5 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y5 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y4, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y5 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y6 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y6 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y5, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y6 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  memref.copy %y6, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y5, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y4, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y3, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y2, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y1, %to : memref<64x64xf32> to memref<64x64xf32>
  return
}

// All are products with %w, which is overwritten before they are needed again.
// CHECK-LABEL: @products_with_other_factors_now_are_kept
// CHECK-COUNT-6: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @products_with_other_factors_now_are_kept(%x: memref<64x64xf32>, %w: memref<64x64xf32>, %to: memref<64x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %y1 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y1 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y1 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y2 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y2 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y1, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y2 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y3 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y3 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y2, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y3 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y4 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y4 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y3, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y4 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y5 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y5 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y4, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y5 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  %y6 = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%y6 : memref<64x64xf32>)
  linalg.generic {indexing_maps = [#ik, #kj, #ij], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%y5, %w : memref<64x64xf32>, memref<64x64xf32>) outs(%y6 : memref<64x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%w : memref<64x64xf32>)
  memref.copy %y6, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y5, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y4, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y3, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y2, %to : memref<64x64xf32> to memref<64x64xf32>
  memref.copy %y1, %to : memref<64x64xf32> to memref<64x64xf32>
  return
}
