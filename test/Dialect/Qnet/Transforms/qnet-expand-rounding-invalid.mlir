// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-expand-rounding
//
// The pass takes every rounding that verifies; what does not verify does not reach it.

func.func @a_draw_is_needed(%x: tensor<16xf32>) {
  // expected-error @+1 {{expected random bits for #qnet.stochastic<8>}}
  %0 = qnet.encode %x by(#qnet.stochastic<8>) : tensor<16xf32> to tensor<16x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

func.func @codes_are_not_floats(%x: f32) {
  // expected-error @+1 {{operand #0 must be codes, but got 'f32'}}
  %0 = qnet.decode %x : f32 to f32
  return
}
