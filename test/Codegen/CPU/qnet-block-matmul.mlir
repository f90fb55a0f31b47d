// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=256 -canonicalize -cse | FileCheck %s

// CHECK-LABEL: func.func @left_factor_is_packed_once_and_panels_run_in_parallel
// CHECK-SAME:    %[[A:.*]]: memref<64x16xf32>, %[[B:.*]]: memref<32x16xf32>, %[[C:.*]]: memref<64x32xf32>
// CHECK-NOT:     linalg
// Eleven tiles of 6 rows, each row with one more cache line.
// CHECK:         %[[LEFT:.*]] = memref.alloc() {alignment = 64 : i64} : memref<2112xf32>
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c11) step (%c1) {
// CHECK:           vector.load %[[A]]
// CHECK:           vector.store %{{.*}}, %[[LEFT]]
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2) step (%c1) {
// CHECK:           %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xf32>
// CHECK-COUNT-8:   vector.load %[[B]]{{.*}} vector<8xf32>
// CHECK-COUNT-24:  vector.shuffle
// CHECK:           vector.store %{{.*}}, %[[PANEL]]
// CHECK:           scf.for %{{.*}} = %c0 to %c9 step %c1 {
// CHECK:             %[[SUMS:.*]]:12 = scf.for %{{.*}} = %c0 to %c16 step %c1 iter_args
// CHECK-COUNT-2:       vector.load %[[PANEL]]
// CHECK:               memref.load %[[LEFT]]
// CHECK:               vector.broadcast
// CHECK-COUNT-12:      vector.fma
// The zero fill is gone: the sums are stored, not added.
// CHECK-NOT:         arith.addf
// CHECK:             vector.store %[[SUMS]]#0, %[[C]]
// CHECK:           scf.for %{{.*}} = %c9 to %c11 step %c1 {
// CHECK:             %{{.*}}:10 = scf.for
// CHECK-NOT:       linalg
func.func @left_factor_is_packed_once_and_panels_run_in_parallel(
    %a: memref<64x16xf32>, %b: memref<32x16xf32>, %c: memref<64x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<64x32xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x16xf32>, memref<32x16xf32>)
      outs(%c : memref<64x32xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Both factors have contiguous rows of what the kernel reads: no transposition.
// CHECK-LABEL: func.func @weight_gradient_packs_both_factors_by_rows
// CHECK-SAME:    %[[A:.*]]: memref<16x96xf32>, %[[B:.*]]: memref<16x32xf32>
// Two groups of 8 tiles, a row of all 8 at a time: six values of each; what else a vector
// stores, the next one replaces.
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// CHECK:           scf.for %[[K:.*]] = %c0 to %c16 step %c1 {
// CHECK-COUNT-8:     vector.maskedload %[[A]][%[[K]], %{{.*}} vector<8xf32>
// CHECK:           }
// CHECK:         scf.parallel (%{{.*}}) = (%c0) to (%c2)
// A row of all panels of a group at a time.
// CHECK:           scf.for %[[R:.*]] = %c0 to %c16 step %c1 {
// CHECK:             scf.for
// CHECK-COUNT-2:       vector.load %[[B]][%[[R]], %{{.*}} vector<8xf32>
// Few terms: they stay a loop, and nothing is asked for.
// CHECK-NOT:       memref.prefetch
// CHECK-NOT:       vector.shuffle
// CHECK:           vector.fma
// CHECK:           } {llvm.loop_annotation
func.func @weight_gradient_packs_both_factors_by_rows(
    %a: memref<16x96xf32>, %b: memref<16x32xf32>, %c: memref<96x32xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(k, m, n) -> (k, m)>,
                       affine_map<(k, m, n) -> (k, n)>,
                       affine_map<(k, m, n) -> (m, n)>],
      iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%a, %b : memref<16x96xf32>, memref<16x32xf32>)
      outs(%c : memref<96x32xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %w, %x : f32
    %s = arith.addf %p, %sum : f32
    linalg.yield %s : f32
  }
  return
}

// Without a zero fill the sums start from what the output holds.
// CHECK-LABEL: func.func @fill_that_is_seen_stays
// CHECK:         linalg.fill
// CHECK:         memref.load %arg2
// CHECK:         %[[OLD:.*]] = vector.load %arg2
// CHECK:         %[[SUMS:.*]]:4 = scf.for {{.*}} iter_args(%{{.*}} = %[[OLD]],
// CHECK:           vector.fma
// CHECK-NOT:     arith.addf
// CHECK:         vector.store %[[SUMS]]#0, %arg2
func.func @fill_that_is_seen_stays(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %i = arith.constant 0 : index
  linalg.fill ins(%zero : f32) outs(%c : memref<8x8xf32>)
  %seen = memref.load %c[%i, %i] : memref<8x8xf32>
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return %seen : f32
}

// Adding to -0 keeps the sign of a zero sum, storing would not.
// CHECK-LABEL: func.func @fill_with_minus_zero_stays
// CHECK:         linalg.fill
func.func @fill_with_minus_zero_stays(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  %zero = arith.constant -0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<8x8xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// 10 columns are a panel of two vectors, the second with two lanes.
// CHECK-LABEL: func.func @last_columns_are_masked
// CHECK-DAG:     %[[MASK:.*]] = arith.constant dense<[true, true, false, false, false, false, false, false]>
// CHECK:           vector.load %arg1[%{{.*}}, %c0]
// CHECK:           vector.maskedload %arg1[%{{.*}}, %c8], %[[MASK]]
// CHECK:           vector.fma
// CHECK:           vector.store %{{.*}}, %arg2
// CHECK:           vector.maskedstore %arg2[%{{.*}}, %c8], %[[MASK]]
func.func @last_columns_are_masked(
    %a: memref<6x16xf32>, %b: memref<16x10xf32>, %c: memref<6x10xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<6x10xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<6x16xf32>, memref<16x10xf32>)
      outs(%c : memref<6x10xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// 2400 is cut into 800 + 800 + 800; each block goes on with the sums of the one before: in
// the first one, nothing of the output is read.
// CHECK-LABEL: func.func @long_sums_are_cut_into_blocks
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<12800xf32>
// CHECK:         scf.for %[[BLOCK:.*]] = %c0 to %c3 step %c1 {
// CHECK:           %[[BEGIN:.*]] = arith.muli %[[BLOCK]], %c800
// CHECK:           %[[NEXT:.*]] = arith.addi %[[BEGIN]], %c800
// CHECK:           arith.minui %[[NEXT]], %c2400
// CHECK:           %[[LATER:.*]] = arith.cmpi ne, %[[BLOCK]], %c0
// CHECK:           %[[MASK:.*]] = vector.broadcast %[[LATER]]
// CHECK:           %[[START:.*]] = vector.maskedload %arg2{{.*}}, %[[MASK]], %cst
// CHECK:           memref.prefetch %arg2
// CHECK:           %[[SUMS:.*]]:12 = scf.for {{.*}} iter_args(%{{.*}} = %[[START]],
// CHECK-NOT:         arith.addf
// CHECK:           vector.store %[[SUMS]]#0
func.func @long_sums_are_cut_into_blocks(
    %a: memref<6x2400xf32>, %b: memref<2400x16xf32>, %c: memref<6x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<6x16xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<6x2400xf32>, memref<2400x16xf32>)
      outs(%c : memref<6x16xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Where rows are the terms, both factors are read where they lie, 32 terms at a time.
// CHECK-LABEL: func.func @rows_of_terms_are_read_in_place
// CHECK-NOT:     memref.alloc
// CHECK:         scf.for %{{.*}} = %c0 to %c128 step %c1
// CHECK:         vector.fma
// CHECK:         return
func.func @rows_of_terms_are_read_in_place(
    %a: memref<4096x32xf32>, %b: memref<4096x1040xf32>, %c: memref<32x1040xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4096x32xf32>, memref<4096x1040xf32>)
      outs(%c : memref<32x1040xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Columns 4 KiB apart from term to term share two sets of a first-level cache: they are packed.
// CHECK-LABEL: func.func @crowded_columns_are_packed
// CHECK:         memref.alloca() {alignment = 64 : i64} : memref<{{[0-9]+}}xf32>
// CHECK:         vector.fma
// CHECK:         return
func.func @crowded_columns_are_packed(
    %a: memref<4096x32xf32>, %b: memref<4096x1024xf32>, %c: memref<32x1024xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<4096x32xf32>, memref<4096x1024xf32>)
      outs(%c : memref<32x1024xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// A slice, as one that lies between zeros, is read as a flat buffer from its first element
// to its last.
// CHECK-LABEL: func.func @strided_factor
// CHECK:         memref.reinterpret_cast %{{.*}} to offset: [4], sizes: [240], strides: [1]
// CHECK:         vector.fma
// CHECK-NOT:     linalg.generic
func.func @strided_factor(
    %a: memref<8x16xf32, strided<[32, 1], offset: 4>>, %b: memref<16x8xf32>,
    %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32, strided<[32, 1], offset: 4>>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
