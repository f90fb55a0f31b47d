// Regression: compiled against interpreted.
// RUN: %python %S/../compare-with-interpreter.py %s
qnet.model @net(%x: tensor<9x13xf32>) -> tensor<9x2xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.ternary<0.25>) : tensor<35x13xf32>
  %h = qnet.dense %x, %w1 : (tensor<9x13xf32>, tensor<35x13xf32>) -> tensor<9x35xf32>
  %r = qnet.relu %h : tensor<9x35xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) : tensor<2x35xf32>
  %y = qnet.dense %r, %w2 : (tensor<9x35xf32>, tensor<2x35xf32>) -> tensor<9x2xf32>
  qnet.return %y : tensor<9x2xf32>
}
qnet.training @regression of @net {
  loss = #qnet.mean_squared_error, rule = #qnet.bc<rounding = #qnet.stochastic>,
  optimizer = #qnet.adam, schedule = #qnet.inverse_sqrt_decay<c = 0.02>
}
