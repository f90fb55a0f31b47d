// RUN: not qnet-opt %s -qnet-block-matmul=vector-bits=100 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not qnet-opt %s -qnet-block-matmul=method=fast 2>&1 | FileCheck %s --check-prefix=METHOD
// RUN: not qnet-opt %s -qnet-block-matmul=rows=-1 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not qnet-opt %s -qnet-block-matmul="rows=8 vectors=2" 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not qnet-opt %s -qnet-block-matmul="method=long groups=2" 2>&1 | FileCheck %s --check-prefix=GROUPS
// RUN: not qnet-opt %s -qnet-block-matmul="vector-bits=128 method=table" 2>&1 | FileCheck %s --check-prefix=TABLE
// RUN: not qnet-opt %S/../Schedules/Inputs/products.mlir -qnet-block-matmul=block=48 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: qnet-opt %s -qnet-block-matmul | FileCheck %s
// WIDTH: error: qnet-block-matmul: expected vector-bits of 128, 256 or 512, got 100
// METHOD: error: qnet-block-matmul: expected a method of auto, packed, tall, direct, long, table or winograd, got 'fast'
// ROWS: error: qnet-block-matmul: expected rows from 1 to 64, got -1
// TILE: error: qnet-block-matmul: expected a register tile for the 16 registers of the target, got 8 rows of 2 vectors; allow spills if it is meant
// GROUPS: error: qnet-block-matmul: expected no groups for method long, got 2
// TABLE: error: qnet-block-matmul: expected vectors of 256 or 512 bits for method table, got 128
// BLOCK: products.mlir:{{.*}}: error: qnet-block-matmul: expected a block that is a multiple of 32 for a sum of 96 terms, got 48

// What is not a product on static contiguous matrices stays as it is.

// CHECK-LABEL: func.func @sum_is_not_a_product
// CHECK:         linalg.generic
func.func @sum_is_not_a_product(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.addf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @overwriting_output_is_not_a_sum
// CHECK:         linalg.generic
func.func @overwriting_output_is_not_a_sum(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %p, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @square_of_an_element_needs_two_inputs
// CHECK:         linalg.generic
func.func @square_of_an_element_needs_two_inputs(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %x : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @strided_terms_are_not_contiguous
// CHECK:         linalg.generic
func.func @strided_terms_are_not_contiguous(
    %a: memref<8x16xf32, strided<[32, 2]>>, %b: memref<16x8xf32>,
    %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32, strided<[32, 2]>>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @output_as_a_factor_is_refused
// CHECK:         linalg.generic
func.func @output_as_a_factor_is_refused(
    %a: memref<8x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %c : memref<8x8xf32>, memref<8x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @element_with_its_index_is_not_elementwise
// CHECK:         linalg.generic
func.func @element_with_its_index_is_not_elementwise(
    %a: memref<8x16xf32>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xf32>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %k = linalg.index 2 : index
    %i = arith.index_cast %k : index to i32
    %f = arith.sitofp %i : i32 to f32
    %y = arith.addf %x, %f : f32
    %p = arith.mulf %y, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @integer_factor_is_neither_f32_nor_codes
// CHECK:         linalg.generic
func.func @integer_factor_is_neither_f32_nor_codes(
    %a: memref<8x16xi8>, %b: memref<16x8xf32>, %c: memref<8x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x16xi8>, memref<16x8xf32>)
      outs(%c : memref<8x8xf32>) {
  ^bb0(%i: i8, %w: f32, %sum: f32):
    %x = arith.sitofp %i : i8 to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
