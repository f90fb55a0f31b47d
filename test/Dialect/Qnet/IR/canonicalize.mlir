// RUN: qnet-opt %s -canonicalize | FileCheck %s

!binary = !qnet.q<#qnet.binary<1.0>>

// CHECK-LABEL: @rounding_twice_on_one_grid_is_rounding_once
// CHECK: %[[ONCE:.*]] = qnet.round
// CHECK-NOT: qnet.round
// CHECK: return %[[ONCE]]
func.func @rounding_twice_on_one_grid_is_rounding_once(%x: tensor<4xf32>, %r: tensor<4xi32>) -> tensor<4xf32> {
  %0 = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<4xf32>
  %1 = qnet.round %0 to(#qnet.binary<1.0>) by(#qnet.stochastic) random %r : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @rounding_on_two_grids_stays
// CHECK-COUNT-2: qnet.round
func.func @rounding_on_two_grids_stays(%x: f32) -> f32 {
  %0 = qnet.round %x to(#qnet.uniform<4, 0.25>) by(#qnet.deterministic) : f32
  %1 = qnet.round %0 to(#qnet.binary<1.0>) by(#qnet.deterministic) : f32
  return %1 : f32
}

// CHECK-LABEL: @encoding_a_decoded_code_gives_the_code
// CHECK-SAME: (%[[C:.*]]: !qnet
// CHECK-NEXT: return %[[C]]
func.func @encoding_a_decoded_code_gives_the_code(%c: !binary) -> !binary {
  %0 = qnet.decode %c : !binary to f32
  %1 = qnet.encode %0 by(#qnet.deterministic) : f32 to !binary
  return %1 : !binary
}

// CHECK-LABEL: @encoding_on_another_grid_stays
// CHECK: qnet.decode
// CHECK: qnet.encode
func.func @encoding_on_another_grid_stays(%c: !binary) -> !qnet.q<#qnet.ternary<1.0>> {
  %0 = qnet.decode %c : !binary to f32
  %1 = qnet.encode %0 by(#qnet.deterministic) : f32 to !qnet.q<#qnet.ternary<1.0>>
  return %1 : !qnet.q<#qnet.ternary<1.0>>
}

// CHECK-LABEL: @decoding_an_encoded_value_rounds_it
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[R:.*]]: tensor<4xi32>)
// CHECK-NEXT: %[[Y:.*]] = qnet.round %[[X]] to(#qnet.binary<1.000000e+00>) by(#qnet.stochastic) random %[[R]]
// CHECK-NEXT: return %[[Y]]
func.func @decoding_an_encoded_value_rounds_it(%x: tensor<4xf32>, %r: tensor<4xi32>) -> tensor<4xf32> {
  %0 = qnet.encode %x by(#qnet.stochastic) random %r : tensor<4xf32> to tensor<4x!binary>
  %1 = qnet.decode %0 : tensor<4x!binary> to tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @codes_that_are_used_elsewhere_are_encoded_once
// CHECK: qnet.encode
// CHECK-NOT: qnet.round
// CHECK: qnet.decode
func.func @codes_that_are_used_elsewhere_are_encoded_once(%x: tensor<4xf32>) -> (tensor<4x!binary>, tensor<4xf32>) {
  %0 = qnet.encode %x by(#qnet.deterministic) : tensor<4xf32> to tensor<4x!binary>
  %1 = qnet.decode %0 : tensor<4x!binary> to tensor<4xf32>
  return %0, %1 : tensor<4x!binary>, tensor<4xf32>
}

// CHECK-LABEL: @the_ordinal_of_a_made_code_is_its_source
// CHECK-SAME: (%[[N:.*]]: i32)
// CHECK-NEXT: return %[[N]]
func.func @the_ordinal_of_a_made_code_is_its_source(%n: i32) -> i32 {
  %0 = qnet.to_code %n : i32 to !binary
  %1 = qnet.from_code %0 : !binary to i32
  return %1 : i32
}

// CHECK-LABEL: @relu_twice_is_relu_once
// CHECK: %[[Y:.*]] = qnet.relu
// CHECK-NEXT: return %[[Y]]
func.func @relu_twice_is_relu_once(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = qnet.relu %x : tensor<4x3xf32>
  %1 = qnet.relu %0 : tensor<4x3xf32>
  return %1 : tensor<4x3xf32>
}

// CHECK-LABEL: @unused_updates_and_draws_go_away
// CHECK-NEXT: return
func.func @unused_updates_and_draws_go_away(%w: tensor<3xf32>, %f: tensor<1xi32>, %rate: f32, %s: i32, %i: index) {
  %0 = qnet.random_bits update of 0 seed %s step %s at %i {bits = 16 : i32} : i32
  %w1, %f1 = qnet.update "w" of 0 %w, %w flags %f rate %rate seed %s step %s by(#qnet.full) with(#qnet.sgd)
      : tensor<3xf32>, tensor<3xf32>, tensor<1xi32>
  return
}
