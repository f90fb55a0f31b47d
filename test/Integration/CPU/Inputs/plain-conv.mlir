// Convolutions with biases, max pooling and a dense layer, no batch
// normalization.
qnet.model @net(%x: tensor<64x8x8x2xf32>) -> tensor<64x3xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) : tensor<5x3x3x2xf32>
  %b1 = qnet.parameter "conv1.bias" init(#qnet.constant<0.0>) : tensor<5xf32>
  %p1 = qnet.conv2d %x, %k1 {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>} : (tensor<64x8x8x2xf32>, tensor<5x3x3x2xf32>) -> tensor<64x8x8x5xf32>
  %s1 = qnet.bias %p1, %b1 : (tensor<64x8x8x5xf32>, tensor<5xf32>) -> tensor<64x8x8x5xf32>
  %h1 = qnet.relu %s1 : tensor<64x8x8x5xf32>
  %m1 = qnet.max_pool2d %h1 {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<64x8x8x5xf32>) -> tensor<64x4x4x5xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) : tensor<7x1x1x5xf32>
  %p2 = qnet.conv2d %m1, %k2 : (tensor<64x4x4x5xf32>, tensor<7x1x1x5xf32>) -> tensor<64x4x4x7xf32>
  %h2 = qnet.relu %p2 : tensor<64x4x4x7xf32>
  %f = qnet.reshape %h2 : tensor<64x4x4x7xf32> to tensor<64x112xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.125>) : tensor<3x112xf32>
  %y = qnet.dense %f, %w : (tensor<64x112xf32>, tensor<3x112xf32>) -> tensor<64x3xf32>
  qnet.return %y : tensor<64x3xf32>
}
qnet.training @net_training of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.01>
}
