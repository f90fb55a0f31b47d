// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-expand-math

func.func @doubles_have_no_polynomial(%x: f64) -> f64 {
  // expected-error @+1 {{'math.exp' op has no expansion for 'f64'}}
  %0 = math.exp %x : f64
  return %0 : f64
}

// -----

func.func @powers_of_vectors_have_no_loop(%x: vector<4xf32>, %n: vector<4xi32>) -> vector<4xf32> {
  // expected-error @+1 {{'math.fpowi' op has no expansion for 'vector<4xf32>'}}
  %0 = math.fpowi %x, %n : vector<4xf32>, vector<4xi32>
  return %0 : vector<4xf32>
}
