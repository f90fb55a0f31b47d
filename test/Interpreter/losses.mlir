// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=convert-qnet-to-linalg | FileCheck %s

// log(2) for equal outputs, however large they are.
// CHECK-LABEL: @cross_entropy_does_not_overflow
// CHECK-NEXT: dense<0.693147182> : tensor<2xf32>
func.func @cross_entropy_does_not_overflow() -> tensor<2xf32> {
  %y = arith.constant dense<[[1000.0, 1000.0], [-3.0e38, -3.0e38]]> : tensor<2x2xf32>
  %t = arith.constant dense<[0, 1]> : tensor<2xi32>
  %l = qnet.softmax_cross_entropy %y, %t : (tensor<2x2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return %l : tensor<2xf32>
}

// CHECK-LABEL: @cross_entropy_gradient_sums_to_zero
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, -1.000000e+00]]> : tensor<1x2xf32>
func.func @cross_entropy_gradient_sums_to_zero() -> tensor<1x2xf32> {
  %dl = arith.constant dense<2.0> : tensor<1xf32>
  %y = arith.constant dense<[[3.0, 3.0]]> : tensor<1x2xf32>
  %t = arith.constant dense<[1]> : tensor<1xi32>
  %dy = qnet.softmax_cross_entropy_grad %dl, %y, %t
      : (tensor<1xf32>, tensor<1x2xf32>, tensor<1xi32>) -> tensor<1x2xf32>
  return %dy : tensor<1x2xf32>
}

// max(0, 1 - 0.5)^2 + max(0, 1 - 2)^2 + max(0, 1 + 3)^2
// CHECK-LABEL: @squared_hinge_counts_margins_below_one
// CHECK-NEXT: dense<1.625000e+01> : tensor<1xf32>
// CHECK-NEXT{LITERAL}: dense<[[-1.000000e+00, 0.000000e+00, 8.000000e+00]]> : tensor<1x3xf32>
func.func @squared_hinge_counts_margins_below_one() -> (tensor<1xf32>, tensor<1x3xf32>) {
  %dl = arith.constant dense<1.0> : tensor<1xf32>
  %y = arith.constant dense<[[0.5, -2.0, 3.0]]> : tensor<1x3xf32>
  %t = arith.constant dense<[0]> : tensor<1xi32>
  %l = qnet.squared_hinge %y, %t : (tensor<1x3xf32>, tensor<1xi32>) -> tensor<1xf32>
  %dy = qnet.squared_hinge_grad %dl, %y, %t
      : (tensor<1xf32>, tensor<1x3xf32>, tensor<1xi32>) -> tensor<1x3xf32>
  %zero = arith.constant dense<0.0> : tensor<1x3xf32>
  %sum = qnet.add %dy, %zero : tensor<1x3xf32>
  return %l, %sum : tensor<1xf32>, tensor<1x3xf32>
}

// CHECK-LABEL: @mean_squared_error_divides_by_the_targets
// CHECK-NEXT: dense<1.000000e+01> : tensor<1xf32>
// CHECK-NEXT{LITERAL}: dense<[[2.000000e+00, -4.000000e+00]]> : tensor<1x2xf32>
func.func @mean_squared_error_divides_by_the_targets() -> (tensor<1xf32>, tensor<1x2xf32>) {
  %dl = arith.constant dense<1.0> : tensor<1xf32>
  %y = arith.constant dense<[[3.0, 1.0]]> : tensor<1x2xf32>
  %t = arith.constant dense<[[1.0, 5.0]]> : tensor<1x2xf32>
  %l = qnet.mean_squared_error %y, %t : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1xf32>
  %dy = qnet.mean_squared_error_grad %dl, %y, %t
      : (tensor<1xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %l, %dy : tensor<1xf32>, tensor<1x2xf32>
}

// CHECK-LABEL: @argmax_takes_the_first_of_equals
// CHECK-NEXT: dense<[1, 0]> : tensor<2xi32>
func.func @argmax_takes_the_first_of_equals() -> tensor<2xi32> {
  %y = arith.constant dense<[[1.0, 2.0, 2.0], [5.0, 5.0, 5.0]]> : tensor<2x3xf32>
  %p = qnet.argmax %y : (tensor<2x3xf32>) -> tensor<2xi32>
  return %p : tensor<2xi32>
}

// log(2) at the boundary; far from it 0 or the margin missed, and no overflow.
// CHECK-LABEL: @logistic_does_not_overflow
// CHECK-NEXT: dense<[0.693147182, 0.000000e+00, 1.000000e+02, 3.000000e+38]> : tensor<4xf32>
// CHECK-NEXT{LITERAL}: dense<[[-5.000000e-01], [-0.000000e+00], [-1.000000e+00], [2.000000e+00]]> : tensor<4x1xf32>
// CHECK-NEXT: dense<[0, 1, 0, 1]> : tensor<4xi32>
func.func @logistic_does_not_overflow() -> (tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>) {
  %dl = arith.constant dense<[1.0, 1.0, 1.0, 2.0]> : tensor<4xf32>
  %y = arith.constant dense<[[0.0], [1000.0], [-100.0], [3.0e38]]> : tensor<4x1xf32>
  %t = arith.constant dense<[1, 1, 1, 0]> : tensor<4xi32>
  %l = qnet.logistic %y, %t : (tensor<4x1xf32>, tensor<4xi32>) -> tensor<4xf32>
  %dy = qnet.logistic_grad %dl, %y, %t : (tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>) -> tensor<4x1xf32>
  %p = qnet.is_positive %y : (tensor<4x1xf32>) -> tensor<4xi32>
  return %l, %dy, %p : tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>
}

// CHECK-LABEL: @outputs_are_summed_per_sample
// CHECK-NEXT: dense<[6.000000e+00, -1.000000e+00]> : tensor<2xf32>
// CHECK-NEXT{LITERAL}: dense<[[5.000000e-01, 5.000000e-01, 5.000000e-01], [2.000000e+00, 2.000000e+00, 2.000000e+00]]> : tensor<2x3xf32>
func.func @outputs_are_summed_per_sample() -> (tensor<2xf32>, tensor<2x3xf32>) {
  %y = arith.constant dense<[[1.0, 2.0, 3.0], [0.0, -1.5, 0.5]]> : tensor<2x3xf32>
  %dl = arith.constant dense<[0.5, 2.0]> : tensor<2xf32>
  %l = qnet.sum_outputs %y : (tensor<2x3xf32>) -> tensor<2xf32>
  %dy = qnet.sum_outputs_grad %dl : (tensor<2xf32>) -> tensor<2x3xf32>
  return %l, %dy : tensor<2xf32>, tensor<2x3xf32>
}
