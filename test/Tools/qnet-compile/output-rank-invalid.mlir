// Outputs of a rank that has no loss.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: 'qnet.model' op expected outputs of rank 2 for training, got 'tensor<4x3x5xf32>'
qnet.model @m(%x: tensor<4x3x5xf32>) -> tensor<4x3x5xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<5x5xf32>
  %y = qnet.relu %x : tensor<4x3x5xf32>
  qnet.return %y : tensor<4x3x5xf32>
}
qnet.training @t of @m {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
