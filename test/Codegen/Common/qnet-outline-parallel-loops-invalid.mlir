// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-outline-parallel-loops

// expected-note @+1 {{@body is here}}
func.func private @body(memref<8xf32>, index)
func.func @captures_must_match_the_body(%rt: !llvm.ptr, %n: index, %m: memref<8xf32>) {
  // expected-error @+1 {{expected a function of the captures and two indices}}
  qnet.parallel_for @body(%rt : !llvm.ptr, %n) captures(%m : memref<8xf32>)
  return
}

// -----

func.func @the_body_must_exist(%rt: !llvm.ptr, %n: index) {
  // expected-error @+1 {{expected a function named @body}}
  qnet.parallel_for @body(%rt : !llvm.ptr, %n)
  return
}

// -----

func.func private @body(index, index)
func.func @the_runtime_is_a_pointer(%rt: i64, %n: index) {
  // expected-error @+1 {{expected an !llvm.ptr to the runtime, got 'i64'}}
  qnet.parallel_for @body(%rt : i64, %n)
  return
}
