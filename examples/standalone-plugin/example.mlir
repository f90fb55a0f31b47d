// BinaryConnect with a rounding that this plugin adds.
qnet.model @mlp(%inputs: tensor<8x6xf32>) -> tensor<8x3xf32> {
  %weight = qnet.parameter "fc.weight" init(#qnet.glorot)
      grid(#qnet.binary<1.0>) : tensor<3x6xf32>
  %bias = qnet.parameter "fc.bias" init(#qnet.constant<0.0>) : tensor<3xf32>
  %product = qnet.dense %inputs, %weight
      : (tensor<8x6xf32>, tensor<3x6xf32>) -> tensor<8x3xf32>
  %outputs = qnet.bias %product, %bias
      : (tensor<8x3xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  qnet.return %outputs : tensor<8x3xf32>
}
qnet.training @example of @mlp {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.bc<rounding = #standalone.dithered<bits = 8, amount = 0.5>>,
  optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
