// A small training graph that compiles, for tests of everything around it.
qnet.model @net(%x: tensor<8x12xf32>) -> tensor<8x3xf32> {
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.1>) : tensor<3x12xf32>
  %b = qnet.parameter "fc.bias" init(#qnet.constant<0.0>) : tensor<3xf32>
  %y = qnet.dense %x, %w : (tensor<8x12xf32>, tensor<3x12xf32>) -> tensor<8x3xf32>
  %z = qnet.bias %y, %b : (tensor<8x3xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  qnet.return %z : tensor<8x3xf32>
}
qnet.training @tiny of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.02>
}
