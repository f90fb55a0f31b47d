// RUN: qnet-interpret %s --all | FileCheck %s

// CHECK-LABEL: @loops_and_calls
// CHECK-NEXT: 10 : index
func.func @loops_and_calls() -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %sum = scf.for %i = %c0 to %c5 step %c1 iter_args(%s = %c0) -> index {
    %n = func.call @add(%s, %i) : (index, index) -> index
    scf.yield %n : index
  }
  return %sum : index
}
func.func private @add(%a: index, %b: index) -> index {
  %c = arith.addi %a, %b : index
  return %c : index
}

// CHECK-LABEL: @conditionals_run_one_side
// CHECK-NEXT: 2 : i32
func.func @conditionals_run_one_side() -> i32 {
  %false = arith.constant false
  %r = scf.if %false -> i32 {
    %a = arith.constant 1 : i32
    scf.yield %a : i32
  } else {
    %b = arith.constant 2 : i32
    scf.yield %b : i32
  }
  return %r : i32
}

// CHECK-LABEL: @insertion_leaves_the_old_tensor_alone
// CHECK-NEXT: dense<[1, 2]> : tensor<2xi32>
// CHECK-NEXT: dense<[1, 9]> : tensor<2xi32>
func.func @insertion_leaves_the_old_tensor_alone() -> (tensor<2xi32>, tensor<2xi32>) {
  %t = arith.constant dense<[1, 2]> : tensor<2xi32>
  %n = arith.constant 9 : i32
  %c1 = arith.constant 1 : index
  %u = tensor.insert %n into %t[%c1] : tensor<2xi32>
  return %t, %u : tensor<2xi32>, tensor<2xi32>
}

// CHECK-LABEL: @slices_are_row_major
// CHECK-NEXT{LITERAL}: dense<[[2, 3], [5, 6]]> : tensor<2x2xi32>
// CHECK-NEXT{LITERAL}: dense<[[1, 2, 3], [4, 7, 6]]> : tensor<2x3xi32>
// CHECK-NEXT: dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi32>
func.func @slices_are_row_major() -> (tensor<2x2xi32>, tensor<2x3xi32>, tensor<6xi32>) {
  %t = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>
  %one = arith.constant dense<7> : tensor<1x1xi32>
  %a = tensor.extract_slice %t[0, 1] [2, 2] [1, 1] : tensor<2x3xi32> to tensor<2x2xi32>
  %b = tensor.insert_slice %one into %t[1, 1] [1, 1] [1, 1] : tensor<1x1xi32> into tensor<2x3xi32>
  %c = tensor.collapse_shape %t [[0, 1]] : tensor<2x3xi32> into tensor<6xi32>
  return %a, %b, %c : tensor<2x2xi32>, tensor<2x3xi32>, tensor<6xi32>
}

// CHECK-LABEL: @structured_ops_see_their_indices
// CHECK-NEXT{LITERAL}: dense<[[0, 1, 2], [10, 11, 12]]> : tensor<2x3xi32>
func.func @structured_ops_see_their_indices() -> tensor<2x3xi32> {
  %c10 = arith.constant 10 : index
  %e = tensor.empty() : tensor<2x3xi32>
  %t = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      outs(%e : tensor<2x3xi32>) {
  ^bb0(%old: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %m = arith.muli %i, %c10 : index
    %n = arith.addi %m, %j : index
    %r = arith.index_cast %n : index to i32
    linalg.yield %r : i32
  } -> tensor<2x3xi32>
  return %t : tensor<2x3xi32>
}

// CHECK-LABEL: @named_structured_ops_run_their_bodies
// CHECK-NEXT: dense<1.100000e+01> : tensor<1x1xf32>
func.func @named_structured_ops_run_their_bodies() -> tensor<1x1xf32> {
  %zero = arith.constant 0.0 : f32
  %a = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %b = arith.constant dense<[[3.0], [4.0]]> : tensor<2x1xf32>
  %e = tensor.empty() : tensor<1x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1xf32>) -> tensor<1x1xf32>
  %c = linalg.matmul ins(%a, %b : tensor<1x2xf32>, tensor<2x1xf32>)
      outs(%f : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %c : tensor<1x1xf32>
}
