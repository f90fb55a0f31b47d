// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=qnet-expand-rounding | FileCheck %s

// CHECK-LABEL: @sign_at_zero_is_plus_one
// CHECK-NEXT: dense<1.000000e+00> : tensor<2xf32>
func.func @sign_at_zero_is_plus_one() -> tensor<2xf32> {
  %w = arith.constant dense<[0.0, -0.0]> : tensor<2xf32>
  %q = qnet.round %w to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<2xf32>
  return %q : tensor<2xf32>
}

// CHECK-LABEL: @infinities_clamp
// CHECK-NEXT: dense<[-5.000000e-01, 5.000000e-01]> : tensor<2xf32>
func.func @infinities_clamp() -> tensor<2xf32> {
  %w = arith.constant dense<[0xFF800000, 0x7F800000]> : tensor<2xf32>
  %q = qnet.round %w to(#qnet.ternary<0.5>) by(#qnet.deterministic) : tensor<2xf32>
  return %q : tensor<2xf32>
}

// CHECK-LABEL: @nan_gives_the_lowest_level
// CHECK-NEXT: dense<-5.000000e-01> : tensor<2xf32>
// CHECK-NEXT: dense<0> : tensor<2xi32>
func.func @nan_gives_the_lowest_level() -> (tensor<2xf32>, tensor<2x!qnet.q<#qnet.binary<0.5>>>) {
  %w = arith.constant dense<[0x7FC00000, 0xFFC00000]> : tensor<2xf32>
  %b = arith.constant dense<0> : tensor<2xi32>
  %q = qnet.round %w to(#qnet.ternary<0.5>) by(#qnet.deterministic) : tensor<2xf32>
  %c = qnet.encode %w by(#qnet.stochastic<16>) random %b : tensor<2xf32> to tensor<2x!qnet.q<#qnet.binary<0.5>>>
  return %q, %c : tensor<2xf32>, tensor<2x!qnet.q<#qnet.binary<0.5>>>
}

// CHECK-LABEL: @ties_go_away_from_zero
// CHECK-NEXT: dense<[-1.000000e+00, -5.000000e-01, 5.000000e-01, 1.000000e+00]> : tensor<4xf32>
func.func @ties_go_away_from_zero() -> tensor<4xf32> {
  %w = arith.constant dense<[-0.75, -0.25, 0.25, 0.75]> : tensor<4xf32>
  %q = qnet.round %w to(#qnet.uniform<4, 0.5>) by(#qnet.deterministic) : tensor<4xf32>
  return %q : tensor<4xf32>
}

// The grid of 4 bits and step 0.5 ends at -4 and at +3.5.
// CHECK-LABEL: @integer_grid_is_not_symmetric
// CHECK-NEXT: dense<[-4.000000e+00, 3.500000e+00]> : tensor<2xf32>
// CHECK-NEXT: dense<[0, 15]> : tensor<2xi32>
func.func @integer_grid_is_not_symmetric() -> (tensor<2xf32>, tensor<2xi32>) {
  %w = arith.constant dense<[-100.0, 100.0]> : tensor<2xf32>
  %q = qnet.round %w to(#qnet.uniform<4, 0.5>) by(#qnet.deterministic) : tensor<2xf32>
  %c = qnet.encode %w by(#qnet.deterministic) : tensor<2xf32> to tensor<2x!qnet.q<#qnet.uniform<4, 0.5>>>
  %n = qnet.from_code %c : tensor<2x!qnet.q<#qnet.uniform<4, 0.5>>> to tensor<2xi32>
  return %q, %n : tensor<2xf32>, tensor<2xi32>
}

// w = 0.5 on {-1, +1} has the fraction 0.75: 12 of 16 draws go up.
// CHECK-LABEL: @stochastic_goes_up_below_the_threshold
// CHECK-NEXT: dense<[1.000000e+00, 1.000000e+00, -1.000000e+00, -1.000000e+00]> : tensor<4xf32>
func.func @stochastic_goes_up_below_the_threshold() -> tensor<4xf32> {
  %w = arith.constant dense<0.5> : tensor<4xf32>
  %b = arith.constant dense<[0, 11, 12, 15]> : tensor<4xi32>
  %q = qnet.round %w to(#qnet.binary<1.0>) by(#qnet.stochastic<4>) random %b : tensor<4xf32>
  return %q : tensor<4xf32>
}

// (3 * 0.1)/0.1 is not 3 in f32; the level must stay where it is.
// CHECK-LABEL: @stochastic_never_moves_a_level
// CHECK-NEXT: dense<10> : tensor<2xi32>
func.func @stochastic_never_moves_a_level() -> tensor<2xi32> {
  %n = arith.constant dense<10> : tensor<2xi32>
  %b = arith.constant dense<[0, 65535]> : tensor<2xi32>
  %c = qnet.to_code %n : tensor<2xi32> to tensor<2x!qnet.q<#qnet.uniform<4, 0.1>>>
  %w = qnet.decode %c : tensor<2x!qnet.q<#qnet.uniform<4, 0.1>>> to tensor<2xf32>
  %d = qnet.encode %w by(#qnet.stochastic<16>) random %b : tensor<2xf32> to tensor<2x!qnet.q<#qnet.uniform<4, 0.1>>>
  %m = qnet.from_code %d : tensor<2x!qnet.q<#qnet.uniform<4, 0.1>>> to tensor<2xi32>
  return %m : tensor<2xi32>
}
