// Gradients of more than 256 KiB, of a convolution (64 x 1152) and of a dense layer (256 x 512): both
// have rows of whole groups of 128 elements, and numbers of rows that register tiles do not divide.
qnet.model @fused(%x: tensor<8x28x28x1xf32>) -> tensor<8x10xf32> {
  %k1 = qnet.parameter "conv1.weight" init(#qnet.glorot) : tensor<128x3x3x1xf32>
  %k2 = qnet.parameter "conv2.weight" init(#qnet.glorot) grid(#qnet.binary<0.05>) : tensor<64x3x3x128xf32>
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.05>) : tensor<512x64xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.01>) : tensor<256x512xf32>
  %w3 = qnet.parameter "fc3.weight" init(#qnet.glorot) : tensor<10x256xf32>
  %1 = qnet.conv2d %x, %k1 {strides = array<i64: 4, 4>, pads = array<i64: 1, 1, 1, 1>} : (tensor<8x28x28x1xf32>, tensor<128x3x3x1xf32>) -> tensor<8x7x7x128xf32>
  %2 = qnet.relu %1 : tensor<8x7x7x128xf32>
  %3 = qnet.conv2d %2, %k2 {pads = array<i64: 1, 1, 1, 1>} : (tensor<8x7x7x128xf32>, tensor<64x3x3x128xf32>) -> tensor<8x7x7x64xf32>
  %4 = qnet.relu %3 : tensor<8x7x7x64xf32>
  %5 = qnet.global_avg_pool2d %4 : (tensor<8x7x7x64xf32>) -> tensor<8x64xf32>
  %6 = qnet.dense %5, %w1 : (tensor<8x64xf32>, tensor<512x64xf32>) -> tensor<8x512xf32>
  %7 = qnet.relu %6 : tensor<8x512xf32>
  %8 = qnet.dense %7, %w2 : (tensor<8x512xf32>, tensor<256x512xf32>) -> tensor<8x256xf32>
  %9 = qnet.relu %8 : tensor<8x256xf32>
  %10 = qnet.dense %9, %w3 : (tensor<8x256xf32>, tensor<10x256xf32>) -> tensor<8x10xf32>
  qnet.return %10 : tensor<8x10xf32>
}
qnet.training @fused_training of @fused {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
