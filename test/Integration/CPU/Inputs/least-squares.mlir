// Least squares with one output and no bias, on a grid from -2 to 1.75.
qnet.model @net(%x: tensor<4x6xf32>) -> tensor<4x1xf32> {
  %w = qnet.parameter "w" init(#qnet.constant<0.0>) grid(#qnet.uniform<4, 0.25>) : tensor<1x6xf32>
  %y = qnet.dense %x, %w : (tensor<4x6xf32>, tensor<1x6xf32>) -> tensor<4x1xf32>
  qnet.return %y : tensor<4x1xf32>
}
qnet.training @least_squares of @net {
  loss = #qnet.mean_squared_error, rule = #qnet.sr, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.01>
}
