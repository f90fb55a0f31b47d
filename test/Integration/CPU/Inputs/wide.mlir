// A convolution and dense layers of binary weights with enough columns for tables, in sizes
// that fill no word or tile.
qnet.model @net(%x: tensor<12x28x28x1xf32>) -> tensor<12x10xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) {rate_scale = 2.0 : f32} : tensor<64x5x5x1xf32>
  %h1 = qnet.conv2d %x, %k1 {strides = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<12x28x28x1xf32>, tensor<64x5x5x1xf32>) -> tensor<12x9x9x64xf32>
  %r1 = qnet.hard_tanh %h1 : tensor<12x9x9x64xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.125>) : tensor<80x3x3x64xf32>
  %h2 = qnet.conv2d %r1, %k2 {pads = array<i64: 1, 1, 1, 1>} : (tensor<12x9x9x64xf32>, tensor<80x3x3x64xf32>) -> tensor<12x9x9x80xf32>
  %r2 = qnet.relu %h2 : tensor<12x9x9x80xf32>
  %p = qnet.global_avg_pool2d %r2 : (tensor<12x9x9x80xf32>) -> tensor<12x80xf32>
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.125>) : tensor<131x80xf32>
  %h3 = qnet.dense %p, %w1 : (tensor<12x80xf32>, tensor<131x80xf32>) -> tensor<12x131xf32>
  %r3 = qnet.relu %h3 : tensor<12x131xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) : tensor<10x131xf32>
  %y = qnet.dense %r3, %w2 : (tensor<12x131xf32>, tensor<10x131xf32>) -> tensor<12x10xf32>
  qnet.return %y : tensor<12x10xf32>
}
qnet.training @wide of @net {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.sr,
  optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.01>
}
