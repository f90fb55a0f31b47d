// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=qnet-expand-updates,qnet-expand-rounding | FileCheck %s

!binary = !qnet.q<#qnet.binary<1.0>>

// CHECK-LABEL: @full_precision_subtracts_the_step
// CHECK-NEXT: dense<[5.000000e-01, -2.500000e-01]> : tensor<2xf32>
// CHECK-NEXT: dense<0> : tensor<1xi32>
func.func @full_precision_subtracts_the_step() -> (tensor<2xf32>, tensor<1xi32>) {
  %w = arith.constant dense<[1.0, 0.0]> : tensor<2xf32>
  %g = arith.constant dense<[1.0, 0.5]> : tensor<2xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 0.5 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %s step %t
      by(#qnet.full) with(#qnet.sgd) : tensor<2xf32>, tensor<2xf32>, tensor<1xi32>
  return %w1, %f1 : tensor<2xf32>, tensor<1xi32>
}

// CHECK-LABEL: @latent_weights_are_clipped_to_the_grid
// CHECK-NEXT: dense<[-1.000000e+00, 1.000000e+00, 2.500000e-01]> : tensor<3xf32>
func.func @latent_weights_are_clipped_to_the_grid() -> tensor<3xf32> {
  %w = arith.constant dense<[-0.5, 0.5, 0.75]> : tensor<3xf32>
  %g = arith.constant dense<[8.0, -8.0, 0.5]> : tensor<3xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 1.0 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %s step %t
      by(#qnet.bc) with(#qnet.sgd) grid(#qnet.binary<1.0>)
      : tensor<3xf32>, tensor<3xf32>, tensor<1xi32>
  return %w1 : tensor<3xf32>
}

// A step of less than half the distance between the levels changes nothing.
// CHECK-LABEL: @r_stalls_below_half_a_step
// CHECK-NEXT: dense<[1, 0]> : tensor<2xi32>
func.func @r_stalls_below_half_a_step() -> tensor<2xi32> {
  %n = arith.constant dense<[1, 1]> : tensor<2xi32>
  %w = qnet.to_code %n : tensor<2xi32> to tensor<2x!binary>
  %g = arith.constant dense<[0.99, 1.01]> : tensor<2xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 1.0 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %s step %t
      by(#qnet.r) with(#qnet.sgd) grid(#qnet.binary<1.0>)
      : tensor<2x!binary>, tensor<2xf32>, tensor<1xi32>
  %n1 = qnet.from_code %w1 : tensor<2x!binary> to tensor<2xi32>
  return %n1 : tensor<2xi32>
}

// w - a g = 0 for both; the draws of seed 0, step 0 (see random.mlir: 0xb709 for
// element 0) are compared with 2^15.
// CHECK-LABEL: @sr_compares_the_draw_with_the_fraction
// CHECK-NEXT: dense<0> : tensor<1xi32>
func.func @sr_compares_the_draw_with_the_fraction() -> tensor<1xi32> {
  %n = arith.constant dense<1> : tensor<1xi32>
  %w = qnet.to_code %n : tensor<1xi32> to tensor<1x!binary>
  %g = arith.constant dense<1.0> : tensor<1xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 1.0 : f32
  %z = arith.constant 0 : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %z step %z
      by(#qnet.sr) with(#qnet.sgd) grid(#qnet.binary<1.0>)
      : tensor<1x!binary>, tensor<1xf32>, tensor<1xi32>
  %n1 = qnet.from_code %w1 : tensor<1x!binary> to tensor<1xi32>
  return %n1 : tensor<1xi32>
}

// CHECK-LABEL: @nan_keeps_weight_and_slot_and_sets_the_flag
// CHECK-NEXT: dense<[0.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: dense<[1.000000e+00, 7.000000e+00]> : tensor<2xf32>
// CHECK-NEXT: dense<[0, 1]> : tensor<2xi32>
func.func @nan_keeps_weight_and_slot_and_sets_the_flag()
    -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi32>) {
  %w = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %u = arith.constant dense<[0.0, 7.0]> : tensor<2xf32>
  %g = arith.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32>
  %f = arith.constant dense<0> : tensor<2xi32>
  %rate = arith.constant 1.0 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %u1, %f1 = qnet.update "w" of 1 %w, %g slots(%u) flags %f rate %rate seed %s step %t
      by(#qnet.full) with(#qnet.momentum) {clip_gradient = 4.0 : f32}
      : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>, 1
  return %w1, %u1, %f1 : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
}

// The gradient is clipped first, the rate scaled by 2.
// CHECK-LABEL: @clipping_and_rate_scale
// CHECK-NEXT: dense<[-1.000000e+00, 1.000000e+00]> : tensor<2xf32>
func.func @clipping_and_rate_scale() -> tensor<2xf32> {
  %w = arith.constant dense<0.0> : tensor<2xf32>
  %g = arith.constant dense<[100.0, -100.0]> : tensor<2xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 0.25 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %s step %t
      by(#qnet.full) with(#qnet.sgd) {clip_gradient = 2.0 : f32, rate_scale = 2.0 : f32}
      : tensor<2xf32>, tensor<2xf32>, tensor<1xi32>
  return %w1 : tensor<2xf32>
}

// The first step of ADAM is the rate times the sign (epsilon is lost in 1).
// CHECK-LABEL: @first_adam_step_is_the_rate
// CHECK-NEXT: dense<[-1.250000e-01, 1.250000e-01]> : tensor<2xf32>
func.func @first_adam_step_is_the_rate() -> tensor<2xf32> {
  %w = arith.constant dense<0.0> : tensor<2xf32>
  %m = arith.constant dense<0.0> : tensor<2xf32>
  %v = arith.constant dense<0.0> : tensor<2xf32>
  %g = arith.constant dense<[1.0, -1.0]> : tensor<2xf32>
  %f = arith.constant dense<0> : tensor<1xi32>
  %rate = arith.constant 0.125 : f32
  %s = arith.constant 1 : i32
  %t = arith.constant 0 : i32
  %w1, %m1, %v1, %f1 = qnet.update "w" of 0 %w, %g slots(%m, %v) flags %f rate %rate
      seed %s step %t by(#qnet.full) with(#qnet.adam<beta1 = 0.5, beta2 = 0.75>)
      : tensor<2xf32>, tensor<2xf32>, tensor<1xi32>, 2
  return %w1 : tensor<2xf32>
}
