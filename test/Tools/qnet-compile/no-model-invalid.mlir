// A training of no model.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: 'qnet.training' op expected a qnet.model named 'nope', found none
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @nope {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
