// RUN: qnet-opt %s -qnet-build-training-step -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s

// Ops are named after their layer, gradients after what they are gradients of; a name of the
// user's stays.
// CHECK-LABEL: func.func @train_step
// CHECK: qnet.dense {{.*}} loc("fc1.dense"(
// CHECK: qnet.bias {{.*}} loc("fc1.bias"(
// CHECK: qnet.relu {{.*}} loc("fc1.relu"(
// CHECK: qnet.hard_tanh {{.*}} loc("mine")
// CHECK: qnet.dense {{.*}} loc("head.dense"(
// CHECK: qnet.softmax_cross_entropy {{.*}} loc("loss"(
// CHECK: qnet.softmax_cross_entropy_grad {{.*}} loc(fused<"gradient">["head.dense"(
// CHECK: qnet.dense_input_grad {{.*}} loc(fused<"gradient">["mine"]
// CHECK: qnet.dense_weight_grad {{.*}} loc(fused<"parameter gradient">["head.weight"(
// CHECK: qnet.hard_tanh_grad {{.*}} loc(fused<"gradient">["fc1.relu"(
// CHECK: qnet.relu_grad {{.*}} loc(fused<"gradient">["fc1.bias"(
// CHECK: qnet.bias_grad {{.*}} loc(fused<"parameter gradient">["fc1.bias"(
// CHECK: qnet.dense_weight_grad {{.*}} loc(fused<"parameter gradient">["fc1.weight"(
// CHECK: qnet.update {{.*}} loc("fc1.weight"(
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) : tensor<5x3xf32>
  %b1 = qnet.parameter "fc1.bias" init(#qnet.constant<0.0>) : tensor<5xf32>
  %w2 = qnet.parameter "head.weight" init(#qnet.glorot) : tensor<2x5xf32>
  %1 = qnet.dense %x, %w1 : (tensor<4x3xf32>, tensor<5x3xf32>) -> tensor<4x5xf32>
  %2 = qnet.bias %1, %b1 : (tensor<4x5xf32>, tensor<5xf32>) -> tensor<4x5xf32>
  %3 = qnet.relu %2 : tensor<4x5xf32>
  %4 = qnet.hard_tanh %3 : tensor<4x5xf32> loc("mine")
  %5 = qnet.dense %4, %w2 : (tensor<4x5xf32>, tensor<2x5xf32>) -> tensor<4x2xf32>
  qnet.return %5 : tensor<4x2xf32>
}
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
