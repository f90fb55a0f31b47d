// Convolutions, dropout, normalization and pooling in a row, with activations that are worth computing
// again: a dropped element must be dropped again.
qnet.model @deep(%x: tensor<16x28x28x1xf32>) -> tensor<16x10xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x1xf32>
  %s1 = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h1 = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %c1 = qnet.conv2d %x, %k1 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x1xf32>, tensor<16x3x3x1xf32>) -> tensor<16x28x28x16xf32>
  %b1 = qnet.batch_norm "bn1" %c1, %s1, %h1 : (tensor<16x28x28x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x28x28x16xf32>
  %r1 = qnet.relu %b1 : tensor<16x28x28x16xf32>
  %d1 = qnet.dropout %r1 {probability = 0.25 : f32} : tensor<16x28x28x16xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x16xf32>
  %s2 = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h2 = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %c2 = qnet.conv2d %d1, %k2 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x16xf32>, tensor<16x3x3x16xf32>) -> tensor<16x28x28x16xf32>
  %b2 = qnet.batch_norm "bn2" %c2, %s2, %h2 : (tensor<16x28x28x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x28x28x16xf32>
  %r2 = qnet.relu %b2 : tensor<16x28x28x16xf32>
  %d2 = qnet.dropout %r2 {probability = 0.25 : f32} : tensor<16x28x28x16xf32>
  %k3 = qnet.parameter "conv3.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x16xf32>
  %s3 = qnet.parameter "bn3.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h3 = qnet.parameter "bn3.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %c3 = qnet.conv2d %d2, %k3 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x16xf32>, tensor<16x3x3x16xf32>) -> tensor<16x28x28x16xf32>
  %b3 = qnet.batch_norm "bn3" %c3, %s3, %h3 : (tensor<16x28x28x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x28x28x16xf32>
  %r3 = qnet.relu %b3 : tensor<16x28x28x16xf32>
  %d3 = qnet.dropout %r3 {probability = 0.25 : f32} : tensor<16x28x28x16xf32>
  %k4 = qnet.parameter "conv4.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x16xf32>
  %s4 = qnet.parameter "bn4.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h4 = qnet.parameter "bn4.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %c4 = qnet.conv2d %d3, %k4 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x16xf32>, tensor<16x3x3x16xf32>) -> tensor<16x28x28x16xf32>
  %b4 = qnet.batch_norm "bn4" %c4, %s4, %h4 : (tensor<16x28x28x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x28x28x16xf32>
  %r4 = qnet.relu %b4 : tensor<16x28x28x16xf32>
  %d4 = qnet.dropout %r4 {probability = 0.25 : f32} : tensor<16x28x28x16xf32>
  %k5 = qnet.parameter "conv5.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<16x3x3x16xf32>
  %s5 = qnet.parameter "bn5.scale" init(#qnet.constant<1.0>) : tensor<16xf32>
  %h5 = qnet.parameter "bn5.shift" init(#qnet.constant<0.0>) : tensor<16xf32>
  %c5 = qnet.conv2d %d4, %k5 {pads = array<i64: 1, 1, 1, 1>} : (tensor<16x28x28x16xf32>, tensor<16x3x3x16xf32>) -> tensor<16x28x28x16xf32>
  %b5 = qnet.batch_norm "bn5" %c5, %s5, %h5 : (tensor<16x28x28x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<16x28x28x16xf32>
  %r5 = qnet.relu %b5 : tensor<16x28x28x16xf32>
  %d5 = qnet.dropout %r5 {probability = 0.25 : f32} : tensor<16x28x28x16xf32>
  %p = qnet.max_pool2d %d5 {strides = array<i64: 4, 4>, window = array<i64: 4, 4>} : (tensor<16x28x28x16xf32>) -> tensor<16x7x7x16xf32>
  %f = qnet.reshape %p : tensor<16x7x7x16xf32> to tensor<16x784xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<0.1>) : tensor<10x784xf32>
  %y = qnet.dense %f, %w : (tensor<16x784xf32>, tensor<10x784xf32>) -> tensor<16x10xf32>
  qnet.return %y : tensor<16x10xf32>
}
qnet.training @deep_training of @deep {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam, schedule = #qnet.constant_rate<0.01>
}
