// RUN: qnet-opt %s -split-input-file -verify-diagnostics -convert-qnet-to-llvm

// libm's exp has other bits on other machines.
func.func @exp_is_expanded_before(%x: f32) -> f32 {
  // expected-error @+1 {{'math.exp' op is not lowered yet}}
  %0 = math.exp %x : f32
  return %0 : f32
}

// -----

func.func @linalg_is_lowered_before(%m: memref<4xf32>, %x: f32) {
  // expected-error @+1 {{'linalg.fill' op is not lowered yet}}
  linalg.fill ins(%x : f32) outs(%m : memref<4xf32>)
  return
}

// -----

func.func @updates_are_lowered_before(%x: f32) -> f32 {
  // expected-error @+1 {{'qnet.round' op is not lowered yet}}
  %0 = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.deterministic) : f32
  return %0 : f32
}
