// RUN: qnet-opt %s -qnet-fuse-epilogues -split-input-file | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#columns = affine_map<(m, n) -> (n)>

// The product sums where the bias is added to; its own buffer is gone.
// CHECK-LABEL: @a_bias_is_added_to_the_sums
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<64x32xf32>)
// CHECK-NOT: memref.alloc
// CHECK: linalg.fill {{.*}} outs(%[[Y]]
// CHECK-NEXT: linalg.generic {{.*}} outs(%[[Y]]
// CHECK: linalg.generic {{.*}} ins(%[[Y]], %{{.*}} : memref<64x32xf32>, memref<32xf32>) outs(%[[Y]]
// CHECK-SAME: qnet.epilogue = "consumes"
func.func @a_bias_is_added_to_the_sums(%x: memref<64x16xf32>, %w: memref<32x16xf32>, %bias: memref<32xf32>, %y: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<64x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x16xf32>, memref<32x16xf32>) outs(%p : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #columns, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %bias : memref<64x32xf32>, memref<32xf32>) outs(%y : memref<64x32xf32>) {
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

// A copy reads the result, too: it keeps its buffer. The product sinks below what
// computes the other operand of the sum.
// CHECK-LABEL: @a_result_with_two_readers_is_stored
// CHECK: %[[P:.*]] = memref.alloc() : memref<64x32xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[R:.*]] : f32, memref<64x32xf32>) outs(%[[R]]
// CHECK: linalg.fill {{.*}} outs(%[[P]]
// CHECK-NEXT: linalg.generic {{.*}}"reduction"{{.*}} outs(%[[P]]
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[R]] {{.*}} outs(%[[R]]
// CHECK-SAME: qnet.epilogue = "reads"
// CHECK: memref.copy %[[P]]
func.func @a_result_with_two_readers_is_stored(%x: memref<64x16xf32>, %w: memref<32x16xf32>, %r: memref<64x32xf32>, %c: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2.0 : f32
  %p = memref.alloc() : memref<64x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x16xf32>, memref<32x16xf32>) outs(%p : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m, n) -> ()>, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%two, %r : f32, memref<64x32xf32>) outs(%r : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %r : memref<64x32xf32>, memref<64x32xf32>) outs(%r : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  memref.copy %p, %c : memref<64x32xf32> to memref<64x32xf32>
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#rows = affine_map<(m, n) -> (m)>

// Weights change between the two, so that the product stays; the op moves up. A value a
// row is fine, and so is an output of integers, which cannot take the sums.
// CHECK-LABEL: @an_op_moves_up_to_its_product
// CHECK: %[[P:.*]] = memref.alloc() : memref<64x32xf32>
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} outs(%[[P]]
// CHECK: linalg.generic {{.*}} ins(%[[P]]
// CHECK-SAME: qnet.epilogue = "consumes"
// CHECK: linalg.fill
func.func @an_op_moves_up_to_its_product(%x: memref<64x16xf32>, %w: memref<32x16xf32>, %limit: memref<64xf32>, %y: memref<64x32xi32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<64x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x16xf32>, memref<32x16xf32>) outs(%p : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%w : memref<32x16xf32>)
  linalg.generic {indexing_maps = [#id, #rows, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %limit : memref<64x32xf32>, memref<64xf32>) outs(%y : memref<64x32xi32>) {
  ^bb0(%a: f32, %b: f32, %o: i32):
    %c = arith.cmpf ogt, %a, %b : f32
    %i = arith.extui %c : i1 to i32
    linalg.yield %i : i32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// The mask is computed after the product, whose weights then change: what it is computed by moves
// before the product, in its order, and the op after it.
// CHECK-LABEL: @what_an_op_reads_is_computed_earlier
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<64x16xf32>, %[[W:[a-z0-9]+]]: memref<32x16xf32>, %[[A:[a-z0-9]+]]: memref<64x32xf32>, %[[Y:[a-z0-9]+]]: memref<64x32xf32>
// CHECK: %[[MASK:.*]] = memref.alloc() : memref<66x32xf32>
// CHECK: linalg.fill {{.*}} outs(%[[MASK]]
// CHECK: %[[INSIDE:.*]] = memref.subview %[[MASK]]
// CHECK: linalg.generic {{.*}} ins(%[[A]] {{.*}} outs(%[[INSIDE]]
// CHECK: linalg.fill {{.*}} outs(%[[Y]]
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} ins(%[[X]], %[[W]] {{.*}} outs(%[[Y]]
// CHECK: linalg.generic {{.*}} ins(%[[Y]], %[[INSIDE]] {{.*}} outs(%[[Y]]
// CHECK-SAME: qnet.epilogue = "consumes"
// CHECK: linalg.fill {{.*}} outs(%[[W]]
func.func @what_an_op_reads_is_computed_earlier(%x: memref<64x16xf32>, %w: memref<32x16xf32>, %a: memref<64x32xf32>, %y: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<64x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x16xf32>, memref<32x16xf32>) outs(%p : memref<64x32xf32>) {
  ^bb0(%e: f32, %f: f32, %o: f32):
    %m = arith.mulf %e, %f : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  %mask = memref.alloc() : memref<66x32xf32>
  linalg.fill ins(%zero : f32) outs(%mask : memref<66x32xf32>)
  %inside = memref.subview %mask[1, 0] [64, 32] [1, 1] : memref<66x32xf32> to memref<64x32xf32, strided<[32, 1], offset: 32>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<64x32xf32>) outs(%inside : memref<64x32xf32, strided<[32, 1], offset: 32>>) {
  ^bb0(%e: f32, %o: f32):
    %s = arith.addf %e, %e : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%w : memref<32x16xf32>)
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %inside : memref<64x32xf32>, memref<64x32xf32, strided<[32, 1], offset: 32>>) outs(%y : memref<64x32xf32>) {
  ^bb0(%e: f32, %f: f32, %o: f32):
    %m = arith.mulf %e, %f : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#input = affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>
#filter = affine_map<(n, h, w, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>
#id = affine_map<(n, h, w, f) -> (n, h, w, f)>

// A convolution sums inside the padded image that its relu writes.
// CHECK-LABEL: @a_convolution_writes_a_padded_image
// CHECK: %[[PADDED:.*]] = memref.alloc() : memref<2x10x10x16xf32>
// CHECK: linalg.fill {{.*}} outs(%[[PADDED]]
// CHECK: %[[INSIDE:.*]] = memref.subview %[[PADDED]]
// CHECK: linalg.fill {{.*}} outs(%[[INSIDE]]
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} outs(%[[INSIDE]]
// CHECK: linalg.generic {{.*}} ins(%[[INSIDE]] {{.*}} outs(%[[INSIDE]]
// CHECK-SAME: qnet.epilogue = "consumes"
func.func @a_convolution_writes_a_padded_image(%x: memref<2x10x10x16xf32>, %w: memref<16x3x3x16xf32>) -> memref<2x10x10x16xf32> {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x8x8x16xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<2x8x8x16xf32>)
  linalg.generic {indexing_maps = [#input, #filter, #output],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<2x10x10x16xf32>, memref<16x3x3x16xf32>) outs(%p : memref<2x8x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  %padded = memref.alloc() : memref<2x10x10x16xf32>
  linalg.fill ins(%zero : f32) outs(%padded : memref<2x10x10x16xf32>)
  %inside = memref.subview %padded[0, 1, 1, 0] [2, 8, 8, 16] [1, 1, 1, 1]
      : memref<2x10x10x16xf32> to memref<2x8x8x16xf32, strided<[1600, 160, 16, 1], offset: 176>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%p : memref<2x8x8x16xf32>) outs(%inside : memref<2x8x8x16xf32, strided<[1600, 160, 16, 1], offset: 176>>) {
  ^bb0(%a: f32, %o: f32):
    %c = arith.cmpf ole, %a, %zero : f32
    %r = arith.select %c, %zero, %a : f32
    linalg.yield %r : f32
  }
  return %padded : memref<2x10x10x16xf32>
}
