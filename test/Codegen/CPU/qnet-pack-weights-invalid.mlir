// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-pack-weights

!q = !qnet.q<#qnet.ternary<0.5>>

func.func @single_codes(%m: memref<20x!q>, %i: index) -> i32 {
  // expected-error @+1 {{cannot pack the codes that 'memref.load' uses one by one}}
  %c = memref.load %m[%i] : memref<20x!q>
  %n = qnet.from_code %c : !q to i32
  return %n : i32
}

// -----

!q = !qnet.q<#qnet.ternary<0.5>>

// expected-error @+1 {{cannot pack 'memref<?x!qnet.q<#qnet.ternary<5.000000e-01>>>': expected contiguous codes of static shape}}
func.func @unknown_size(%m: memref<?x!q>) {
  return
}

// -----

!q = !qnet.q<#qnet.binary<1.0>>

// expected-error @+1 {{expected contiguous codes of static shape}}
func.func @strided(%m: memref<4x5x!q, strided<[8, 1]>>) {
  return
}
