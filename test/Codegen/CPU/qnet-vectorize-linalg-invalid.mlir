// RUN: not qnet-opt %s -qnet-vectorize-linalg=vector-bits=100 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: qnet-opt %s -qnet-vectorize-linalg | FileCheck %s
// WIDTH: error: qnet-vectorize-linalg: expected vector-bits of 128, 256 or 512, got 100

#id2 = affine_map<(i, j) -> (i, j)>
#swap = affine_map<(i, j) -> (j, i)>
#row = affine_map<(i, j) -> (i)>

// What has no contiguous rows of lanes stays as it is.

// CHECK-LABEL: @sums_of_rows_have_a_reduction_last
// CHECK: linalg.generic
func.func @sums_of_rows_have_a_reduction_last(%x: memref<16x32xf32>, %s: memref<16xf32>) {
  linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<16x32xf32>) outs(%s : memref<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// CHECK-LABEL: @transposes_read_columns
// CHECK: linalg.generic
func.func @transposes_read_columns(%x: memref<16x32xf32>, %y: memref<32x16xf32>) {
  linalg.generic {indexing_maps = [#swap, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<16x32xf32>) outs(%y : memref<32x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: @loads_at_computed_columns_are_no_vectors
// CHECK: linalg.generic
func.func @loads_at_computed_columns_are_no_vectors(%x: memref<64xf32>, %y: memref<4x32xf32>) {
  linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]} outs(%y : memref<4x32xf32>) {
  ^bb0(%o: f32):
    %j = linalg.index 1 : index
    %k = arith.addi %j, %j : index
    %a = memref.load %x[%k] : memref<64xf32>
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: @exp_has_no_vector_form
// CHECK: linalg.generic
func.func @exp_has_no_vector_form(%x: memref<16x32xf32>, %y: memref<16x32xf32>) {
  linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<16x32xf32>) outs(%y : memref<16x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %e = math.exp %a : f32
    linalg.yield %e : f32
  }
  return
}

// CHECK-LABEL: @doubles_are_no_words
// CHECK: linalg.generic
func.func @doubles_are_no_words(%x: memref<16x32xf64>) {
  linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]} outs(%x : memref<16x32xf64>) {
  ^bb0(%o: f64):
    %e = arith.addf %o, %o : f64
    linalg.yield %e : f64
  }
  return
}

// CHECK-LABEL: @short_rows_stay_scalar
// CHECK: linalg.generic
func.func @short_rows_stay_scalar(%x: memref<16x3xf32>, %b: memref<3xf32>) {
  linalg.generic {indexing_maps = [#id2, affine_map<(i, j) -> (j)>, #id2], iterator_types = ["parallel", "parallel"]} ins(%x, %b : memref<16x3xf32>, memref<3xf32>) outs(%x : memref<16x3xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %p = arith.addf %a, %c : f32
    linalg.yield %p : f32
  }
  return
}
