// Dense layers with biases, no batch normalization.
qnet.model @net(%x: tensor<64x20xf32>) -> tensor<64x5xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) : tensor<33x20xf32>
  %b1 = qnet.parameter "fc1.bias" init(#qnet.constant<0.0>) : tensor<33xf32>
  %p1 = qnet.dense %x, %w1 : (tensor<64x20xf32>, tensor<33x20xf32>) -> tensor<64x33xf32>
  %s1 = qnet.bias %p1, %b1 : (tensor<64x33xf32>, tensor<33xf32>) -> tensor<64x33xf32>
  %h1 = qnet.relu %s1 : tensor<64x33xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.125>) : tensor<5x33xf32>
  %b2 = qnet.parameter "fc2.bias" init(#qnet.constant<0.0>) : tensor<5xf32>
  %p2 = qnet.dense %h1, %w2 : (tensor<64x33xf32>, tensor<5x33xf32>) -> tensor<64x5xf32>
  %s2 = qnet.bias %p2, %b2 : (tensor<64x5xf32>, tensor<5xf32>) -> tensor<64x5xf32>
  qnet.return %s2 : tensor<64x5xf32>
}
qnet.training @net_training of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.01>
}
