// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-expand-updates
//
// The pass takes every update that verifies; what does not verify does not reach it.

func.func @r_keeps_no_float_copy(%w: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %s: i32) {
  // expected-error @+1 {{for rule 'r', which keeps no full-precision copy, got 'tensor<8xf32>'}}
  %0:2 = qnet.update "w" of 0 %w, %w flags %f rate %rate seed %s step %s
      by(#qnet.r) with(#qnet.sgd) grid(#qnet.binary<1.0>) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return
}
