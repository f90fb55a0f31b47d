// RUN: qnet-opt %s -qnet-fuse-epilogues -split-input-file | FileCheck %s --implicit-check-not=qnet.epilogue

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#turned = affine_map<(m, n) -> (n, m)>

// Other elements of the second operand are written while the product runs.
// CHECK-LABEL: @an_output_that_other_elements_read
func.func @an_output_that_other_elements_read(%x: memref<32x16xf32>, %w: memref<32x16xf32>, %y: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<32x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<32x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x16xf32>, memref<32x16xf32>) outs(%p : memref<32x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (m, 0)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %y : memref<32x32xf32>, memref<32x32xf32>) outs(%y : memref<32x32xf32>) {
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

// The op writes over the product's left factor, which other rows still read.
// CHECK-LABEL: @an_output_that_is_a_factor
func.func @an_output_that_is_a_factor(%x: memref<32x16xf32>, %w: memref<16x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<32x16xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<32x16xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x16xf32>, memref<16x16xf32>) outs(%p : memref<32x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %x : memref<32x16xf32>, memref<32x16xf32>) outs(%x : memref<32x16xf32>) {
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
#turned = affine_map<(m, n) -> (n, m)>

// Columns of the second operand are not contiguous, and an exponential has no vector form.
// CHECK-LABEL: @operands_and_bodies_without_vectors
func.func @operands_and_bodies_without_vectors(%x: memref<32x16xf32>, %w: memref<32x16xf32>, %r: memref<32x32xf32>, %y: memref<32x32xf32>, %z: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<32x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<32x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x16xf32>, memref<32x16xf32>) outs(%p : memref<32x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #turned, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %r : memref<32x32xf32>, memref<32x32xf32>) outs(%y : memref<32x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : memref<32x32xf32>) outs(%z : memref<32x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %e = math.exp %a : f32
    linalg.yield %e : f32
  }
  return
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// The weights change between the two, and the other operand is computed from what they are then.
// CHECK-LABEL: @ops_that_cannot_come_together
func.func @ops_that_cannot_come_together(%x: memref<32x16xf32>, %w: memref<32x16xf32>, %r: memref<32x32xf32>, %y: memref<32x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<32x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<32x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<32x16xf32>, memref<32x16xf32>) outs(%p : memref<32x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%zero : f32) outs(%w : memref<32x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, 0)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w : memref<32x16xf32>) outs(%r : memref<32x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %r : memref<32x32xf32>, memref<32x32xf32>) outs(%y : memref<32x32xf32>) {
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

// Together, the factor and what the other operand is a slice of would be live: more bytes
// than anywhere before. All stays as it was.
// CHECK-LABEL: @ops_that_take_more_memory_together
// CHECK-SAME: %[[Y:[a-z0-9]+]]: memref<64x32xf32>)
// CHECK: %[[P:.*]] = memref.alloc() : memref<64x32xf32>
// CHECK: linalg.generic {{.*}}"reduction"{{.*}} outs(%[[P]]
// CHECK: linalg.fill {{.*}} outs(%{{.*}} : memref<64x64xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[P]], {{.*}} outs(%[[Y]]
func.func @ops_that_take_more_memory_together(%w: memref<32x64xf32>, %y: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<64x64xf32>)
  %p = memref.alloc() : memref<64x32xf32>
  linalg.fill ins(%zero : f32) outs(%p : memref<64x32xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<64x64xf32>, memref<32x64xf32>) outs(%p : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  %whole = memref.alloc() : memref<64x64xf32>
  linalg.fill ins(%zero : f32) outs(%whole : memref<64x64xf32>)
  %r = memref.subview %whole[0, 0] [64, 32] [1, 1] : memref<64x64xf32> to memref<64x32xf32, strided<[64, 1]>>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %r : memref<64x32xf32>, memref<64x32xf32, strided<[64, 1]>>) outs(%y : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }
  return
}
