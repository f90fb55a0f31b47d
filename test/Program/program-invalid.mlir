// RUN: split-file %s %t
// RUN: not qnet-interpret %t/attribute.mlir info 2>&1 | FileCheck %s --check-prefix=ATTRIBUTE
// RUN: not qnet-interpret %t/facts.mlir info 2>&1 | FileCheck %s --check-prefix=FACTS
// RUN: not qnet-interpret %t/entries.mlir info 2>&1 | FileCheck %s --check-prefix=ENTRIES
// RUN: not qnet-interpret %t/state.mlir info 2>&1 | FileCheck %s --check-prefix=STATE
// RUN: not qnet-interpret %t/batch.mlir info 2>&1 | FileCheck %s --check-prefix=BATCH

//--- attribute.mlir
// ATTRIBUTE: error: 'builtin.module' op expected a dictionary attribute 'qnet.program' beside the training entries
func.func private @i() attributes {qnet.entry = "init"}
func.func private @t() attributes {qnet.entry = "train_step"}
func.func private @e() attributes {qnet.entry = "evaluate"}
func.func private @p() attributes {qnet.entry = "predict"}

//--- facts.mlir
// FACTS: error: 'builtin.module' op has no valid 'rule' in its 'qnet.program'
module attributes {qnet.program = {name = "x"}} {
  func.func private @i() attributes {qnet.entry = "init"}
  func.func private @t() attributes {qnet.entry = "train_step"}
  func.func private @e() attributes {qnet.entry = "evaluate"}
  func.func private @p() attributes {qnet.entry = "predict"}
}

//--- entries.mlir
// ENTRIES: error: expected a module with training entries; run qnet-build-training-step first
func.func private @t() attributes {qnet.entry = "train_step"}

//--- state.mlir
// STATE: error: 'func.func' op expected the state arguments to be those of the training step, in its order
module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64,
    parameters = [{name = "w", shape = [2], trainable = true}]}} {
  func.func private @i() -> (tensor<2xf32> {qnet.state = #qnet.state<"w", weights of "w">}) attributes {qnet.entry = "init"}
  func.func private @t(tensor<2xf32> {qnet.state = #qnet.state<"w", weights of "w">}) attributes {qnet.entry = "train_step"}
  func.func private @e(tensor<3xf32> {qnet.state = #qnet.state<"w", weights of "w">}) attributes {qnet.entry = "evaluate"}
  func.func private @p(tensor<2xf32> {qnet.state = #qnet.state<"w", weights of "w">}) attributes {qnet.entry = "predict"}
}

//--- batch.mlir
// BATCH: error: 'func.func' op expected 'inputs' of a static shape with the batch of 4 first
module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64,
    parameters = []}} {
  func.func private @i() attributes {qnet.entry = "init"}
  func.func private @t(tensor<3x2xf32> {qnet.role = "inputs"}) attributes {qnet.entry = "train_step"}
  func.func private @e() attributes {qnet.entry = "evaluate"}
  func.func private @p() attributes {qnet.entry = "predict"}
}
