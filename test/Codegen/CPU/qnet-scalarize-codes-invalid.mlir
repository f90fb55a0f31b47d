// RUN: qnet-opt %s -verify-diagnostics -qnet-scalarize-codes

!q = !qnet.q<#qnet.binary<1.0>>

// Two threads would change bits of one word.
func.func @parallel_stores(%m: memref<64x!q>, %c: !q) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.parallel (%i) = (%c0) to (%c64) step (%c1) {
    // expected-error @+1 {{expected a sequential loop around a store of a code}}
    memref.store %c, %m[%i] : memref<64x!q>
  }
  return
}
