// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-bind-state

// expected-error @+1 {{expected a module with training entries; run qnet-build-training-step first}}
module {
  func.func @no_entry() {
    return
  }
}

// -----

module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64, parameters = []}} {
  // expected-error @+1 {{expected an entry with a body of one block}}
  func.func private @declared(i32 {qnet.role = "seed"}) attributes {qnet.entry = "init"}
  func.func private @t(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "train_step"}
  func.func private @e(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "evaluate"}
  func.func private @p() -> (tensor<4x1xf32> {qnet.role = "outputs"}) attributes {qnet.entry = "predict"}
}

// -----

module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64, parameters = []}} {
  // expected-error @+1 {{expected results of static shape, got 'i32'}}
  func.func @a_scalar_has_no_buffer(%seed: i32 {qnet.role = "seed"}) -> i32 attributes {qnet.entry = "init"} {
    return %seed : i32
  }
  func.func private @t(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "train_step"}
  func.func private @e(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "evaluate"}
  func.func private @p() -> (tensor<4x1xf32> {qnet.role = "outputs"}) attributes {qnet.entry = "predict"}
}

// -----

module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64, parameters = []}} {
  // expected-error @+1 {{expected result #0 to have 'qnet.state' or a 'qnet.role' of this entry}}
  func.func @results_have_a_place(%seed: i32 {qnet.role = "seed"}, %t: tensor<3xf32>) -> tensor<3xf32> attributes {qnet.entry = "init"} {
    return %t : tensor<3xf32>
  }
  func.func private @t(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "train_step"}
  func.func private @e(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "evaluate"}
  func.func private @p() -> (tensor<4x1xf32> {qnet.role = "outputs"}) attributes {qnet.entry = "predict"}
}

// -----

module attributes {qnet.program = {name = "x", rule = "full", optimizer = "#qnet.sgd",
    schedule = "c", seed = 1 : i32, batch = 4 : i64, classes = 0 : i64, parameters = []}} {
  // expected-error @+1 {{expected an argument with the role 'seed'}}
  func.func @init_takes_a_seed() attributes {qnet.entry = "init"} {
    return
  }
  func.func private @t(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "train_step"}
  func.func private @e(tensor<4x2xf32> {qnet.role = "inputs"}, tensor<4x1xf32> {qnet.role = "labels"}) attributes {qnet.entry = "evaluate"}
  func.func private @p() -> (tensor<4x1xf32> {qnet.role = "outputs"}) attributes {qnet.entry = "predict"}
}
