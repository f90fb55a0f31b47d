// RUN: qnet-opt %s -qnet-recompute-activations -split-input-file | FileCheck %s
// RUN: qnet-opt %s -qnet-recompute-activations=max-work=65 -split-input-file | FileCheck %s --check-prefix=WORK
// RUN: qnet-opt %s -qnet-recompute-activations=product-percent=1 -split-input-file | FileCheck %s --check-prefix=LESS

#id = affine_map<(d0) -> (d0)>

// %y lives across the peak, which is at %big, only to be read after it: it is computed again from
// %x, before its first use there, and so is the padding of %y before that.
// CHECK-LABEL: @across_the_peak_is_computed_again
// CHECK-SAME: (%[[X:.*]]: memref<2048xf32>, %[[TO:.*]]: memref<2048xf32>)
// CHECK: %[[Y:.*]] = memref.alloc() : memref<2048xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : memref<2048xf32>) outs(%[[Y]] : memref<2048xf32>)
// CHECK: %[[P:.*]] = memref.alloc() : memref<2048xf32>
// CHECK: memref.load %[[Y]]
// CHECK: memref.copy %[[P]], %[[TO]]
// CHECK: %[[BIG:.*]] = memref.alloc() : memref<9999xf32>
// CHECK: memref.store %{{.*}}, %[[BIG]]
// CHECK: %[[Y1:.*]] = memref.alloc() : memref<2048xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : memref<2048xf32>) outs(%[[Y1]] : memref<2048xf32>)
// CHECK: %[[P1:.*]] = memref.alloc() : memref<2048xf32>
// CHECK: linalg.generic {{.*}} outs(%[[P1]] : memref<2048xf32>)
// CHECK: memref.load %[[Y1]]
// CHECK: memref.copy %[[P1]], %[[TO]]
// CHECK: memref.copy %[[Y1]], %[[TO]]
func.func @across_the_peak_is_computed_again(%x: memref<2048xf32>, %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %y = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%y : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %p = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%p : memref<2048xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %r = memref.load %y[%i] : memref<2048xf32>
    linalg.yield %r : f32
  }
  memref.copy %p, %to : memref<2048xf32> to memref<2048xf32>
  %big = memref.alloc() : memref<9999xf32>
  memref.store %one, %big[%c0] : memref<9999xf32>
  memref.copy %p, %to : memref<2048xf32> to memref<2048xf32>
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// What it is computed from has changed: it stays.
// CHECK-LABEL: @an_overwritten_input_is_not_there
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @an_overwritten_input_is_not_there(%x: memref<2048xf32>, %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %y = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%y : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  %big = memref.alloc() : memref<9999xf32>
  memref.store %one, %big[%c0] : memref<9999xf32>
  memref.store %one, %x[%c0] : memref<2048xf32>
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  return
}

// -----

#out = affine_map<(d0, d1) -> (d0)>
#in = affine_map<(d0, d1) -> (d1)>

// Sums of 64 terms are recomputed where max-work says so only.
// CHECK-LABEL: @long_sums_stay
// CHECK-COUNT-1: linalg.fill
// CHECK-NOT: linalg.fill
// WORK-LABEL: @long_sums_stay
// WORK: linalg.fill
// WORK: memref<9999xf32>
// WORK: linalg.fill
// WORK-NEXT: linalg.generic
func.func @long_sums_stay(%x: memref<64xf32>, %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %y = memref.alloc() : memref<2048xf32>
  linalg.fill ins(%one : f32) outs(%y : memref<2048xf32>)
  linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<64xf32>) outs(%y : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  }
  %big = memref.alloc() : memref<9999xf32>
  memref.store %one, %big[%c0] : memref<9999xf32>
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// A chain, each computed from the one before and read again later: all are computed again once, in a
// row, not each from the start.
// CHECK-LABEL: @a_chain_is_computed_again_once
// CHECK-COUNT-4: arith.addf
// CHECK: memref<9999xf32>
// CHECK-COUNT-4: arith.addf
// CHECK-NOT: arith.addf
// CHECK: return
func.func @a_chain_is_computed_again_once(%x: memref<2048xf32>, %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %y1 = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%y1 : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %y2 = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y1 : memref<2048xf32>) outs(%y2 : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %y3 = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y2 : memref<2048xf32>) outs(%y3 : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %y4 = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%y3 : memref<2048xf32>) outs(%y4 : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %big = memref.alloc() : memref<9999xf32>
  memref.store %one, %big[%c0] : memref<9999xf32>
  memref.copy %y4, %to : memref<2048xf32> to memref<2048xf32>
  memref.copy %y3, %to : memref<2048xf32> to memref<2048xf32>
  memref.copy %y2, %to : memref<2048xf32> to memref<2048xf32>
  memref.copy %y1, %to : memref<2048xf32> to memref<2048xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// %s takes the place of %t: most bytes are live with %big, not in the op that adds. Without %y
// there, %y is computed again.
// CHECK-LABEL: @what_is_written_over_counts_once
// CHECK: memref.alloc() : memref<1500xf32>
// CHECK: %[[Y1:.*]] = memref.alloc() : memref<2048xf32>
// CHECK: linalg.generic {{.*}} outs(%[[Y1]]
// CHECK: memref.copy %[[Y1]]
func.func @what_is_written_over_counts_once(%x: memref<2048xf32>, %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %t = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%t : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %s = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%t : memref<2048xf32>) outs(%s : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  }
  memref.copy %s, %to : memref<2048xf32> to memref<2048xf32>
  %y = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%y : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  %big = memref.alloc() : memref<1500xf32>
  memref.store %one, %big[%c0] : memref<1500xf32>
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#out = affine_map<(d0, d1) -> (d0)>
#in = affine_map<(d0, d1) -> (d1)>

// The sums of %y take 64 terms, too many to be cheap, but less than 2 percent (and more than 1) of all
// iterations: they are computed again, from the copy of %x2 that is made for its own late use and comes
// before them now. There is no second copy.
// CHECK-LABEL: @a_product_for_its_bytes
// CHECK: memref<9999xf32>
// CHECK: %[[X2:.*]] = memref.alloc() : memref<2048xf32>
// CHECK-NEXT: linalg.generic {{.*}} outs(%[[X2]]
// CHECK: arith.addf
// CHECK: %[[Y:.*]] = memref.alloc() : memref<2048xf32>
// CHECK-NEXT: linalg.fill {{.*}} outs(%[[Y]]
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[X2]], %{{.*}} : memref<2048xf32>, memref<64xf32>) outs(%[[Y]]
// CHECK: memref.copy %[[Y]]
// CHECK-NOT: linalg.generic
// CHECK: memref.copy %[[X2]]
// LESS-LABEL: @a_product_for_its_bytes
// LESS-COUNT-1: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : memref<2048xf32>)
// LESS-NOT: linalg.fill ins(%{{.*}} : f32) outs(%{{.*}} : memref<2048xf32>)
func.func @a_product_for_its_bytes(%x: memref<2048xf32>, %w: memref<64xf32>, %v: memref<900xf32>,
                                   %to: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %x2 = memref.alloc() : memref<2048xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<2048xf32>) outs(%x2 : memref<2048xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %y = memref.alloc() : memref<2048xf32>
  linalg.fill ins(%one : f32) outs(%y : memref<2048xf32>)
  linalg.generic {indexing_maps = [#out, #in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x2, %w : memref<2048xf32>, memref<64xf32>) outs(%y : memref<2048xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %r = arith.addf %m, %o : f32
    linalg.yield %r : f32
  }
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  %big = memref.alloc() : memref<9999xf32>
  linalg.fill ins(%one : f32) outs(%big : memref<9999xf32>)
  linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%v : memref<900xf32>) outs(%big : memref<9999xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %o : f32
    linalg.yield %r : f32
  }
  memref.copy %y, %to : memref<2048xf32> to memref<2048xf32>
  memref.copy %x2, %to : memref<2048xf32> to memref<2048xf32>
  return
}
