// An op of another dialect without adjoint.
// RUN: %python %S/Inputs/refuse.py qnet-compile %s | FileCheck %s
// CHECK: error: 'math.exp' op has no adjoint
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %q = math.exp %w : tensor<2x3xf32>
  %y = qnet.dense %x, %q : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
