// Warnings at the training, and only where they are proved.
// RUN: qnet-opt %s -split-input-file -qnet-check-training -verify-diagnostics
// The pass changes nothing.
// RUN: qnet-opt %s -split-input-file -o before.mlir
// RUN: qnet-opt %s -split-input-file -qnet-check-training -o after.mlir 2>warnings.txt
// RUN: diff before.mlir after.mlir
// qnet-compile runs it; a warning is no failure.
// RUN: qnet-compile --emit=mlir -o none.mlir %S/Inputs/stalls.mlir 2>&1 | FileCheck %s --check-prefix=COMPILE
// COMPILE: stalls.mlir:6:1: warning: rule r with optimizer adam: no step can move a weight of 'w': the largest step, 0.00727, is below D/2 = 1
// COMPILE-NOT: warning
// RUN: qnet-compile --rule=bc --emit=mlir -o none.mlir %S/Inputs/stalls.mlir 2>&1 | count 0

qnet.model @adam_cannot_leave_a_binary_level(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // expected-note @below {{the parameter and its grid}}
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// Its bound is (1 - 0.9)/sqrt((1 - 0.999)(1 - 0.81/0.999)) = 7.27 rates.
// expected-warning @below {{rule r with optimizer adam: no step can move a weight of 'w': the largest step, 0.9597, is below D/2 = 1}}
qnet.training @t of @adam_cannot_leave_a_binary_level {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.step_decay<rate = 0.132, factor = 0.1, epochs = [5]>
}

// -----

// The same above the bound: 7.27 * 0.138 > 1.
qnet.model @adam_can_leave_at_a_larger_rate(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @adam_can_leave_at_a_larger_rate {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.138>
}

// -----

// rate_scale counts: 7.27 * 0.132 * 1.1 > 1.
qnet.model @the_rate_scale_counts(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) {rate_scale = 1.1 : f32} : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @the_rate_scale_counts {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.132>
}

// -----

qnet.model @clipping_bounds_sgd(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // expected-note @below {{the parameter and its grid}}
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.uniform<4, 0.25>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-warning @below {{rule r with optimizer sgd: no step can move a weight of 'w': the largest step, 0.1, is below D/2 = 0.125}}
qnet.training @t of @clipping_bounds_sgd {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>, clip_gradient = 1.0 : f32
}

// -----

// Nothing is known of gradients that are not clipped.
qnet.model @sgd_has_no_bound(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.uniform<4, 0.25>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @sgd_has_no_bound {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<1.0e-9>
}

// -----

// The velocity sums to 1/(1 - mu) gradients: 0.0126/(1 - 0.9) = 0.126 > 0.125.
qnet.model @momentum_adds_up(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.uniform<4, 0.25>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @momentum_adds_up {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.0126>, clip_gradient = 1.0 : f32
}

// -----

// A growing rate has no largest value.
qnet.model @a_growing_rate_has_no_bound(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @a_growing_rate_has_no_bound {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.exponential_decay<rate = 1.0e-3, factor = 1.1>
}

// -----

qnet.model @sr_does_not_anneal(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-warning @below {{a decaying rate under rule sr does not anneal}}
qnet.training @t of @sr_does_not_anneal {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [5, 8]>
}

// -----

// BC keeps latent weights, which a decaying rate does anneal; and a constant
// rate, or weights without a grid, are no matter.
qnet.model @others_pass(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @bc of @others_pass {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [5, 8]>
}
qnet.training @sr of @others_pass {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.01>
}
qnet.model @floats(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @f of @floats {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.cosine_decay<rate = 0.01, steps = 100>
}
