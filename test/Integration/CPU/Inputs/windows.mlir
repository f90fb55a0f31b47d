// Convolutions that minimal filtering computes, in f32 and with binary weights, on tiles that
// fill no block of 8 or 16, and one whose gradient an update consumes.
qnet.model @net(%x: tensor<6x28x28x1xf32>) -> tensor<6x10xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) : tensor<16x3x3x1xf32>
  %h1 = qnet.conv2d %x, %k1 {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>} : (tensor<6x28x28x1xf32>, tensor<16x3x3x1xf32>) -> tensor<6x14x14x16xf32>
  %r1 = qnet.relu %h1 : tensor<6x14x14x16xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.125>) : tensor<48x3x3x16xf32>
  %h2 = qnet.conv2d %r1, %k2 {pads = array<i64: 1, 1, 1, 1>} : (tensor<6x14x14x16xf32>, tensor<48x3x3x16xf32>) -> tensor<6x14x14x48xf32>
  %r2 = qnet.relu %h2 : tensor<6x14x14x48xf32>
  %k3 = qnet.parameter "conv3.weight" init(#qnet.glorot) : tensor<160x3x3x48xf32>
  %h3 = qnet.conv2d %r2, %k3 {pads = array<i64: 1, 1, 0, 0>} : (tensor<6x14x14x48xf32>, tensor<160x3x3x48xf32>) -> tensor<6x13x13x160xf32>
  %k4 = qnet.parameter "conv4.weight" init(#qnet.glorot) : tensor<160x3x3x48xf32>
  %h4 = qnet.conv2d %r2, %k4 {pads = array<i64: 1, 1, 1, 1>} : (tensor<6x14x14x48xf32>, tensor<160x3x3x48xf32>) -> tensor<6x14x14x160xf32>
  %p3 = qnet.global_avg_pool2d %h3 : (tensor<6x13x13x160xf32>) -> tensor<6x160xf32>
  %p4 = qnet.global_avg_pool2d %h4 : (tensor<6x14x14x160xf32>) -> tensor<6x160xf32>
  %p = qnet.add %p3, %p4 : tensor<6x160xf32>
  %r4 = qnet.relu %p : tensor<6x160xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) : tensor<10x160xf32>
  %y = qnet.dense %r4, %w : (tensor<6x160xf32>, tensor<10x160xf32>) -> tensor<6x10xf32>
  qnet.return %y : tensor<6x10xf32>
}
qnet.training @windows of @net {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.sr,
  optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.02>
}
