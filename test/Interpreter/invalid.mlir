// RUN: not qnet-interpret %s --entry=unsupported_op --arg="1.0 : f32" 2>&1 | FileCheck %s --check-prefix=OP
// RUN: not qnet-interpret %s --entry=unsupported_dialect 2>&1 | FileCheck %s --check-prefix=DIALECT
// RUN: not qnet-interpret %s --entry=unsupported_type 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not qnet-interpret %s --entry=label_out_of_range 2>&1 | FileCheck %s --check-prefix=LABEL
// RUN: not qnet-interpret %s --entry=index_out_of_range 2>&1 | FileCheck %s --check-prefix=INDEX
// RUN: not qnet-interpret %s --entry=code_out_of_range 2>&1 | FileCheck %s --check-prefix=CODE
// RUN: not qnet-interpret %s --entry=poison 2>&1 | FileCheck %s --check-prefix=POISON
// RUN: not qnet-interpret %s --entry=unwritten 2>&1 | FileCheck %s --check-prefix=UNWRITTEN
// RUN: not qnet-interpret %s --entry=recursion 2>&1 | FileCheck %s --check-prefix=DEEP
// RUN: not qnet-interpret %s --entry=step 2>&1 | FileCheck %s --check-prefix=STEP
// RUN: not qnet-interpret %s --entry=missing 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not qnet-interpret %s --entry=index_out_of_range --arg=1 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not qnet-interpret %s --entry=identity --arg="1.0 : f64" 2>&1 | FileCheck %s --check-prefix=ARG
// RUN: not qnet-interpret %s --entry=identity --all 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not qnet-interpret %s --bogus 2>&1 | FileCheck %s --check-prefix=OPTION
// RUN: not qnet-interpret %s fly 2>&1 | FileCheck %s --check-prefix=COMMAND
// RUN: not qnet-interpret %s info 2>&1 | FileCheck %s --check-prefix=PROGRAM

// OP: error: 'vector.broadcast' op has no interpreter rule
func.func @unsupported_op(%x: f32) -> vector<4xf32> {
  %v = vector.broadcast %x : f32 to vector<4xf32>
  return %v : vector<4xf32>
}

// DIALECT: error: 'memref.alloc' op has no interpreter rule
func.func @unsupported_dialect() {
  %m = memref.alloc() : memref<4xf32>
  return
}

// TYPE: error: 'arith.constant' op has a result that the interpreter cannot hold: 'bf16'
func.func @unsupported_type() {
  %x = arith.constant 1.0 : bf16
  return
}

// LABEL: error: 'qnet.softmax_cross_entropy' op expected labels in [0, 2), got 2 for sample 0
func.func @label_out_of_range() -> tensor<1xf32> {
  %y = arith.constant dense<[[0.0, 1.0]]> : tensor<1x2xf32>
  %t = arith.constant dense<[2]> : tensor<1xi32>
  %l = qnet.softmax_cross_entropy %y, %t : (tensor<1x2xf32>, tensor<1xi32>) -> tensor<1xf32>
  return %l : tensor<1xf32>
}

// INDEX: error: 'tensor.extract' op expected index 0 in [0, 2), got -1
// COUNT: error: 'func.func' op takes 0 arguments, got 1
func.func @index_out_of_range() -> i32 {
  %t = arith.constant dense<[1, 2]> : tensor<2xi32>
  %i = arith.constant -1 : index
  %x = tensor.extract %t[%i] : tensor<2xi32>
  return %x : i32
}

// CODE: error: 'qnet.decode' op reads code 2 of a grid with 2 levels
func.func @code_out_of_range() -> f32 {
  %two = arith.constant 2 : i32
  %c = qnet.to_code %two : i32 to !qnet.q<#qnet.binary<1.0>>
  %w = qnet.decode %c : !qnet.q<#qnet.binary<1.0>> to f32
  return %w : f32
}

// POISON: error: 'func.func' op returns poison
func.func @poison() -> i32 {
  %nan = arith.constant 0x7FC00000 : f32
  %n = arith.fptosi %nan : f32 to i32
  return %n : i32
}

// UNWRITTEN: error: 'qnet.relu' op reads poison
func.func @unwritten() -> tensor<2xf32> {
  %e = tensor.empty() : tensor<2xf32>
  %y = qnet.relu %e : tensor<2xf32>
  return %y : tensor<2xf32>
}

// DEEP: error: 'func.func' op calls itself more than 64 deep
func.func @recursion() {
  call @recursion() : () -> ()
  return
}

// STEP: error: 'scf.for' op expected a positive step, got -1
func.func @step() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = arith.subi %c0, %c1 : index
  scf.for %i = %c0 to %c1 step %m {
  }
  return
}

// ARG: error: 'func.func' op expected a value of type 'f32' for argument 0, got 1.000000e+00 : f64
func.func @identity(%x: f32) -> f32 {
  return %x : f32
}

// MISSING: error: expected a function 'missing' in the module
// FORM: error: expected one of --entry=FUNCTION, --all and the commands
// OPTION: error: unknown option '--bogus'; see --help
// COMMAND: error: unknown command 'fly', expected train, eval, predict, recalibrate, export or info
// PROGRAM: error: expected a qnet.training op, found none
