// RUN: qnet-opt %s -qnet-build-training-step | FileCheck %s

// Only "head.weight" is trained: no weight gradient of the frozen layers is computed, no gradient of
// their inputs, and they have no update. The lowest trained layer's input needs no gradient either.
// CHECK-LABEL: func.func @train_step
// CHECK-NOT: _input_grad
// CHECK-NOT: relu_grad
// CHECK-NOT: bias_grad
// CHECK: qnet.dense_weight_grad {{.*}} -> tensor<2x5xf32>
// CHECK-NOT: _grad
// CHECK: qnet.update "head.weight"
// CHECK-NOT: qnet.update
// CHECK: return
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) frozen : tensor<5x3xf32>
  %b1 = qnet.parameter "fc1.bias" init(#qnet.constant<0.0>) frozen : tensor<5xf32>
  %w2 = qnet.parameter "head.weight" init(#qnet.glorot) : tensor<2x5xf32>
  %1 = qnet.dense %x, %w1 : (tensor<4x3xf32>, tensor<5x3xf32>) -> tensor<4x5xf32>
  %2 = qnet.bias %1, %b1 : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4x5xf32>
  %3 = qnet.relu %2 : tensor<4x5xf32>
  %4 = qnet.dense %3, %w2 : (tensor<4x5xf32>, tensor<2x5xf32>) -> tensor<4x2xf32>
  qnet.return %4 : tensor<4x2xf32>
}
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
