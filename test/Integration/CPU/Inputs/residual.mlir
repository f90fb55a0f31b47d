// A residual block with batch norms: activations with uses before, in and after it.
qnet.model @residual(%x: tensor<16x28x28x1xf32>) -> tensor<16x10xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) : tensor<16x3x3x1xf32>
  %s1 = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h1 = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x16xf32>
  %s2 = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h2 = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<10x576xf32>
  %1 = qnet.conv2d %x, %k1 {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x1xf32>, tensor<16x3x3x1xf32>) -> tensor<16x14x14x16xf32>
  %2 = qnet.batch_norm "bn1" %1, %s1, %h1 : (tensor<16x14x14x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x14x14x16xf32>
  %3 = qnet.relu %2 : tensor<16x14x14x16xf32>
  %4 = qnet.conv2d %3, %k2 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x14x14x16xf32>, tensor<16x3x3x16xf32>) -> tensor<16x14x14x16xf32>
  %5 = qnet.batch_norm "bn2" %4, %s2, %h2 : (tensor<16x14x14x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x14x14x16xf32>
  %6 = qnet.add %5, %3 : tensor<16x14x14x16xf32>
  %7 = qnet.relu %6 : tensor<16x14x14x16xf32>
  %8 = qnet.max_pool2d %7 {strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<16x14x14x16xf32>) -> tensor<16x6x6x16xf32>
  %9 = qnet.reshape %8 : tensor<16x6x6x16xf32> to tensor<16x576xf32>
  %10 = qnet.dense %9, %w : (tensor<16x576xf32>, tensor<10x576xf32>) -> tensor<16x10xf32>
  qnet.return %10 : tensor<16x10xf32>
}
qnet.training @residual_training of @residual {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
