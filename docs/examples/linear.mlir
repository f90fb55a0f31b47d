// The example of the guides: y = W x with binary weights, trained by stochastic
// rounding. The weights are codes of one bit each; no float copy of them exists.

qnet.model @linear(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<0.5>)
      : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}

qnet.training @small of @linear {
  loss = #qnet.mean_squared_error,
  rule = #qnet.sr,
  optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
