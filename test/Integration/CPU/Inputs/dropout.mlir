// A net with dropout, and a bias on its convolution; two classes by one margin.
qnet.model @net(%x: tensor<12x60xf32>) -> tensor<12x1xf32> {
  %d = qnet.dropout %x {probability = 0.2 : f32} : tensor<12x60xf32>
  %image = qnet.reshape %d : tensor<12x60xf32> to tensor<12x5x6x2xf32>
  %k = qnet.parameter "conv.weight" init(#qnet.glorot) grid(#qnet.binary<0.5>) : tensor<7x3x3x2xf32>
  %b = qnet.parameter "conv.bias" init(#qnet.values<dense<[0.5, -0.5, 0.25, 0.0, 1.0, -1.0, 0.125]> : tensor<7xf32>>) grid(#qnet.uniform<5, 0.125>) : tensor<7xf32>
  %c = qnet.conv2d %image, %k, %b {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 0, 2>}
      : (tensor<12x5x6x2xf32>, tensor<7x3x3x2xf32>, tensor<7xf32>) -> tensor<12x2x6x7xf32>
  %dc = qnet.dropout %c {probability = 0.5 : f32} : tensor<12x2x6x7xf32>
  %h = qnet.reshape %dc : tensor<12x2x6x7xf32> to tensor<12x84xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) : tensor<1x84xf32>
  %y = qnet.dense %h, %w : (tensor<12x84xf32>, tensor<1x84xf32>) -> tensor<12x1xf32>
  qnet.return %y : tensor<12x1xf32>
}
qnet.training @dropout of @net {
  loss = #qnet.logistic, rule = #qnet.sr, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.05>
}
