// More weights than any machine holds.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: expected a tensor of at most 2^40 elements, got 'tensor<1000000000x1000000000xf32>'
qnet.model @m(%x: tensor<4x1000000000xf32>) -> tensor<4x1000000000xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<1000000000x1000000000xf32>
  %y = qnet.dense %x, %w : (tensor<4x1000000000xf32>, tensor<1000000000x1000000000xf32>) -> tensor<4x1000000000xf32>
  qnet.return %y : tensor<4x1000000000xf32>
}
qnet.training @t of @m {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
