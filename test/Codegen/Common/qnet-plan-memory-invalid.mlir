// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-plan-memory

func.func @sizes_are_known(%arena: memref<0xi8> {qnet.arena}, %n: index) {
  // expected-error @+1 {{expected a buffer of static shape, of integers or floats, in the entry block of its function, got 'memref<?xf32>'}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @codes_are_packed_before(%arena: memref<0xi8> {qnet.arena}) {
  // expected-error @+1 {{expected a buffer of static shape, of integers or floats}}
  %a = memref.alloc() : memref<8x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

func.func @buffers_are_outside_of_loops(%arena: memref<0xi8> {qnet.arena}, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %n step %one {
    // expected-error @+1 {{in the entry block of its function, got 'memref<8xf32>'}}
    %a = memref.alloc() : memref<8xf32>
  }
  return
}
