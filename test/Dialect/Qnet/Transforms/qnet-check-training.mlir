// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-check-training -o /dev/null

// ADAM's step is at most about ten times its rate, far below half of the grid's step.
qnet.model @stalls(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // expected-note @+1 {{the parameter and its grid}}
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-warning @+1 {{rule r with optimizer adam: no step can move a weight of 'w': the largest step, }}
qnet.training @t of @stalls {
  loss = #qnet.mean_squared_error, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<1.0e-3>
}

// -----

// A gradient without a bound may move any weight.
qnet.model @may_move(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @may_move {
  loss = #qnet.mean_squared_error, rule = #qnet.r, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<1.0e-3>
}

// -----

qnet.model @falling_rate(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-warning @+1 {{a decaying rate under rule sr does not anneal}}
qnet.training @t of @falling_rate {
  loss = #qnet.mean_squared_error, rule = #qnet.sr, optimizer = #qnet.sgd,
  schedule = #qnet.inverse_decay<mu = 1.0>
}

// -----

// BinaryConnect keeps real weights: a decaying rate anneals them.
qnet.model @latent(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @latent {
  loss = #qnet.mean_squared_error, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.inverse_decay<mu = 1.0>
}
