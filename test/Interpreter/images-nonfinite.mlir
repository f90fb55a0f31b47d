// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=convert-qnet-to-linalg,qnet-expand-rounding | FileCheck %s
//
// Which input a window's gradient goes to where there is no largest number.

// The first value of the window, not the padding before it.
// CHECK-LABEL: @max_pool2d_gradients_reach_minus_infinity
// CHECK-NEXT{LITERAL}: dense<[[[[1.000000e+00], [2.000000e+00], [0.000000e+00]]]]> : tensor<1x1x3x1xf32>
func.func @max_pool2d_gradients_reach_minus_infinity() -> tensor<1x1x3x1xf32> {
  %x = arith.constant dense<[[[[0xFF800000], [0xFF800000], [0xFF800000]]]]> : tensor<1x1x3x1xf32>
  %dy = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {pads = array<i64: 0, 1, 0, 0>, strides = array<i64: 1, 2>, window = array<i64: 1, 2>}
      : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>) -> tensor<1x1x3x1xf32>
  return %dx : tensor<1x1x3x1xf32>
}

// CHECK-LABEL: @max_pool2d_gradients_go_to_the_first_nan
// CHECK-NEXT{LITERAL}: dense<[[[[0.000000e+00], [1.000000e+00], [2.000000e+00], [0.000000e+00]]]]> : tensor<1x1x4x1xf32>
func.func @max_pool2d_gradients_go_to_the_first_nan() -> tensor<1x1x4x1xf32> {
  %x = arith.constant dense<[[[[1.0], [0x7FC00000], [0x7FC00000], [0x7FC00000]]]]> : tensor<1x1x4x1xf32>
  %dy = arith.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %dx = qnet.max_pool2d_grad %dy, %x {strides = array<i64: 1, 2>, window = array<i64: 1, 2>}
      : (tensor<1x1x2x1xf32>, tensor<1x1x4x1xf32>) -> tensor<1x1x4x1xf32>
  return %dx : tensor<1x1x4x1xf32>
}
