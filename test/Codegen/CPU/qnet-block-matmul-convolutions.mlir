// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 -canonicalize -cse | FileCheck %s

// 2 x 16 x 16 pixels are 512 rows: each thread packs groups of row tiles, from the input
// where it lies; no columns matrix is stored.
// CHECK-LABEL: func.func @convolution_packs_its_input_under_the_windows
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x16xf32>, %[[K:.*]]: memref<8x3x3x16xf32>
// CHECK-NOT:     memref.alloc() {{.*}} memref<73728xf32>
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK:         %[[PANELS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1152xf32>
// CHECK:           vector.store %{{.*}}, %[[PANELS]][
// CHECK:         scf.parallel
// CHECK:           %[[LEFT:.*]] = memref.alloca() {alignment = 64 : i64}
// CHECK:           vector.load %[[FLAT]][
// CHECK:           vector.store %{{.*}}, %[[LEFT]][
// CHECK:           vector.load %[[PANELS]][
// CHECK:           memref.load %[[LEFT]][
// CHECK:           vector.fma
// CHECK-NOT:     linalg
func.func @convolution_packs_its_input_under_the_windows(
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

// 512 pixels are summed up: groups of columns run in parallel, each over all blocks of K.
// CHECK-LABEL: func.func @filter_gradient_reads_the_input_as_its_right_factor
// CHECK-SAME:    %[[X:.*]]: memref<2x18x18x16xf32>, %[[DY:.*]]: memref<2x16x16x8xf32>
// CHECK-NOT:     memref.alloc()
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c8)
// CHECK:           memref.alloca()
// CHECK:           scf.for %{{.*}} = %c0 to %c2 step %c1
// CHECK:             vector.fma
// CHECK-NOT:     linalg
func.func @filter_gradient_reads_the_input_as_its_right_factor(
    %x: memref<2x18x18x16xf32>, %dy: memref<2x16x16x8xf32>, %dk: memref<8x3x3x16xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>,
                       affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>,
                       affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %x : memref<2x16x16x8xf32>, memref<2x18x18x16xf32>)
      outs(%dk : memref<8x3x3x16xf32>) {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %p = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Rows of 9 elements under a window are no whole vectors.
// CHECK-LABEL: func.func @rows_that_are_no_whole_vectors_stay
// CHECK:         linalg.generic
func.func @rows_that_are_no_whole_vectors_stay(
    %x: memref<2x18x18x3xf32>, %k: memref<8x3x3x3xf32>, %y: memref<2x16x16x8xf32>) {
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
