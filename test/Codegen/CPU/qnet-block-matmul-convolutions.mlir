// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 -canonicalize -cse | FileCheck %s

// Eight groups of 8 of the 64 tiles, each of 8 pixels of an image row. Nothing of the
// input is copied: a thread packs the filters, broadcasts pixels from where they lie, and
// sums over the window's rows and, in each, over 48 neighbouring values.
// CHECK-LABEL: func.func @convolution_reads_its_input_under_the_windows
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x16xf32>, %[[K:.*]]: memref<8x3x3x16xf32>
// CHECK-NOT:     memref.alloc()
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c8)
// CHECK:           %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1152xf32>
// CHECK:           vector.store %{{.*}}, %[[PANEL]][
// CHECK:           scf.for %[[ITEM:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK:             arith.remui %[[ITEM]], %c2
// CHECK:             %[[SUMS:.*]]:8 = scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK:               scf.for %{{.*}} = %c0 to %c48 step %c1 iter_args
// CHECK:                 vector.load %[[PANEL]][
// CHECK-COUNT-8:         memref.load %[[FLAT]][
// CHECK:             vector.store %[[SUMS]]#0
// CHECK-NOT:     linalg
func.func @convolution_reads_its_input_under_the_windows(
    %x: memref<2x18x18x16xf32>, %k: memref<8x3x3x16xf32>, %y: memref<2x16x16x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x8xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x18x18x16xf32>, memref<8x3x3x16xf32>)
      outs(%y : memref<2x16x16x8xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// The first and the last row of the image have two rows of taps. Of the two tiles of an
// image row, the first starts with a pixel whose first tap is on the border, the second
// ends with one whose last is.
// CHECK-LABEL: func.func @terms_with_the_zero_border_are_left_out
// CHECK:         arith.subi %c1,
// CHECK:         %[[FIRST:.*]] = arith.maxsi
// CHECK:         %[[LAST:.*]] = arith.minsi
// CHECK:         scf.if
// CHECK:           scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] step %c1
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-7:       memref.load
// CHECK-NOT:           memref.load
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-8:       memref.load
// CHECK-NOT:           memref.load
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-8:       memref.load
// CHECK:         } else {
// CHECK:           scf.for %{{.*}} = %[[FIRST]] to %[[LAST]] step %c1
// CHECK-COUNT-16:    memref.load
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK-COUNT-7:       memref.load
// CHECK-NOT:           memref.load
// CHECK:             scf.yield
func.func @terms_with_the_zero_border_are_left_out(
    %x: memref<2x18x18x16xf32>, %k: memref<8x3x3x16xf32>, %y: memref<2x16x16x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x8xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x18x18x16xf32>, memref<8x3x3x16xf32>)
      outs(%y : memref<2x16x16x8xf32>) attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Rows of 9 values under a window are no whole vectors: single values need none.
// CHECK-LABEL: func.func @few_channels_need_no_columns_matrix
// CHECK-NOT:     memref.alloc()
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<216xf32>
// CHECK:         scf.for %{{.*}} = %c0 to %c3 step %c1 iter_args
// CHECK:           scf.for %{{.*}} = %c0 to %c9 step %c1 iter_args
// LLVM keeps both loops.
// CHECK-COUNT-2: llvm.loop_annotation = #{{.*}}
// CHECK-NOT:     linalg
func.func @few_channels_need_no_columns_matrix(
    %x: memref<2x18x18x3xf32>, %k: memref<8x3x3x3xf32>, %y: memref<2x16x16x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x8xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x18x18x3xf32>, memref<8x3x3x3xf32>)
      outs(%y : memref<2x16x16x8xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Of many channels, a block is some rows of an image: here 4, of 8 blocks.
// CHECK-LABEL: func.func @filter_gradient_of_many_channels
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x80xf32>, %[[DY:.*]]: memref<2x16x16x96xf32>
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.for %[[BLOCK:.*]] = %c0 to %c8 step %c1
// CHECK-DAG:       %[[IMAGE:.*]] = arith.divui %[[BLOCK]], %[[PARTS:.*]] : index
// CHECK-DAG:       %[[PART:.*]] = arith.remui %[[BLOCK]], %[[PARTS]] : index
// CHECK:           %[[ROW:.*]] = arith.muli %[[PART]], %c4
// CHECK:           scf.parallel
// CHECK-DAG:         arith.muli %[[IMAGE]], %c25920
// CHECK-DAG:         arith.muli %[[IMAGE]], %c24576
// CHECK:             arith.maxsi
// CHECK:             scf.for
// CHECK:               memref.prefetch %[[FLATY]]{{.*}}, read, locality<2>
// CHECK:               memref.prefetch %[[FLATX]]{{.*}}, read, locality<2>
// CHECK:               scf.for
// CHECK-COUNT-2:         vector.load %[[FLATX]]
// CHECK:                 memref.load %[[FLATY]]
// CHECK:         qnet.private_rounds
func.func @filter_gradient_of_many_channels(
    %x: memref<2x18x18x80xf32>, %dy: memref<2x16x16x96xf32>, %dk: memref<96x3x3x80xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x16x16x96xf32>, memref<2x18x18x80xf32>)
      outs(%dk : memref<96x3x3x80xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Three channels fill no vector: vectors are of filters, and elements of the image under the 27
// taps and channels are broadcast, six at a time. Each result goes to where its filter is.
// CHECK-LABEL: func.func @filter_gradient_of_few_channels
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x3xf32>, %[[DY:.*]]: memref<2x16x16x32xf32>
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c10)
// CHECK:           scf.for
// CHECK-COUNT-2:     vector.load %[[FLATY]]
// CHECK-COUNT-6:     memref.load %[[FLATX]]
// CHECK:           vector.scatter
// CHECK-NOT:     linalg
func.func @filter_gradient_of_few_channels(
    %x: memref<2x18x18x3xf32>, %dy: memref<2x16x16x32xf32>, %dk: memref<32x3x3x3xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x16x16x32xf32>, memref<2x18x18x3xf32>)
      outs(%dk : memref<32x3x3x3xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Tiles of 4 filters by two vectors of one tap's channels. A term for each pixel: of its
// own image rows and columns for each tap, without those on the border.
// CHECK-LABEL: func.func @filter_gradient_reads_both_factors_in_place
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x16xf32>, %[[DY:.*]]: memref<2x16x16x8xf32>
// CHECK-NOT:     memref.alloc
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.for %[[IMAGE:.*]] = %c0 to %c2 step %c1
// CHECK:           scf.parallel (%{{.*}}) = (%c0) to (%c18)
// CHECK:           %[[SUMS:.*]]:8 = scf.for %{{.*}} = %[[IMAGE]] to
// CHECK:             arith.maxsi
// CHECK:             arith.minsi
// CHECK:             scf.for
// CHECK:               scf.for
// CHECK-COUNT-2:         vector.load %[[FLATX]]
// CHECK-NOT:             memref.prefetch
// CHECK-COUNT-4:         memref.load %[[FLATY]]
// CHECK:           vector.store %[[SUMS]]#0
// CHECK-NOT:     linalg
func.func @filter_gradient_reads_both_factors_in_place(
    %x: memref<2x18x18x16xf32>, %dy: memref<2x16x16x8xf32>, %dk: memref<8x3x3x16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x16x16x8xf32>, memref<2x18x18x16xf32>)
      outs(%dk : memref<8x3x3x16xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// 9 channels of a window's row fill no vectors well, 16 filters do: the tile is transposed
// in the output. Between blocks its sums are kept in their own order; those of before come
// from the output first.
// CHECK-LABEL: func.func @filter_gradient_of_few_channels_has_filters_as_lanes
// CHECK-SAME:    %[[X:.*]]: memref<2x34x34x3xf32>, %[[DY:.*]]: memref<2x32x32x16xf32>, %[[DK:.*]]: memref
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// CHECK-DAG:     arith.constant dense<[0, 27, 54, 81, 108, 135, 162, 189]>
// CHECK-DAG:     %[[KEPT:.*]] = memref.alloc() {{.*}}: memref<432xf32>
// CHECK:         scf.parallel
// CHECK:           vector.gather
// CHECK:           vector.store %{{.*}}, %[[KEPT]]
// CHECK:         scf.for %[[BLOCK:.*]] = %c0 to
// CHECK:           scf.parallel
// CHECK:             vector.load %[[KEPT]]
// CHECK:             vector.load %[[FLATY]]
// CHECK:             memref.load %[[FLATX]]
// CHECK:             vector.fma
// CHECK:             scf.if
// CHECK:               vector.store %{{.*}}, %[[KEPT]]
// CHECK:             else
// CHECK:               vector.scatter
// CHECK-NOT:     linalg
func.func @filter_gradient_of_few_channels_has_filters_as_lanes(
    %x: memref<2x34x34x3xf32>, %dy: memref<2x32x32x16xf32>, %dk: memref<16x3x3x3xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x32x32x16xf32>, memref<2x34x34x3xf32>)
      outs(%dk : memref<16x3x3x3xf32>) {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Every other row and column of the output, and every other tap: a part of an input
// gradient of stride 2. An input without uses gives the loops over taps their sizes.
// CHECK-LABEL: func.func @output_may_be_a_slice
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [16], sizes: [3824], strides: [1]
// CHECK:         vector.fma
// CHECK-NOT:     linalg
func.func @output_may_be_a_slice(
    %dy: memref<1x9x9x32xf32>, %k: memref<32x3x3x16xf32>, %dx: memref<2x16x16x16xf32>,
    %taps: memref<2x1xf32>) {
  %part = memref.subview %dx[0, 0, 1, 0] [1, 8, 8, 16] [1, 2, 2, 1]
      : memref<2x16x16x16xf32> to memref<1x8x8x16xf32, strided<[4096, 512, 32, 1], offset: 16>>
  linalg.generic {
      indexing_maps = [affine_map<(n, h, w, c, i, j, f) -> (n, h - i + 1, w - j, f)>,
                       affine_map<(n, h, w, c, i, j, f) -> (f, i * 2, j * 2 + 1, c)>,
                       affine_map<(n, h, w, c, i, j, f) -> (i, j)>,
                       affine_map<(n, h, w, c, i, j, f) -> (n, h, w, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %k, %taps : memref<1x9x9x32xf32>, memref<32x3x3x16xf32>, memref<2x1xf32>)
      outs(%part : memref<1x8x8x16xf32, strided<[4096, 512, 32, 1], offset: 16>>) {
  ^bb0(%a: f32, %w: f32, %unused: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Windows of one pixel: the rows of a register tile lie side by side, and so do those of the
// next one; a few of its terms are asked for with each term.
// CHECK-LABEL: func.func @rows_of_the_next_tile_are_prefetched
// CHECK-SAME:    %[[X:.*]]: memref<2x16x16x24xf32>
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.for %[[K:.*]] = %c0 to %c24 step %c1
// CHECK:           %[[AHEAD:.*]] = arith.muli %[[K]], %{{.*}} : index
// CHECK:           %[[AT:.*]] = arith.addi %{{.*}}, %[[AHEAD]] : index
// CHECK:           memref.prefetch %[[FLAT]][%[[AT]]], read
// CHECK-NOT:     linalg
func.func @rows_of_the_next_tile_are_prefetched(
    %x: memref<2x16x16x24xf32>, %k: memref<16x1x1x24xf32>, %y: memref<2x16x16x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x16x16x24xf32>, memref<16x1x1x24xf32>)
      outs(%y : memref<2x16x16x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// 72 filters are three panels, all packed before the first tile is multiplied with each of
// them: outputs are written in their order. The next tile's outputs and, of windows of one
// pixel, its inputs are asked for along the way, a part with each panel.
// CHECK-LABEL: func.func @panels_that_fit_the_cache_are_packed_once
// CHECK-SAME:    %[[X:.*]]: memref<2x16x16x24xf32>, %{{.*}}: memref<72x1x1x24xf32>, %[[Y:.*]]: memref
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[Y]]
// CHECK:         scf.parallel
// CHECK:           %[[PANELS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1728xf32>
// CHECK:           vector.store %{{.*}}, %[[PANELS]]
// CHECK:           scf.for %[[TILE:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK:             scf.for %[[PANEL:.*]] = %c0 to %c3 step %c1 {
// CHECK:               %[[FIRST:.*]] = arith.muli %[[PANEL]], %c24
// CHECK:               scf.for %[[K:.*]] = %c0 to %c24 step %c1 iter_args
// CHECK-DAG:             %[[TERM:.*]] = arith.addi %[[FIRST]], %[[K]]
// CHECK-DAG:             memref.prefetch %[[FLATX]]{{.*}}, read
// CHECK-DAG:             memref.prefetch %[[FLATY]]{{.*}}, read, locality<2>
// CHECK:                 vector.load %[[PANELS]]
// CHECK:               vector.store %{{.*}}, %[[FLATY]]
// CHECK-NOT:     linalg
func.func @panels_that_fit_the_cache_are_packed_once(
    %x: memref<2x16x16x24xf32>, %k: memref<72x1x1x24xf32>, %y: memref<2x16x16x72xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x72xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x16x16x24xf32>, memref<72x1x1x24xf32>)
      outs(%y : memref<2x16x16x72xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Blocks of 8 rows of an image, which a thread goes through without waiting for others:
// while one is summed up, the factors of the next one are asked for, a part with each row.
// CHECK-LABEL: func.func @images_of_the_next_block_are_prefetched
// CHECK-SAME:    %[[X:.*]]: memref<16x34x34x16xf32>, %[[DY:.*]]: memref<16x32x32x8xf32>
// CHECK-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// CHECK-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// CHECK:         scf.for %[[BLOCK:.*]] = %c0 to %c64 step %c1
// CHECK:           arith.divui %[[BLOCK]], %c4
// CHECK:           scf.parallel
// CHECK:             scf.for
// CHECK:               memref.prefetch %[[FLATY]]{{.*}}, read, locality<2>
// CHECK:               memref.prefetch %[[FLATX]]{{.*}}, read, locality<2>
// CHECK:               scf.for
// CHECK:                 vector.fma
// CHECK:         qnet.private_rounds
func.func @images_of_the_next_block_are_prefetched(
    %x: memref<16x34x34x16xf32>, %dy: memref<16x32x32x8xf32>, %dk: memref<8x3x3x16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<16x32x32x8xf32>, memref<16x34x34x16xf32>)
      outs(%dk : memref<8x3x3x16xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Between rows of zeros only, an image is contiguous, but no matrix of its own.
// CHECK-LABEL: func.func @output_may_be_a_contiguous_part
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [16], sizes: [256], strides: [1]
// CHECK:         vector.fma
// CHECK-NOT:     linalg
func.func @output_may_be_a_contiguous_part(
    %x: memref<1x16x16x24xf32>, %k: memref<1x1x1x24xf32>, %padded: memref<1x18x16x1xf32>) {
  %y = memref.subview %padded[0, 1, 0, 0] [1, 16, 16, 1] [1, 1, 1, 1]
      : memref<1x18x16x1xf32> to memref<1x16x16x1xf32, strided<[288, 16, 1, 1], offset: 16>>
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<1x16x16x24xf32>, memref<1x1x1x24xf32>)
      outs(%y : memref<1x16x16x1xf32, strided<[288, 16, 1, 1], offset: 16>>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %p = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
