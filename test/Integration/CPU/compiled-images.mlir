// A small residual net with every layer on images: compiled against interpreted, under the
// rules that store codes and under BC.
// RUN: %python %S/../compare-with-interpreter.py %s
// RUN: %python %S/../compare-with-interpreter.py %s --rule=bc --optimizer=adam "--schedule=#qnet.constant_rate<0.002>"
qnet.model @net(%x: tensor<5x144xf32>) -> tensor<5x4xf32> {
  %image = qnet.reshape %x : tensor<5x144xf32> to tensor<5x8x9x2xf32>
  // 3x3, stride 2, padded below and on the right only.
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) grid(#qnet.binary<0.5>) : tensor<6x3x3x2xf32>
  %h1 = qnet.conv2d %image, %k1 {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>}
      : (tensor<5x8x9x2xf32>, tensor<6x3x3x2xf32>) -> tensor<5x4x4x6xf32>
  %t1 = qnet.hard_tanh %h1 : tensor<5x4x4x6xf32>
  // The branch: 1x1 to more channels; the shortcut: stride-2 slice and zero channels.
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.uniform<3, 0.25>) : tensor<8x1x1x6xf32>
  %h2 = qnet.conv2d %t1, %k2 : (tensor<5x4x4x6xf32>, tensor<8x1x1x6xf32>) -> tensor<5x4x4x8xf32>
  %p2 = qnet.avg_pool2d %h2 {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<5x4x4x8xf32>) -> tensor<5x2x2x8xf32>
  %s = qnet.slice %t1 {offsets = array<i64: 0, 1, 0, 0>, sizes = array<i64: 5, 2, 2, 6>, strides = array<i64: 1, 2, 2, 1>}
      : (tensor<5x4x4x6xf32>) -> tensor<5x2x2x6xf32>
  %z = qnet.pad %s {low = array<i64: 0, 0, 0, 1>, high = array<i64: 0, 0, 0, 1>}
      : (tensor<5x2x2x6xf32>) -> tensor<5x2x2x8xf32>
  %sum = qnet.add %p2, %z : tensor<5x2x2x8xf32>
  // Overlapping windows.
  %m = qnet.max_pool2d %t1 {window = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 0, 0>}
      : (tensor<5x4x4x6xf32>) -> tensor<5x3x3x6xf32>
  %gm = qnet.global_avg_pool2d %m : (tensor<5x3x3x6xf32>) -> tensor<5x6xf32>
  %gs = qnet.global_avg_pool2d %sum : (tensor<5x2x2x8xf32>) -> tensor<5x8xf32>
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.ternary<0.5>) : tensor<4x8xf32>
  %y1 = qnet.dense %gs, %w1 : (tensor<5x8xf32>, tensor<4x8xf32>) -> tensor<5x4xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) : tensor<4x6xf32>
  %y2 = qnet.dense %gm, %w2 : (tensor<5x6xf32>, tensor<4x6xf32>) -> tensor<5x4xf32>
  %y = qnet.add %y1, %y2 : tensor<5x4xf32>
  qnet.return %y : tensor<5x4xf32>
}
qnet.training @images of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.05>
}
