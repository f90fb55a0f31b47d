// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 -split-input-file | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

// A packed product: the bias is loaded once for the rows of a tile, and only the sum with it
// is stored.
// CHECK-LABEL: @a_packed_product_adds_a_bias
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: memref<16xf32>, %[[Y:[a-z0-9]+]]: memref<12x16xf32>)
// CHECK: %[[SUMS:.*]]:12 = scf.for
// CHECK: vector.fma
// CHECK: %[[B:.*]] = vector.load %[[BIAS]]
// CHECK-NEXT: %[[FIRST:.*]] = arith.addf %[[SUMS]]#0, %[[B]] : vector<8xf32>
// CHECK: vector.store %[[FIRST]], %[[Y]]
// CHECK-NOT: vector.load
// CHECK: arith.addf %[[SUMS]]#2, %[[B]] : vector<8xf32>
// CHECK-NOT: vector.store %[[SUMS]]
// CHECK-NOT: linalg.generic
func.func @a_packed_product_adds_a_bias(%x: memref<12x16xf32>, %w: memref<16x16xf32>, %bias: memref<16xf32>, %y: memref<12x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<12x16xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<12x16xf32>, memref<16x16xf32>) outs(%y : memref<12x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #columns, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %bias : memref<12x16xf32>, memref<16xf32>) outs(%y : memref<12x16xf32>)
      attrs = {qnet.epilogue = "consumes"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#rows = affine_map<(m, n) -> (m)>

// Several blocks of K: sums go through the result's buffer, and the last block compares them
// with a limit of the row. The result is read elsewhere, too: it is stored beside.
// CHECK-LABEL: @the_last_block_runs_the_op
// CHECK-SAME: %[[LIMIT:[a-z0-9]+]]: memref<12xf32>, %[[P:[a-z0-9]+]]: memref<12x16xf32>, %[[Y:[a-z0-9]+]]: memref<12x16xi32>)
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[Y]]
// CHECK: %[[SUMS:.*]]:12 = scf.for
// CHECK: scf.if
// CHECK: vector.store %[[SUMS]]#0, %[[P]]
// CHECK: } else {
// CHECK: vector.store %[[SUMS]]#0, %[[P]]
// CHECK: %[[ROW:.*]] = memref.load %[[LIMIT]]
// CHECK: %[[LANES:.*]] = vector.broadcast %[[ROW]] : f32 to vector<8xf32>
// CHECK: arith.cmpf ogt, %[[SUMS]]#0, %[[LANES]] : vector<8xf32>
// CHECK: arith.extui %{{.*}} : vector<8xi1> to vector<8xi32>
// CHECK: vector.store %{{.*}}, %[[FLAT]]
func.func @the_last_block_runs_the_op(%x: memref<12x2048xf32>, %w: memref<16x2048xf32>, %limit: memref<12xf32>, %p: memref<12x16xf32>, %y: memref<12x16xi32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%p : memref<12x16xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<12x2048xf32>, memref<16x2048xf32>) outs(%p : memref<12x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #rows, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %limit : memref<12x16xf32>, memref<12xf32>) outs(%y : memref<12x16xi32>)
      attrs = {qnet.epilogue = "reads"} {
  ^bb0(%a: f32, %b: f32, %o: i32):
    %c = arith.cmpf ogt, %a, %b : f32
    %i = arith.extui %c : i1 to i32
    linalg.yield %i : i32
  }
  return
}

// -----

#input = affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>
#filter = affine_map<(n, h, w, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>
#id = affine_map<(n, h, w, f) -> (n, h, w, f)>

// A convolution that is read in place: the residual lies in a padded image, at other places
// than the sums. The result itself is stored nowhere.
// CHECK-LABEL: @a_convolution_adds_a_residual
// CHECK-SAME: %[[P:[a-z0-9]+]]: memref<2x8x8x16xf32>, %[[R:[a-z0-9]+]]: memref<2x8x8x16xf32, strided<[1600, 160, 16, 1], offset: 176>>, %[[Y:[a-z0-9]+]]: memref<2x8x8x16xf32>)
// CHECK: %[[RESIDUAL:.*]] = memref.reinterpret_cast %[[R]]
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[Y]]
// CHECK: scf.parallel
// CHECK: memref.prefetch %[[RESIDUAL]]
// CHECK: memref.prefetch %[[FLAT]]
// CHECK: vector.fma
// CHECK: %[[OLD:.*]] = vector.load %[[RESIDUAL]]
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %[[OLD]] : vector<8xf32>
// CHECK: vector.store %[[SUM]], %[[FLAT]]
// CHECK-NOT: linalg.generic
func.func @a_convolution_adds_a_residual(%x: memref<2x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %p: memref<2x8x8x16xf32>, %r: memref<2x8x8x16xf32, strided<[1600, 160, 16, 1], offset: 176>>, %y: memref<2x8x8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%p : memref<2x8x8x16xf32>)
  linalg.generic {indexing_maps = [#input, #filter, #output],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<2x10x10x16xf32>, memref<16x3x3x16xf32>) outs(%p : memref<2x8x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%p, %r : memref<2x8x8x16xf32>, memref<2x8x8x16xf32, strided<[1600, 160, 16, 1], offset: 176>>) outs(%y : memref<2x8x8x16xf32>)
      attrs = {qnet.epilogue = "consumes"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}
