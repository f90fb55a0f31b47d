// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=convert-qnet-to-linalg,qnet-expand-rounding | FileCheck %s
//
// The layers on images, by values that can be checked by hand. Kernels of powers of
// ten show in the digits which value met which weight.

!binary = !qnet.q<#qnet.binary<0.5>>

// CHECK-LABEL: @conv2d_does_not_flip_the_kernel
// CHECK-NEXT{LITERAL}: dense<[[[[5.421000e+03], [6.532000e+03]], [[8.754000e+03], [9.865000e+03]]]]> : tensor<1x2x2x1xf32>
func.func @conv2d_does_not_flip_the_kernel() -> tensor<1x2x2x1xf32> {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]]]]> : tensor<1x3x3x1xf32>
  %k = arith.constant dense<[[[[1.0], [10.0]], [[100.0], [1000.0]]]]> : tensor<1x2x2x1xf32>
  %y = qnet.conv2d %x, %k : (tensor<1x3x3x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// A row of zeros above, a column to the right; the last row is in no window.
// CHECK-LABEL: @conv2d_strides_from_asymmetric_pads
// CHECK-NEXT{LITERAL}: dense<[[[[2.100000e+03], [3.000000e+02]], [[8.754000e+03], [9.060000e+02]]]]> : tensor<1x2x2x1xf32>
func.func @conv2d_strides_from_asymmetric_pads() -> tensor<1x2x2x1xf32> {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]], [[10.0], [11.0], [12.0]]]]> : tensor<1x4x3x1xf32>
  %k = arith.constant dense<[[[[1.0], [10.0]], [[100.0], [1000.0]]]]> : tensor<1x2x2x1xf32>
  %y = qnet.conv2d %x, %k {pads = array<i64: 1, 0, 0, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x4x3x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// CHECK-LABEL: @conv2d_gradients_with_strides_and_asymmetric_pads
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+02], [1.000000e+03], [2.000000e+02]], [[3.000000e+00], [3.000000e+01], [4.000000e+00]], [[3.000000e+02], [3.000000e+03], [4.000000e+02]], [[0.000000e+00], [0.000000e+00], [0.000000e+00]]]]> : tensor<1x4x3x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[3.600000e+01], [1.500000e+01]], [[6.400000e+01], [2.600000e+01]]]]> : tensor<1x2x2x1xf32>
func.func @conv2d_gradients_with_strides_and_asymmetric_pads() -> (tensor<1x4x3x1xf32>, tensor<1x2x2x1xf32>) {
  %x = arith.constant dense<[[[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]], [[7.0], [8.0], [9.0]], [[10.0], [11.0], [12.0]]]]> : tensor<1x4x3x1xf32>
  %k = arith.constant dense<[[[[1.0], [10.0]], [[100.0], [1000.0]]]]> : tensor<1x2x2x1xf32>
  %dy = arith.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
  %dx = qnet.conv2d_input_grad %dy, %k {pads = array<i64: 1, 0, 0, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x4x3x1xf32>
  %dk = qnet.conv2d_weight_grad %dy, %x {pads = array<i64: 1, 0, 0, 1>, strides = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>, tensor<1x4x3x1xf32>) -> tensor<1x2x2x1xf32>
  return %dx, %dk : tensor<1x4x3x1xf32>, tensor<1x2x2x1xf32>
}

// Samples, channels and filters; 1x1.
// CHECK-LABEL: @conv2d_sums_over_channels_for_each_filter
// CHECK-NEXT{LITERAL}: dense<[[[[2.100000e+01, 2.100000e+03], [4.300000e+01, 4.300000e+03]]], [[[6.500000e+01, 6.500000e+03], [8.700000e+01, 8.700000e+03]]]]> : tensor<2x1x2x2xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[2.010000e+02, 2.010000e+03], [4.030000e+02, 4.030000e+03]]], [[[6.050000e+02, 6.050000e+03], [8.070000e+02, 8.070000e+03]]]]> : tensor<2x1x2x2xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[8.400000e+01, 1.000000e+02]]], [[[1.000000e+02, 1.200000e+02]]]]> : tensor<2x1x1x2xf32>
func.func @conv2d_sums_over_channels_for_each_filter() -> (tensor<2x1x2x2xf32>, tensor<2x1x2x2xf32>, tensor<2x1x1x2xf32>) {
  %x = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]], [[[5.0, 6.0], [7.0, 8.0]]]]> : tensor<2x1x2x2xf32>
  %k = arith.constant dense<[[[[1.0, 10.0]]], [[[100.0, 1000.0]]]]> : tensor<2x1x1x2xf32>
  %y = qnet.conv2d %x, %k : (tensor<2x1x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<2x1x2x2xf32>
  %dx = qnet.conv2d_input_grad %x, %k : (tensor<2x1x2x2xf32>, tensor<2x1x1x2xf32>) -> tensor<2x1x2x2xf32>
  %dk = qnet.conv2d_weight_grad %x, %x : (tensor<2x1x2x2xf32>, tensor<2x1x2x2xf32>) -> tensor<2x1x1x2xf32>
  return %y, %dx, %dk : tensor<2x1x2x2xf32>, tensor<2x1x2x2xf32>, tensor<2x1x1x2xf32>
}

// CHECK-LABEL: @conv2d_decodes_codes
// CHECK-NEXT{LITERAL}: dense<3.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+00], [-1.000000e+00]], [[1.000000e+00], [1.000000e+00]]]]> : tensor<1x2x2x1xf32>
func.func @conv2d_decodes_codes() -> (tensor<1x1x1x1xf32>, tensor<1x2x2x1xf32>) {
  %x = arith.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
  %v = arith.constant dense<[[[[1.0], [-1.0]], [[1.0], [1.0]]]]> : tensor<1x2x2x1xf32>
  %dy = arith.constant dense<[[[[2.0]]]]> : tensor<1x1x1x1xf32>
  %k = qnet.encode %v by(#qnet.deterministic) : tensor<1x2x2x1xf32> to tensor<1x2x2x1x!binary>
  %y = qnet.conv2d %x, %k : (tensor<1x2x2x1xf32>, tensor<1x2x2x1x!binary>) -> tensor<1x1x1x1xf32>
  %dx = qnet.conv2d_input_grad %dy, %k : (tensor<1x1x1x1xf32>, tensor<1x2x2x1x!binary>) -> tensor<1x2x2x1xf32>
  return %y, %dx : tensor<1x1x1x1xf32>, tensor<1x2x2x1xf32>
}

// (1 + 2^24) + (-2^24): 0 in ascending order of f32, 1 in any other.
// CHECK-LABEL: @conv2d_sums_run_over_rows_then_columns_then_channels
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
func.func @conv2d_sums_run_over_rows_then_columns_then_channels() -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) {
  %xi = arith.constant dense<[[[[1.0]], [[16777216.0]], [[-16777216.0]]]]> : tensor<1x3x1x1xf32>
  %ki = arith.constant dense<[[[[1.0]], [[1.0]], [[1.0]]]]> : tensor<1x3x1x1xf32>
  %xj = arith.constant dense<[[[[1.0], [16777216.0], [-16777216.0]]]]> : tensor<1x1x3x1xf32>
  %kj = arith.constant dense<[[[[1.0], [1.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %xc = arith.constant dense<[[[[1.0, 16777216.0, -16777216.0]]]]> : tensor<1x1x1x3xf32>
  %kc = arith.constant dense<[[[[1.0, 1.0, 1.0]]]]> : tensor<1x1x1x3xf32>
  %xij = arith.constant dense<[[[[1.0], [16777216.0]], [[-16777216.0], [0.0]]]]> : tensor<1x2x2x1xf32>
  %kij = arith.constant dense<[[[[1.0], [1.0]], [[1.0], [1.0]]]]> : tensor<1x2x2x1xf32>
  %xjc = arith.constant dense<[[[[1.0, 16777216.0], [-16777216.0, 0.0]]]]> : tensor<1x1x2x2xf32>
  %kjc = arith.constant dense<[[[[1.0, 1.0], [1.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  %i = qnet.conv2d %xi, %ki : (tensor<1x3x1x1xf32>, tensor<1x3x1x1xf32>) -> tensor<1x1x1x1xf32>
  %j = qnet.conv2d %xj, %kj : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x1x1xf32>
  %c = qnet.conv2d %xc, %kc : (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x1xf32>
  %ij = qnet.conv2d %xij, %kij : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  %jc = qnet.conv2d %xjc, %kjc : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x1x1xf32>
  return %i, %j, %c, %ij, %jc : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
}

// By filters for each tap; then taps in ascending order, which is that of windows from
// the last: 1 + 2^24 - 2^24 in the middle.
// CHECK-LABEL: @conv2d_input_gradients_sum_over_filters_then_taps
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[0xCB800000], [0.000000e+00], [0.000000e+00], [0x4B800000], [1.000000e+00]]]]> : tensor<1x1x5x1xf32>
func.func @conv2d_input_gradients_sum_over_filters_then_taps() -> (tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>) {
  %dyf = arith.constant dense<[[[[1.0, 16777216.0, -16777216.0]]]]> : tensor<1x1x1x3xf32>
  %kf = arith.constant dense<[[[[1.0]]], [[[1.0]]], [[[1.0]]]]> : tensor<3x1x1x1xf32>
  %dy = arith.constant dense<[[[[-16777216.0], [16777216.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %k = arith.constant dense<[[[[1.0], [1.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %f = qnet.conv2d_input_grad %dyf, %kf : (tensor<1x1x1x3xf32>, tensor<3x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %j = qnet.conv2d_input_grad %dy, %k : (tensor<1x1x3x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x5x1xf32>
  return %f, %j : tensor<1x1x1x1xf32>, tensor<1x1x5x1xf32>
}

// CHECK-LABEL: @conv2d_weight_gradients_sum_over_samples_then_pixels
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x1x1xf32>
func.func @conv2d_weight_gradients_sum_over_samples_then_pixels() -> (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) {
  %dn = arith.constant dense<[[[[1.0]], [[16777216.0]]], [[[-16777216.0]], [[0.0]]]]> : tensor<2x2x1x1xf32>
  %xn = arith.constant dense<[[[[1.0]], [[1.0]]], [[[1.0]], [[1.0]]]]> : tensor<2x2x1x1xf32>
  %dp = arith.constant dense<[[[[1.0], [16777216.0]], [[-16777216.0], [0.0]]]]> : tensor<1x2x2x1xf32>
  %xp = arith.constant dense<[[[[1.0], [1.0]], [[1.0], [1.0]]]]> : tensor<1x2x2x1xf32>
  %n = qnet.conv2d_weight_grad %dn, %xn : (tensor<2x2x1x1xf32>, tensor<2x2x1x1xf32>) -> tensor<1x1x1x1xf32>
  %p = qnet.conv2d_weight_grad %dp, %xp : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x1x1x1xf32>
  return %n, %p : tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
}

// CHECK-LABEL: @max_pool2d_windows_overlap_and_the_first_of_equals_gets_the_gradient
// CHECK-NEXT{LITERAL}: dense<[[[[5.000000e+00], [5.000000e+00]], [[5.000000e+00], [9.000000e+00]]]]> : tensor<1x2x2x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[0.000000e+00], [3.000000e+00], [0.000000e+00]], [[0.000000e+00], [4.000000e+00], [0.000000e+00]], [[0.000000e+00], [0.000000e+00], [8.000000e+00]]]]> : tensor<1x3x3x1xf32>
func.func @max_pool2d_windows_overlap_and_the_first_of_equals_gets_the_gradient() -> (tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>) {
  %x = arith.constant dense<[[[[1.0], [5.0], [5.0]], [[2.0], [5.0], [3.0]], [[0.0], [4.0], [9.0]]]]> : tensor<1x3x3x1xf32>
  %dy = arith.constant dense<[[[[1.0], [2.0]], [[4.0], [8.0]]]]> : tensor<1x2x2x1xf32>
  %y = qnet.max_pool2d %x {strides = array<i64: 1, 1>, window = array<i64: 2, 2>}
      : (tensor<1x3x3x1xf32>) -> tensor<1x2x2x1xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {strides = array<i64: 1, 1>, window = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  return %y, %dx : tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>
}

// CHECK-LABEL: @max_pool2d_never_picks_padding
// CHECK-NEXT{LITERAL}: dense<[[[[-1.000000e+00], [-2.000000e+00]], [[-3.000000e+00], [-4.000000e+00]]]]> : tensor<1x2x2x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+00], [2.000000e+00]], [[3.000000e+00], [4.000000e+00]]]]> : tensor<1x2x2x1xf32>
func.func @max_pool2d_never_picks_padding() -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
  %x = arith.constant dense<[[[[-1.0], [-2.0]], [[-3.0], [-4.0]]]]> : tensor<1x2x2x1xf32>
  %dy = arith.constant dense<[[[[1.0], [2.0]], [[3.0], [4.0]]]]> : tensor<1x2x2x1xf32>
  %y = qnet.max_pool2d %x {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32>
  return %y, %dx : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
}

// CHECK-LABEL: @max_pool2d_keeps_samples_and_channels_apart
// CHECK-NEXT{LITERAL}: dense<[[[[3.000000e+00, 4.000000e+00]]], [[[8.000000e+00, 7.000000e+00]]]]> : tensor<2x1x1x2xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[0.000000e+00, 2.000000e+00], [1.000000e+00, 0.000000e+00]]], [[[3.000000e+00, 0.000000e+00], [0.000000e+00, 4.000000e+00]]]]> : tensor<2x1x2x2xf32>
func.func @max_pool2d_keeps_samples_and_channels_apart() -> (tensor<2x1x1x2xf32>, tensor<2x1x2x2xf32>) {
  %x = arith.constant dense<[[[[1.0, 4.0], [3.0, 2.0]]], [[[8.0, 5.0], [6.0, 7.0]]]]> : tensor<2x1x2x2xf32>
  %dy = arith.constant dense<[[[[1.0, 2.0]]], [[[3.0, 4.0]]]]> : tensor<2x1x1x2xf32>
  %y = qnet.max_pool2d %x {strides = array<i64: 1, 2>, window = array<i64: 1, 2>}
      : (tensor<2x1x2x2xf32>) -> tensor<2x1x1x2xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {strides = array<i64: 1, 2>, window = array<i64: 1, 2>}
      : (tensor<2x1x1x2xf32>, tensor<2x1x2x2xf32>) -> tensor<2x1x2x2xf32>
  return %y, %dx : tensor<2x1x1x2xf32>, tensor<2x1x2x2xf32>
}

// A broken net is seen. Of zeros, +0 is the larger.
// CHECK-LABEL: @max_pool2d_shows_nan
// CHECK-NEXT{LITERAL}: dense<[[[[0x7FC00000], [0.000000e+00], [3.000000e+00]]]]> : tensor<1x1x3x1xf32>
func.func @max_pool2d_shows_nan() -> tensor<1x1x3x1xf32> {
  %x = arith.constant dense<[[[[1.0], [0x7FC00000], [-0.0], [0.0], [3.0], [2.0]]]]> : tensor<1x1x6x1xf32>
  %y = qnet.max_pool2d %x {strides = array<i64: 1, 2>, window = array<i64: 1, 2>}
      : (tensor<1x1x6x1xf32>) -> tensor<1x1x3x1xf32>
  return %y : tensor<1x1x3x1xf32>
}

// The middle is the largest of three windows: their gradients are added from the last
// window, where it is tap 0, to the first.
// CHECK-LABEL: @max_pool2d_gradients_sum_over_taps
// CHECK-NEXT{LITERAL}: dense<0.000000e+00> : tensor<1x1x5x1xf32>
func.func @max_pool2d_gradients_sum_over_taps() -> tensor<1x1x5x1xf32> {
  %x = arith.constant dense<[[[[0.0], [0.0], [1.0], [0.0], [0.0]]]]> : tensor<1x1x5x1xf32>
  %dy = arith.constant dense<[[[[-16777216.0], [16777216.0], [1.0]]]]> : tensor<1x1x3x1xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {strides = array<i64: 1, 1>, window = array<i64: 1, 3>}
      : (tensor<1x1x3x1xf32>, tensor<1x1x5x1xf32>) -> tensor<1x1x5x1xf32>
  return %dx : tensor<1x1x5x1xf32>
}

// CHECK-LABEL: @avg_pool2d_counts_padding_as_zeros
// CHECK-NEXT{LITERAL}: dense<[[[[3.000000e+00], [5.000000e+00]], [[3.500000e+00], [4.500000e+00]]]]> : tensor<1x2x2x1xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+00], [3.000000e+00], [2.000000e+00]], [[4.000000e+00], [1.200000e+01], [8.000000e+00]], [[4.000000e+00], [1.200000e+01], [8.000000e+00]]]]> : tensor<1x3x3x1xf32>
func.func @avg_pool2d_counts_padding_as_zeros() -> (tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>) {
  %x = arith.constant dense<[[[[4.0], [8.0], [12.0]], [[1.0], [2.0], [3.0]], [[5.0], [6.0], [7.0]]]]> : tensor<1x3x3x1xf32>
  %dy = arith.constant dense<[[[[4.0], [8.0]], [[16.0], [32.0]]]]> : tensor<1x2x2x1xf32>
  %y = qnet.avg_pool2d %x {pads = array<i64: 1, 0, 0, 0>, strides = array<i64: 2, 1>, window = array<i64: 2, 2>}
      : (tensor<1x3x3x1xf32>) -> tensor<1x2x2x1xf32>
  %dx = qnet.avg_pool2d_grad %dy {pads = array<i64: 1, 0, 0, 0>, strides = array<i64: 2, 1>, window = array<i64: 2, 2>}
      : (tensor<1x2x2x1xf32>) -> tensor<1x3x3x1xf32>
  return %y, %dx : tensor<1x2x2x1xf32>, tensor<1x3x3x1xf32>
}

// 5 fl(1/3), which is not fl(5/3).
// CHECK-LABEL: @means_multiply_by_the_rounded_inverse
// CHECK-NEXT{LITERAL}: dense<1.66666675> : tensor<1x1x1x1xf32>
// CHECK-NEXT{LITERAL}: dense<1.66666675> : tensor<1x1x3x1xf32>
// CHECK-NEXT{LITERAL}: dense<1.66666675> : tensor<1x1xf32>
// CHECK-NEXT{LITERAL}: dense<1.66666675> : tensor<1x1x3x1xf32>
func.func @means_multiply_by_the_rounded_inverse() -> (tensor<1x1x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1xf32>, tensor<1x1x3x1xf32>) {
  %x = arith.constant dense<[[[[0.0], [0.0], [5.0]]]]> : tensor<1x1x3x1xf32>
  %dy = arith.constant dense<[[[[5.0]]]]> : tensor<1x1x1x1xf32>
  %dg = arith.constant dense<[[5.0]]> : tensor<1x1xf32>
  %y = qnet.avg_pool2d %x {strides = array<i64: 1, 1>, window = array<i64: 1, 3>}
      : (tensor<1x1x3x1xf32>) -> tensor<1x1x1x1xf32>
  %dx = qnet.avg_pool2d_grad %dy {strides = array<i64: 1, 1>, window = array<i64: 1, 3>}
      : (tensor<1x1x1x1xf32>) -> tensor<1x1x3x1xf32>
  %g = qnet.global_avg_pool2d %x : (tensor<1x1x3x1xf32>) -> tensor<1x1xf32>
  %gx = qnet.global_avg_pool2d_grad %dg : (tensor<1x1xf32>) -> tensor<1x1x3x1xf32>
  return %y, %dx, %g, %gx : tensor<1x1x1x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1xf32>, tensor<1x1x3x1xf32>
}

// CHECK-LABEL: @global_avg_pool2d_is_the_mean_of_each_channel
// CHECK-NEXT{LITERAL}: dense<[[2.500000e+00, 2.500000e+01]]> : tensor<1x2xf32>
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+00, 2.000000e+00], [1.000000e+00, 2.000000e+00]], [[1.000000e+00, 2.000000e+00], [1.000000e+00, 2.000000e+00]]]]> : tensor<1x2x2x2xf32>
func.func @global_avg_pool2d_is_the_mean_of_each_channel() -> (tensor<1x2xf32>, tensor<1x2x2x2xf32>) {
  %x = arith.constant dense<[[[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0], [4.0, 40.0]]]]> : tensor<1x2x2x2xf32>
  %dy = arith.constant dense<[[4.0, 8.0]]> : tensor<1x2xf32>
  %y = qnet.global_avg_pool2d %x : (tensor<1x2x2x2xf32>) -> tensor<1x2xf32>
  %dx = qnet.global_avg_pool2d_grad %dy : (tensor<1x2xf32>) -> tensor<1x2x2x2xf32>
  return %y, %dx : tensor<1x2xf32>, tensor<1x2x2x2xf32>
}

// Shapes and gates ------------------------------------------------------------

// CHECK-LABEL: @reshape_keeps_row_major_order
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00]]> : tensor<1x6xf32>
func.func @reshape_keeps_row_major_order() -> tensor<1x6xf32> {
  %x = arith.constant dense<[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]> : tensor<1x2x3xf32>
  %y = qnet.reshape %x : tensor<1x2x3xf32> to tensor<1x6xf32>
  return %y : tensor<1x6xf32>
}

// CHECK-LABEL: @pad_adds_zeros_before_and_after
// CHECK-NEXT{LITERAL}: dense<[[0.000000e+00, 1.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 3.000000e+00, 4.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00]]> : tensor<3x5xf32>
func.func @pad_adds_zeros_before_and_after() -> tensor<3x5xf32> {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = qnet.pad %x {high = array<i64: 1, 2>, low = array<i64: 0, 1>}
      : (tensor<2x2xf32>) -> tensor<3x5xf32>
  return %y : tensor<3x5xf32>
}

// CHECK-LABEL: @slice_takes_every_stride_th_value
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, 4.000000e+00], [1.100000e+01, 1.400000e+01]]> : tensor<2x2xf32>
// CHECK-NEXT{LITERAL}: dense<[[0.000000e+00, 1.000000e+00, 0.000000e+00, 0.000000e+00, 2.000000e+00], [0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00, 0.000000e+00], [0.000000e+00, 3.000000e+00, 0.000000e+00, 0.000000e+00, 4.000000e+00]]> : tensor<3x5xf32>
func.func @slice_takes_every_stride_th_value() -> (tensor<2x2xf32>, tensor<3x5xf32>) {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0], [10.0, 11.0, 12.0, 13.0, 14.0]]> : tensor<3x5xf32>
  %dy = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
  %y = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 2, 2>, strides = array<i64: 2, 3>}
      : (tensor<3x5xf32>) -> tensor<2x2xf32>
  %dx = qnet.slice_grad %dy {offsets = array<i64: 0, 1>, strides = array<i64: 2, 3>}
      : (tensor<2x2xf32>) -> tensor<3x5xf32>
  return %y, %dx : tensor<2x2xf32>, tensor<3x5xf32>
}

// CHECK-LABEL: @hard_tanh_passes_gradients_up_to_the_limits
// CHECK-NEXT{LITERAL}: dense<[-1.000000e+00, -1.000000e+00, -5.000000e-01, 1.000000e+00, 1.000000e+00, 0x7FC00000]> : tensor<6xf32>
// CHECK-NEXT{LITERAL}: dense<[0.000000e+00, 3.000000e+00, 3.000000e+00, 3.000000e+00, 0.000000e+00, 0.000000e+00]> : tensor<6xf32>
func.func @hard_tanh_passes_gradients_up_to_the_limits() -> (tensor<6xf32>, tensor<6xf32>) {
  %x = arith.constant dense<[-2.0, -1.0, -0.5, 1.0, 2.0, 0x7FC00000]> : tensor<6xf32>
  %dy = arith.constant dense<[3.0, 3.0, 3.0, 3.0, 3.0, 3.0]> : tensor<6xf32>
  %y = qnet.hard_tanh %x : tensor<6xf32>
  %dx = qnet.hard_tanh_grad %dy, %x : tensor<6xf32>
  return %y, %dx : tensor<6xf32>, tensor<6xf32>
}

// Of either zero; NaN is not at least zero.
// CHECK-LABEL: @sign_at_zero_is_plus_one
// CHECK-NEXT{LITERAL}: dense<[1.000000e+00, 1.000000e+00, -1.000000e+00, 1.000000e+00, -1.000000e+00]> : tensor<5xf32>
func.func @sign_at_zero_is_plus_one() -> tensor<5xf32> {
  %x = arith.constant dense<[-0.0, 0.0, -1.0, 2.0, 0x7FC00000]> : tensor<5xf32>
  %y = qnet.sign %x : tensor<5xf32>
  return %y : tensor<5xf32>
}
