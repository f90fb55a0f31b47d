// Convolutions whose windows are read where they lie, compiled against interpreted: odd
// sizes, stride 2, asymmetric pads, a 5x5 window, floats and codes, all three products; the
// tall nest (many pixels) and the long one (filter gradients). ADAM divides gradients near
// zero by their size, and so enlarges what another order of a sum changes: there products
// are chains in the interpreter's order.
// RUN: %python %S/../compare-with-interpreter.py %s
// RUN: %python %S/../compare-with-interpreter.py %s --products=chain --rule=bc --optimizer=adam "--schedule=#qnet.constant_rate<0.002>"
// RUN: %python %S/../compare-with-interpreter.py %s --rule=full
qnet.model @net(%x: tensor<5x144xf32>) -> tensor<5x4xf32> {
  %image = qnet.reshape %x : tensor<5x144xf32> to tensor<5x8x9x2xf32>
  // Rows of few channels keep their columns matrix.
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) : tensor<16x3x3x2xf32>
  %h1 = qnet.conv2d %image, %k1 {pads = array<i64: 1, 1, 1, 1>}
      : (tensor<5x8x9x2xf32>, tensor<16x3x3x2xf32>) -> tensor<5x8x9x16xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) : tensor<48x3x3x16xf32>
  %h2 = qnet.conv2d %h1, %k2 {pads = array<i64: 1, 1, 1, 1>}
      : (tensor<5x8x9x16xf32>, tensor<48x3x3x16xf32>) -> tensor<5x8x9x48xf32>
  %t2 = qnet.hard_tanh %h2 : tensor<5x8x9x48xf32>
  // 5x5, padded unevenly.
  %k3 = qnet.parameter "conv3.weight" init(#qnet.glorot) grid(#qnet.uniform<3, 0.0625>) : tensor<16x5x5x48xf32>
  %h3 = qnet.conv2d %t2, %k3 {pads = array<i64: 0, 2, 1, 4>}
      : (tensor<5x8x9x48xf32>, tensor<16x5x5x48xf32>) -> tensor<5x5x11x16xf32>
  // Stride 2, not padded on all sides.
  %k4 = qnet.parameter "conv4.weight" init(#qnet.glorot) grid(#qnet.ternary<0.25>) : tensor<7x3x3x16xf32>
  %h4 = qnet.conv2d %h3, %k4 {strides = array<i64: 2, 2>, pads = array<i64: 0, 1, 1, 0>}
      : (tensor<5x5x11x16xf32>, tensor<7x3x3x16xf32>) -> tensor<5x2x5x7xf32>
  %g = qnet.global_avg_pool2d %h4 : (tensor<5x2x5x7xf32>) -> tensor<5x7xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) : tensor<4x7xf32>
  %y = qnet.dense %g, %w : (tensor<5x7xf32>, tensor<4x7xf32>) -> tensor<5x4xf32>
  qnet.return %y : tensor<5x4xf32>
}
qnet.training @convolutions of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.02>
}
