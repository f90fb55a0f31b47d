// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=256 winograd-products" -canonicalize -cse | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=256 method=winograd" -canonicalize -cse | FileCheck %s
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=256" | FileCheck %s --check-prefix=OFF

// OFF-NOT: subf

// Sides that are even: two groups of the 18 tiles of 2 x 2 outputs. A thread transforms the filters once, then
// for each block of 16 tiles their inputs (8 channels at a time), multiplies the 16 elements
// over the channels (4 tiles by 2 vectors of filters), and collects the outputs. The sums of
// a tile take the place of its inputs.
// CHECK-LABEL: func.func @convolution_by_tiles_of_2_by_2
// CHECK-SAME:    %[[X:.*]]: memref<2x8x8x16xf32>, %{{.*}}: memref<16x3x3x16xf32>
// CHECK-NOT:     memref.alloc()
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK:           memref.alloca() {alignment = 64 : i64} : memref<2304xf32>
// CHECK:           %[[TILES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4352xf32>
// CHECK:           %[[FILTERS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4352xf32>
// CHECK-NOT:       memref.alloca
// The transform of the filters: nine taps to 16 elements.
// CHECK:           scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-9:     vector.load
// CHECK:             arith.addf
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[FILTERS]]
// The inputs' transform, without multiplications.
// CHECK:           scf.for
// CHECK-COUNT-16:    vector.load %[[FLAT]]
// CHECK-NOT:         arith.mulf
// CHECK-COUNT-16:    vector.store %{{.*}}, %[[TILES]]
// CHECK:           scf.for %[[ELEMENT:.*]] = %c0 to %c16 step %c1
// CHECK:             memref.prefetch
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c4
// CHECK:               %[[SUMS:.*]]:8 = scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-2:         vector.load %[[FILTERS]]
// CHECK:                 memref.load %[[TILES]]
// CHECK-COUNT-8:         vector.fma
// CHECK:               vector.store %[[SUMS]]#0, %[[TILES]]
// CHECK-COUNT-16:  vector.load %[[TILES]]
// CHECK-NOT:       arith.mulf
// CHECK-COUNT-4:   vector.store
// CHECK-NOT:     linalg
func.func @convolution_by_tiles_of_2_by_2(
    %x: memref<2x8x8x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x6x6x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x6x6x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x8x8x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x6x6x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Sides that are multiples of 4: 36 elements of the 8 tiles of 4 x 4 outputs. A panel of all
// 16 filters is multiplied in steps of 4 tiles by 2 vectors.
// CHECK-LABEL: func.func @convolution_by_tiles_of_4_by_4
// CHECK-SAME:    %[[X:.*]]: memref<2x10x10x16xf32>, %{{.*}}: memref<16x3x3x16xf32>
// CHECK-NOT:     memref.alloc()
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:           memref.alloca() {alignment = 64 : i64} : memref<2304xf32>
// CHECK:           %[[TILES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<9792xf32>
// CHECK:           %[[FILTERS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<9792xf32>
// CHECK:           scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c8
// CHECK-COUNT-9:       vector.load
// CHECK-COUNT-36:      vector.store %{{.*}}, %[[FILTERS]]
// The inputs' transform.
// CHECK-COUNT-36:    vector.load %[[FLAT]]
// CHECK:             vector.fma
// CHECK-COUNT-36:    vector.store %{{.*}}, %[[TILES]]
// CHECK:           scf.for %{{.*}} = %c0 to %c36 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c4
// CHECK:               %[[SUMS:.*]]:8 = scf.for %{{.*}} = %c0 to %c16 step %c1
// The tiles after these come from the cache's next level with each term.
// CHECK:                 memref.prefetch %[[TILES]]
// CHECK-COUNT-8:         vector.fma
// CHECK:               vector.store %[[SUMS]]#0, %[[TILES]]
// CHECK-COUNT-36:  vector.load %[[TILES]]
// CHECK-COUNT-16:  vector.store
// CHECK-NOT:     linalg
func.func @convolution_by_tiles_of_4_by_4(
    %x: memref<2x10x10x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x8x8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x8x8x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x10x10x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x8x8x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Three panels of filters that leave room for 32 columns each: all inputs are transformed
// first, in a workspace. Then a thread takes 64 filters of them and all 8 tiles, a row of six
// elements after the other: 32 channels of taps at a time become a row of the filters.
// CHECK-LABEL: func.func @panels_share_transformed_inputs
// CHECK-SAME:    %[[X:.*]]: memref<2x10x10x160xf32>
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         %[[INPUTS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<46656xf32>
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK-COUNT-36:  vector.load %[[FLAT]]
// CHECK-COUNT-36:  vector.store %{{.*}}, %[[INPUTS]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK:           %[[TAPS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<18432xf32>
// CHECK:           %[[FILTERS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<61536xf32>
// CHECK:           %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<19008xf32>
// CHECK:           scf.for %[[ROW:.*]] = %c0 to %c6 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c160 step %c32
// CHECK:               scf.for %{{.*}} = %c0 to %c9 step %c1
// CHECK:                 vector.store %{{.*}}, %[[TAPS]]
// CHECK-COUNT-9:         vector.load %[[TAPS]]
// CHECK-COUNT-6:         vector.store %{{.*}}, %[[FILTERS]]
// CHECK:             scf.for %{{.*}} = %c0 to %c64 step %c16
// CHECK:               scf.for %{{.*}} = %c0 to %{{.*}} step %c4
// CHECK:                 memref.prefetch %[[INPUTS]]
// CHECK-COUNT-8:         vector.fma
// CHECK:               vector.store %{{.*}}, %[[SUMS]]
// CHECK-COUNT-36:  vector.load %[[SUMS]]
// CHECK-NOT:     linalg
func.func @panels_share_transformed_inputs(
    %x: memref<2x10x10x160xf32>, %k: memref<96x3x3x160xf32>, %y: memref<2x8x8x96xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x8x8x96xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x10x10x160xf32>, memref<96x3x3x160xf32>)
      outs(%y : memref<2x8x8x96xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// A sum that goes on from terms in memory: they are added to the collected outputs.
// CHECK-LABEL: func.func @what_is_there_is_added_to
// CHECK-SAME:    %[[Y:[a-z0-9]*]]: memref<2x8x8x16xf32>)
// CHECK:         %[[OUT:.*]] = memref.collapse_shape %[[Y]]
// CHECK-COUNT-16: vector.load %[[OUT]]
// CHECK-NOT:     linalg
func.func @what_is_there_is_added_to(
    %x: memref<2x10x10x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x8x8x16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x10x10x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x8x8x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// A filter gradient: both images' sums in a workspace of their own, then added one after the
// other. A part is 16 filters of 16 channels of an image, in blocks of 8 of the 36 tiles.
// CHECK-LABEL: func.func @filter_gradient_image_by_image
// CHECK:         %[[IMAGES:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4608xf32>
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK-COUNT-3:   memref.alloca()
// CHECK:           scf.for %{{.*}} = %c0 to %c6 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c6 step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK:               vector.fma
// CHECK-COUNT-9:   vector.store %{{.*}}, %[[IMAGES]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c16)
// CHECK:           vector.load %[[IMAGES]]
// CHECK:           arith.addf
// CHECK-NOT:     linalg
func.func @filter_gradient_image_by_image(
    %x: memref<2x14x14x16xf32>, %dy: memref<2x12x12x16xf32>, %dk: memref<16x3x3x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%dk : memref<16x3x3x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x12x12x16xf32>, memref<2x14x14x16xf32>)
      outs(%dk : memref<16x3x3x16xf32>) {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// 64 tiles of 4 x 4 are those of four images of 16 x 16, whose gradients are collected
// together; here of two groups.
// CHECK-LABEL: func.func @filter_gradient_by_groups_of_images
// CHECK:         memref.alloc() {alignment = 64 : i64} : memref<4608xf32>
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK:           muli %{{.*}}, %c64 : index
// CHECK:           scf.for %{{.*}} = %c0 to %c36 step %c1
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c16)
// CHECK-NOT:     linalg
func.func @filter_gradient_by_groups_of_images(
    %x: memref<8x18x18x16xf32>, %dy: memref<8x16x16x16xf32>, %dk: memref<16x3x3x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%dk : memref<16x3x3x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<8x16x16x16xf32>, memref<8x18x18x16xf32>)
      outs(%dk : memref<16x3x3x16xf32>) {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Nothing but chains for windows that move by two, an odd side, eight channels.
// CHECK-LABEL: func.func @others_are_chains
// CHECK-NOT:     subf
// CHECK:         return
func.func @others_are_chains(
    %x: memref<2x11x11x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x5x5x16xf32>,
    %x2: memref<2x9x9x16xf32>, %y2: memref<2x7x7x16xf32>,
    %x3: memref<2x10x10x8xf32>, %k3: memref<16x3x3x8xf32>, %y3: memref<2x8x8x16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, 2 * p + i, 2 * q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x11x11x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x5x5x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x2, %k : memref<2x9x9x16xf32>, memref<16x3x3x16xf32>)
      outs(%y2 : memref<2x7x7x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x3, %k3 : memref<2x10x10x8xf32>, memref<16x3x3x8xf32>)
      outs(%y3 : memref<2x8x8x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
