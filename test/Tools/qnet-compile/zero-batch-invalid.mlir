// A batch of no sample.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: 'qnet.model' op expected tensors of f32 with static shape, got 'tensor<0x3xf32>'
qnet.model @m(%x: tensor<0x3xf32>) -> tensor<0x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<0x3xf32>, tensor<2x3xf32>) -> tensor<0x2xf32>
  qnet.return %y : tensor<0x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
