// A small convolutional net with binary weights for MNIST: two 5x5 convolutions with 32
// and 64 filters, each followed by batch normalization, relu and a 2x2 max pool, and a
// dense layer.
//
//   qnet-compile examples/mnist-convnet.mlir -o trainer
//   ./trainer train --data=synthetic --epochs=2
//
// The kernels are [filters, rows, columns, channels]; images are NHWC.

qnet.model @convnet(%inputs: tensor<128x784xf32>) -> tensor<128x10xf32> {
  %image = qnet.reshape %inputs : tensor<128x784xf32> to tensor<128x28x28x1xf32>
  %conv1.weight = qnet.parameter "conv1.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>)
      : tensor<32x5x5x1xf32>
  %h1 = qnet.conv2d %image, %conv1.weight
      : (tensor<128x28x28x1xf32>, tensor<32x5x5x1xf32>) -> tensor<128x24x24x32xf32>
  %bn1.scale = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<32xf32>
  %bn1.shift = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<32xf32>
  %n1 = qnet.batch_norm "bn1" %h1, %bn1.scale, %bn1.shift
      : (tensor<128x24x24x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<128x24x24x32xf32>
  %a1 = qnet.relu %n1 : tensor<128x24x24x32xf32>
  %p1 = qnet.max_pool2d %a1 {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<128x24x24x32xf32>) -> tensor<128x12x12x32xf32>
  %conv2.weight = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>)
      : tensor<64x5x5x32xf32>
  %h2 = qnet.conv2d %p1, %conv2.weight
      : (tensor<128x12x12x32xf32>, tensor<64x5x5x32xf32>) -> tensor<128x8x8x64xf32>
  %bn2.scale = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<64xf32>
  %bn2.shift = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<64xf32>
  %n2 = qnet.batch_norm "bn2" %h2, %bn2.scale, %bn2.shift
      : (tensor<128x8x8x64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<128x8x8x64xf32>
  %a2 = qnet.relu %n2 : tensor<128x8x8x64xf32>
  %p2 = qnet.max_pool2d %a2 {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<128x8x8x64xf32>) -> tensor<128x4x4x64xf32>
  %features = qnet.reshape %p2 : tensor<128x4x4x64xf32> to tensor<128x1024xf32>
  %fc.weight = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>)
      : tensor<10x1024xf32>
  %h3 = qnet.dense %features, %fc.weight
      : (tensor<128x1024xf32>, tensor<10x1024xf32>) -> tensor<128x10xf32>
  %bn3.scale = qnet.parameter "bn3.scale" init(#qnet.constant<1.0>) : tensor<10xf32>
  %bn3.shift = qnet.parameter "bn3.shift" init(#qnet.constant<0.0>) : tensor<10xf32>
  %logits = qnet.batch_norm "bn3" %h3, %bn3.scale, %bn3.shift
      : (tensor<128x10xf32>, tensor<10xf32>, tensor<10xf32>) -> tensor<128x10xf32>
  qnet.return %logits : tensor<128x10xf32>
}

qnet.training @mnist_convnet of @convnet {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.bc,
  optimizer = #qnet.adam,
  schedule = #qnet.exponential_decay<rate = 0.001, factor = 0.8>,
  seed = 1 : i32
}
