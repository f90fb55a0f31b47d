// A dimension of size 0.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: 'qnet.model' op expected tensors of f32 with static shape, got 'tensor<4x0xf32>'
qnet.model @m(%x: tensor<4x0xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x0xf32>
  %y = qnet.dense %x, %w : (tensor<4x0xf32>, tensor<2x0xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
