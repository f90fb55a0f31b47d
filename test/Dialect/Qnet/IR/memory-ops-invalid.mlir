// RUN: qnet-opt %s -split-input-file -verify-diagnostics

func.func @too_few_words(%b: memref<5x7x!qnet.q<#qnet.binary<1.0>>>) {
  // expected-error@+1 {{expected memref<2xi32> as words, got}}
  %0 = qnet.words %b : memref<5x7x!qnet.q<#qnet.binary<1.0>>> to memref<1xi32>
  return
}

// -----

func.func @codes_of_dynamic_shape(%b: memref<?x!qnet.q<#qnet.binary<1.0>>>) {
  // expected-error@+1 {{expected contiguous codes of static shape, got}}
  %0 = qnet.words %b : memref<?x!qnet.q<#qnet.binary<1.0>>> to memref<2xi32>
  return
}

// -----

func.func @floats_are_not_codes(%b: memref<5x7xf32>) {
  // expected-error@+1 {{must be memref of}}
  %0 = qnet.words %b : memref<5x7xf32> to memref<2xi32>
  return
}
