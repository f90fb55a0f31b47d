// RUN: qnet-opt %s -split-input-file -verify-diagnostics -convert-qnet-to-linalg

// A batch norm is either the training's or the inference's.
func.func @both_forms_at_once_have_no_conversion(%x: tensor<4x3xf32>, %s: tensor<3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{'qnet.batch_norm' op has no conversion to linalg}}
  %0 = qnet.batch_norm "bn" %x, %s, %s : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

func.func @updates_are_expanded_before(%w: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %s: i32) -> tensor<8xf32> {
  // expected-error @+1 {{'qnet.update' op has no conversion to linalg}}
  %0:2 = qnet.update "w" of 0 %w, %w flags %f rate %rate seed %s step %s
      by(#qnet.full) with(#qnet.sgd) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %0#0 : tensor<8xf32>
}

// -----

func.func @codes_of_tensors_are_made_one_by_one(%n: tensor<8xi32>) -> tensor<8x!qnet.q<#qnet.binary<1.0>>> {
  // expected-error @+1 {{'qnet.to_code' op has no conversion to linalg}}
  %0 = qnet.to_code %n : tensor<8xi32> to tensor<8x!qnet.q<#qnet.binary<1.0>>>
  return %0 : tensor<8x!qnet.q<#qnet.binary<1.0>>>
}
