// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=convert-qnet-to-linalg,qnet-expand-rounding | FileCheck %s

!binary = !qnet.q<#qnet.binary<0.5>>

// CHECK-LABEL: @dense_multiplies_by_rows_of_weights
// CHECK-NEXT{LITERAL}: dense<[[-1.000000e+00, 5.000000e-01], [5.000000e-01, 2.000000e+00]]> : tensor<2x2xf32>
func.func @dense_multiplies_by_rows_of_weights() -> tensor<2x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %w = arith.constant dense<[[1.0, 0.5, -1.0], [0.5, 0.0, 0.0]]> : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// CHECK-LABEL: @dense_decodes_codes
// CHECK-NEXT{LITERAL}: dense<[[2.000000e+00, -3.000000e+00]]> : tensor<1x2xf32>
func.func @dense_decodes_codes() -> tensor<1x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %v = arith.constant dense<[[-0.5, 0.5, 0.5], [-0.5, -0.5, -0.5]]> : tensor<2x3xf32>
  %w = qnet.encode %v by(#qnet.deterministic) : tensor<2x3xf32> to tensor<2x3x!binary>
  %y = qnet.dense %x, %w : (tensor<1x3xf32>, tensor<2x3x!binary>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: @dense_gradients
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, 2.000000e+00, -1.000000e+00]]> : tensor<1x3xf32>
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, 2.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00]]> : tensor<2x3xf32>
func.func @dense_gradients() -> (tensor<1x3xf32>, tensor<2x3xf32>) {
  %dy = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %x = arith.constant dense<[[1.0, 2.0, 3.0]]> : tensor<1x3xf32>
  %w = arith.constant dense<[[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]> : tensor<2x3xf32>
  %dx = qnet.dense_input_grad %dy, %w : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3xf32>
  %dw = qnet.dense_weight_grad %dy, %x : (tensor<1x2xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return %dx, %dw : tensor<1x3xf32>, tensor<2x3xf32>
}

// (1 + 2^24) + (-2^24): 0 in ascending order of f32, 1 in any other.
// CHECK-LABEL: @sums_run_in_ascending_order
// CHECK-NEXT: dense<0.000000e+00> : tensor<1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1xf32>
func.func @sums_run_in_ascending_order() -> (tensor<1xf32>, tensor<1x1xf32>) {
  %dy = arith.constant dense<[[1.0], [16777216.0], [-16777216.0]]> : tensor<3x1xf32>
  %x = arith.constant dense<[[1.0, 16777216.0, -16777216.0]]> : tensor<1x3xf32>
  %w = arith.constant dense<1.0> : tensor<1x3xf32>
  %db = qnet.bias_grad %dy : (tensor<3x1xf32>) -> tensor<1xf32>
  %y = qnet.dense %x, %w : (tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<1x1xf32>
  return %db, %y : tensor<1xf32>, tensor<1x1xf32>
}

// CHECK-LABEL: @bias_is_added_per_channel
// CHECK-NEXT{LITERAL}: dense<[[1.100000e+01, 2.200000e+01], [1.300000e+01, 2.400000e+01]]> : tensor<2x2xf32>
// CHECK-NEXT: dense<[4.000000e+00, 6.000000e+00]> : tensor<2xf32>
func.func @bias_is_added_per_channel() -> (tensor<2x2xf32>, tensor<2xf32>) {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[10.0, 20.0]> : tensor<2xf32>
  %y = qnet.bias %x, %b : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %db = qnet.bias_grad %x : (tensor<2x2xf32>) -> tensor<2xf32>
  return %y, %db : tensor<2x2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @relu_gradient_at_zero_is_zero
// CHECK-NEXT: dense<[0.000000e+00, 0.000000e+00, 2.000000e+00, 0x7FC00000]> : tensor<4xf32>
// CHECK-NEXT: dense<[0.000000e+00, 0.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<4xf32>
func.func @relu_gradient_at_zero_is_zero() -> (tensor<4xf32>, tensor<4xf32>) {
  %x = arith.constant dense<[-1.0, 0.0, 2.0, 0x7FC00000]> : tensor<4xf32>
  %dy = arith.constant dense<1.0> : tensor<4xf32>
  %y = qnet.relu %x : tensor<4xf32>
  %dx = qnet.relu_grad %dy, %y : tensor<4xf32>
  return %y, %dx : tensor<4xf32>, tensor<4xf32>
}

// Mean 2, biased variance 1; the epsilon of 3 makes the values exact.
// CHECK-LABEL: @batch_norm_uses_the_biased_variance
// CHECK-NEXT{LITERAL}: dense<[[7.000000e+00], [1.300000e+01]]> : tensor<2x1xf32>
// CHECK-NEXT: dense<2.000000e+00> : tensor<1xf32>
// CHECK-NEXT: dense<1.000000e+00> : tensor<1xf32>
// CHECK-NEXT: dense<5.000000e-01> : tensor<1xf32>
func.func @batch_norm_uses_the_biased_variance()
    -> (tensor<2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) {
  %x = arith.constant dense<[[1.0], [3.0]]> : tensor<2x1xf32>
  %scale = arith.constant dense<6.0> : tensor<1xf32>
  %shift = arith.constant dense<10.0> : tensor<1xf32>
  %y, %mean, %var, %inv = qnet.batch_norm_train %x, %scale, %shift {epsilon = 3.0 : f32}
      : (tensor<2x1xf32>, tensor<1xf32>, tensor<1xf32>)
      -> (tensor<2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>)
  return %y, %mean, %var, %inv : tensor<2x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>
}

// factor = 6/sqrt(3 + 1), offset = 10 - 1 * 3
// CHECK-LABEL: @batch_norm_folds_to_factor_and_offset
// CHECK-NEXT: dense<3.000000e+00> : tensor<1xf32>
// CHECK-NEXT: dense<7.000000e+00> : tensor<1xf32>
// CHECK-NEXT{LITERAL}: dense<[[7.000000e+00], [1.900000e+01]]> : tensor<2x1xf32>
func.func @batch_norm_folds_to_factor_and_offset() -> (tensor<1xf32>, tensor<1xf32>, tensor<2x1xf32>) {
  %x = arith.constant dense<[[0.0], [4.0]]> : tensor<2x1xf32>
  %scale = arith.constant dense<6.0> : tensor<1xf32>
  %shift = arith.constant dense<10.0> : tensor<1xf32>
  %mean = arith.constant dense<1.0> : tensor<1xf32>
  %var = arith.constant dense<3.0> : tensor<1xf32>
  %f, %o = qnet.batch_norm_fold %scale, %shift, %mean, %var {epsilon = 1.0 : f32}
      : (tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>)
      -> (tensor<1xf32>, tensor<1xf32>)
  %y = qnet.scale_shift %x, %f, %o
      : (tensor<2x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %f, %o, %y : tensor<1xf32>, tensor<1xf32>, tensor<2x1xf32>
}

// Both bounds belong to the interval; nothing is within a bound that is NaN.
// CHECK-LABEL: @thresholds_are_intervals_per_channel
// CHECK-NEXT{LITERAL}: dense<[[-1.000000e+00, 1.000000e+00, -1.000000e+00], [1.000000e+00, 1.000000e+00, -1.000000e+00], [1.000000e+00, -1.000000e+00, -1.000000e+00]]> : tensor<3x3xf32>
func.func @thresholds_are_intervals_per_channel() -> tensor<3x3xf32> {
  %x = arith.constant dense<[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]> : tensor<3x3xf32>
  %low = arith.constant dense<[1.0, 0xFF800000, 0x7FC00000]> : tensor<3xf32>
  %high = arith.constant dense<[0x7F800000, 1.0, 3.0]> : tensor<3xf32>
  %y = qnet.threshold %x, %low, %high
      : (tensor<3x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

// 0.75 * 8 + (1 - 0.75) * 2 * 4
// CHECK-LABEL: @running_average_corrects_the_batch
// CHECK-NEXT: dense<8.000000e+00> : tensor<1xf32>
func.func @running_average_corrects_the_batch() -> tensor<1xf32> {
  %r = arith.constant dense<8.0> : tensor<1xf32>
  %s = arith.constant dense<4.0> : tensor<1xf32>
  %n = qnet.running_average %r, %s {momentum = 0.75 : f32, correction = 2.0 : f32} : tensor<1xf32>
  return %n : tensor<1xf32>
}
