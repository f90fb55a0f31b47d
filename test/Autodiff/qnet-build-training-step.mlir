// RUN: split-file %s %t
// RUN: qnet-opt %t/mlp.mlir -qnet-set-training=rule=full -qnet-build-training-step | FileCheck %s --check-prefixes=ALL,FULL
// RUN: qnet-opt %t/mlp.mlir -qnet-set-training=rule=r -qnet-build-training-step | FileCheck %s --check-prefixes=ALL,CODES,R
// RUN: qnet-opt %t/mlp.mlir -qnet-set-training=rule=sr -qnet-build-training-step | FileCheck %s --check-prefixes=ALL,CODES,SR
// RUN: qnet-opt %t/mlp.mlir -qnet-build-training-step | FileCheck %s --check-prefixes=ALL,BC
// RUN: qnet-opt %t/mlp.mlir -qnet-set-training="rule=#qnet.bc<rounding=#qnet.stochastic<8>>" -qnet-build-training-step | FileCheck %s --check-prefixes=ALL,BCS
// RUN: qnet-opt %t/mlp.mlir -qnet-build-training-step | qnet-opt | FileCheck %s --check-prefixes=ALL
// RUN: qnet-opt %t/shared.mlir -qnet-build-training-step | FileCheck %s --check-prefix=SHARED
// RUN: qnet-opt %t/frozen.mlir -qnet-build-training-step | FileCheck %s --check-prefix=FROZEN
// RUN: qnet-opt %t/unused.mlir -qnet-build-training-step | FileCheck %s --check-prefix=UNUSED
// RUN: qnet-opt %t/regression.mlir -qnet-build-training-step | FileCheck %s --check-prefix=REGRESSION
// RUN: qnet-opt %t/decoded.mlir -qnet-build-training-step | FileCheck %s --check-prefix=DECODED

//--- mlp.mlir
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) {rate_scale = 2.0 : f32} : tensor<2x3xf32>
  %s = qnet.parameter "s" init(#qnet.constant<1.0>) : tensor<2xf32>
  %b = qnet.parameter "b" init(#qnet.constant<0.0>) : tensor<2xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  %n = qnet.batch_norm "bn" %y, %s, %b : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %r = qnet.relu %n : tensor<4x2xf32>
  qnet.return %r : tensor<4x2xf32>
}
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.1>, seed = 5 : i32, clip_gradient = 2.0 : f32
}

// What the trainer must know stays in the module; model and training are gone.
// ALL: module attributes {qnet.program = {batch = 4 : i64, classes = 2 : i64
// ALL-SAME: name = "t"
// ALL-SAME: parameters = [{grid = #qnet.binary<1.000000e+00>, name = "w", shape = [2, 3], trainable = true}
// FULL-SAME: rule = "full"
// SR-SAME: rule = "sr"
// ALL-SAME: seed = 5 : i32
// ALL-NOT: qnet.model
// ALL-NOT: qnet.training

// The state: the weights in the form that the rule keeps, one slot a parameter, the
// statistics of the layer. Under R and SR there is no tensor of floats for "w" but
// its slot.
// ALL-LABEL: func.func @init(%{{.*}}: i32 {qnet.role = "seed"})
// FULL-SAME: (tensor<2x3xf32> {qnet.state = #qnet.state<"w", weights of "w">}
// BC-SAME: (tensor<2x3xf32> {qnet.state = #qnet.state<"w", weights of "w">}
// CODES-SAME: (tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"w", codes of "w">}
// ALL-SAME: tensor<2x3xf32> {qnet.state = #qnet.state<"w.u", slot of "w">}
// ALL-SAME: #qnet.state<"s", weights of "s">
// ALL-SAME: #qnet.state<"bn.mean", statistic of "bn">
// ALL-SAME: #qnet.state<"bn.variance", statistic of "bn">
// ALL-SAME: qnet.entry = "init"
// ALL: qnet.initial_value of 0 seed %{{.*}} by(#qnet.glorot)
// CODES: qnet.random_bits initialization of 0
// CODES: qnet.encode %{{.*}} by(#qnet.stochastic) random
// FULL-NOT: qnet.encode
// BC-NOT: qnet.encode

// ALL-LABEL: func.func @train_step(
// ALL-SAME: %[[W:[a-z0-9]+]]: tensor<2x3x
// ALL-SAME: %[[U:[a-z0-9]+]]: tensor<2x3xf32> {qnet.state = #qnet.state<"w.u"
// ALL-SAME: %[[X:[a-z0-9]+]]: tensor<4x3xf32> {qnet.role = "inputs"}
// ALL-SAME: %[[LABELS:[a-z0-9]+]]: tensor<4xi32> {qnet.role = "labels"}
// ALL-SAME: tensor<4xf32> {qnet.role = "losses"}, tensor<4xi32> {qnet.role = "predictions"}, tensor<3xi32> {qnet.role = "flags"}
// BC: %[[Q:.*]] = qnet.encode %[[W]] by(#qnet.deterministic)
// BCS: %[[BITS:.*]] = qnet.random_bits forward of 0 {{.*}} {bits = 8 : i32} : tensor<2x3xi32>
// BCS: %[[Q:.*]] = qnet.encode %[[W]] by(#qnet.stochastic<8>) random %[[BITS]]
// FULL: %[[Y:.*]] = qnet.dense %[[X]], %[[W]]
// CODES: %[[Y:.*]] = qnet.dense %[[X]], %[[W]]
// BC: %[[Y:.*]] = qnet.dense %[[X]], %[[Q]]
// BCS: %[[Y:.*]] = qnet.dense %[[X]], %[[Q]]
// ALL: qnet.batch_norm_train
// The batch has 4 samples, so the unbiased variance is 4/3 of the biased one.
// ALL: qnet.running_average {{.*}}correction = 1.000000e+00
// ALL: qnet.running_average {{.*}}correction = 1.333333
// ALL: qnet.softmax_cross_entropy
// ALL: qnet.argmax
// The gradient is that of the mean loss.
// ALL: arith.constant dense<2.500000e-01> : tensor<4xf32>
// ALL: qnet.softmax_cross_entropy_grad
// ALL: qnet.relu_grad
// ALL: qnet.batch_norm_grad
// ALL: %[[DW:.*]] = qnet.dense_weight_grad %{{.*}}, %[[X]]
// No layer needs the gradient of the samples.
// ALL-NOT: qnet.dense_input_grad
// ALL: qnet.update "w" of 0 %[[W]], %[[DW]] slots(%[[U]])
// Full precision ignores the grid: it does not even clip to it.
// FULL-SAME: by(#qnet.full) with(#qnet.momentum) {
// R-SAME: by(#qnet.r) with(#qnet.momentum) grid(#qnet.binary<1.000000e+00>)
// SR-SAME: by(#qnet.sr) with(#qnet.momentum) grid(#qnet.binary<1.000000e+00>)
// BC-SAME: by(#qnet.bc) with(#qnet.momentum) grid(#qnet.binary<1.000000e+00>)
// ALL-SAME: clip_gradient = 2.000000e+00 : f32, rate_scale = 2.000000e+00 : f32
// ALL: qnet.update "s" of 1
// ALL: qnet.update "b" of 2

// ALL-LABEL: func.func @evaluate(
// Inference takes the nearest level and running statistics.
// BC: qnet.encode {{.*}} by(#qnet.deterministic)
// BCS: qnet.encode {{.*}} by(#qnet.deterministic)
// ALL: %[[FACTOR:.*]], %[[OFFSET:.*]] = qnet.batch_norm_fold
// ALL: qnet.scale_shift %{{.*}}, %[[FACTOR]], %[[OFFSET]]
// ALL: qnet.softmax_cross_entropy
// ALL: qnet.argmax
// ALL-NOT: qnet.update

// ALL-LABEL: func.func @predict(
// ALL-SAME: qnet.role = "outputs"

// ALL-LABEL: func.func @codes(
// ALL-SAME: -> (tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"w", codes of "w">})
// CODES-NOT: qnet.encode
// FULL: qnet.encode {{.*}} by(#qnet.deterministic)

// Statistics are measured by the batch, at the weights of inference, and do not
// look at what they were before.
// ALL-LABEL: func.func @statistics(
// ALL-SAME: -> (tensor<2xf32> {qnet.state = #qnet.state<"{{.*}}.mean", statistic of "{{.*}}">}, tensor<2xf32> {qnet.state = #qnet.state<"{{.*}}.variance", statistic of "{{.*}}">})
// BC: qnet.encode {{.*}} by(#qnet.deterministic)
// BCS: qnet.encode {{.*}} by(#qnet.deterministic)
// ALL: %{{.*}}, %[[MEAN:.*]], %[[VAR:.*]], %{{.*}} = qnet.batch_norm_train
// ALL: %[[UNBIASED:.*]] = qnet.running_average %[[VAR]], %[[VAR]] {correction = 1.333333{{.*}}momentum = 0.000000e+00
// ALL: return %[[MEAN]], %[[UNBIASED]]

//--- shared.mlir
// A parameter that is used twice gets the sum of both gradients, and one update.
// SHARED-LABEL: func.func @train_step(
// SHARED-COUNT-2: qnet.dense_weight_grad
// SHARED: %[[SUM:.*]] = qnet.add
// SHARED-SAME: tensor<3x3xf32>
// SHARED: qnet.update "w" of 0 %{{.*}}, %[[SUM]]
// SHARED-NOT: qnet.update
// SHARED-LABEL: func.func @evaluate
qnet.model @twice(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<3x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %z = qnet.dense %y, %w : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  qnet.return %z : tensor<4x3xf32>
}
qnet.training @t of @twice {
  loss = #qnet.squared_hinge, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

//--- frozen.mlir
// A frozen parameter is state, without slots, and is not updated.
// FROZEN: name = "w1", shape = [3, 3], trainable = false
// FROZEN-LABEL: func.func @train_step(
// FROZEN-SAME: %[[W1:[a-z0-9]+]]: tensor<3x3xf32> {qnet.state = #qnet.state<"w1", weights of "w1">}
// FROZEN-NOT: "w1.m"
// FROZEN: qnet.update "w2" of 1
// FROZEN-NOT: qnet.update
// FROZEN: return %[[W1]]
qnet.model @frozen(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w1 = qnet.parameter "w1" init(#qnet.glorot) frozen : tensor<3x3xf32>
  %w2 = qnet.parameter "w2" init(#qnet.glorot) : tensor<3x3xf32>
  %y = qnet.dense %x, %w1 : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  %z = qnet.dense %y, %w2 : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  qnet.return %z : tensor<4x3xf32>
}
qnet.training @t of @frozen {
  loss = #qnet.squared_hinge, rule = #qnet.full, optimizer = #qnet.adam, schedule = #qnet.constant_rate<0.1>
}

//--- unused.mlir
// A parameter that the loss does not depend on keeps its value.
// UNUSED-LABEL: func.func @train_step(
// UNUSED-SAME: %[[V:[a-z0-9]+]]: tensor<3x3xf32> {qnet.state = #qnet.state<"v", weights of "v">}
// UNUSED-NOT: qnet.update "v"
// UNUSED: qnet.update "w"
// UNUSED: return %[[V]]
qnet.model @unused(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %v = qnet.parameter "v" init(#qnet.glorot) : tensor<3x3xf32>
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<3x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @unused {
  loss = #qnet.squared_hinge, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

//--- regression.mlir
// Targets are f32 of the outputs' type, and nothing is predicted.
// REGRESSION: classes = 0 : i64
// REGRESSION-LABEL: func.func @train_step(
// REGRESSION-SAME: tensor<4x1xf32> {qnet.role = "labels"}
// REGRESSION-SAME: tensor<4xf32> {qnet.role = "losses"}, tensor<1xi32> {qnet.role = "flags"})
// REGRESSION: qnet.mean_squared_error_grad
// REGRESSION-NOT: qnet.argmax
// No parameter has a grid, so there are no codes to ask for.
// REGRESSION-NOT: func.func @codes
qnet.model @linear(%x: tensor<4x3xf32>) -> tensor<4x1xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<1x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<1x3xf32>) -> tensor<4x1xf32>
  qnet.return %y : tensor<4x1xf32>
}
qnet.training @t of @linear {
  loss = #qnet.mean_squared_error, rule = #qnet.sr, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

//--- decoded.mlir
// An op that takes no codes gets decoded ones; the gradient passes through.
// DECODED-LABEL: func.func @train_step(
// DECODED-SAME: %[[C:[a-z0-9]+]]: tensor<3x!qnet.q<#qnet.binary<1.000000e+00>>>
// DECODED: %[[B:.*]] = qnet.decode %[[C]]
// DECODED: qnet.bias %{{.*}}, %[[B]]
// DECODED: %[[DB:.*]] = qnet.bias_grad
// DECODED: qnet.update "b" of 0 %[[C]], %[[DB]]
qnet.model @biased(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %b = qnet.parameter "b" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<3xf32>
  %y = qnet.bias %x, %b : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @biased {
  loss = #qnet.squared_hinge, rule = #qnet.sr, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
