// A classifier small enough to train in a moment: 8 inputs, 4 classes.
qnet.model @tiny(%x: tensor<16x8xf32>) -> tensor<16x4xf32> {
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>)
      : tensor<4x8xf32>
  %y = qnet.dense %x, %w : (tensor<16x8xf32>, tensor<4x8xf32>) -> tensor<16x4xf32>
  qnet.return %y : tensor<16x4xf32>
}
qnet.training @tiny_training of @tiny {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.bc,
  optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.01>
}
