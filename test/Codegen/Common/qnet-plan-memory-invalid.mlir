// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-plan-memory

func.func @sizes_are_known(%arena: memref<0xi8> {qnet.arena}, %n: index) {
  // expected-error @+1 {{expected a buffer of static shape, of integers or floats, in the entry block of its function or in an scf.for there, got 'memref<?xf32>'}}
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

func.func @threads_do_not_share_a_buffer(%arena: memref<0xi8> {qnet.arena}, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.parallel (%i) = (%zero) to (%n) step (%one) {
    // expected-error @+1 {{in the entry block of its function or in an scf.for there, got 'memref<8xf32>'}}
    %a = memref.alloc() : memref<8xf32>
  }
  return
}

// -----

func.func @loops_carry_no_buffer(%arena: memref<0xi8> {qnet.arena}, %n: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // expected-error @+1 {{expected a buffer that no loop carries}}
  %a = memref.alloc() : memref<8xf32>
  %b = scf.for %i = %zero to %n step %one iter_args(%c = %a) -> memref<8xf32> {
    scf.yield %c : memref<8xf32>
  }
  return
}
