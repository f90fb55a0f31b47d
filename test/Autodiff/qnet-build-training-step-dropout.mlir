// RUN: qnet-opt %s -qnet-build-training-step | FileCheck %s
// RUN: qnet-opt %s -qnet-set-training=micro-batch=2 -qnet-build-training-step | FileCheck %s --check-prefix=PARTS
//
// Dropouts are counted; the adjoint is dropout of the gradient, with the same bits, and
// inference has none. Micro-batches say which samples they hold. The logistic loss has two
// classes for its one output.

// CHECK: module attributes {qnet.program = {{.*}}classes = 2 : i64
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME:    %[[SEED:[a-z0-9]+]]: i32 {qnet.role = "seed"}, %[[STEP:[a-z0-9]+]]: i32 {qnet.role = "step"}
// CHECK:         %[[X:.*]] = qnet.dropout_train of 0 %{{.*}} seed %[[SEED]] step %[[STEP]] {probability = 2.000000e-01 : f32} : tensor<4x3xf32>
// CHECK:         %[[H:.*]] = qnet.dense %[[X]]
// CHECK:         qnet.dropout_train of 1 %[[H]] seed %[[SEED]] step %[[STEP]] {probability = 5.000000e-01 : f32} : tensor<4x5xf32>
// CHECK:         %[[DY:.*]] = qnet.dense_input_grad
// CHECK:         %[[DH:.*]] = qnet.dropout_train of 1 %[[DY]] seed %[[SEED]] step %[[STEP]] {probability = 5.000000e-01 : f32} : tensor<4x5xf32>
// CHECK:         qnet.dense_weight_grad %[[DH]], %[[X]]
// CHECK-LABEL: func.func @evaluate(
// CHECK-NOT:     qnet.dropout
// CHECK:         qnet.is_positive

// PARTS-LABEL: func.func @train_step(
// PARTS:         scf.for %[[FIRST:[a-z0-9]+]] =
// PARTS:           qnet.dropout_train of 0 {{.*}} first %[[FIRST]] {probability = 2.000000e-01 : f32} : tensor<2x3xf32>
// PARTS:           qnet.dropout_train of 1 {{.*}} first %[[FIRST]] {probability = 5.000000e-01 : f32} : tensor<2x5xf32>
// PARTS:           qnet.dropout_train of 1 {{.*}} first %[[FIRST]]
qnet.model @net(%x: tensor<4x3xf32>) -> tensor<4x1xf32> {
  %d = qnet.dropout %x {probability = 0.2 : f32} : tensor<4x3xf32>
  %w = qnet.parameter "fc1.weight" init(#qnet.glorot) : tensor<5x3xf32>
  %h = qnet.dense %d, %w : (tensor<4x3xf32>, tensor<5x3xf32>) -> tensor<4x5xf32>
  %dh = qnet.dropout %h {probability = 0.5 : f32} : tensor<4x5xf32>
  %v = qnet.parameter "fc2.weight" init(#qnet.glorot) : tensor<1x5xf32>
  %y = qnet.dense %dh, %v : (tensor<4x5xf32>, tensor<1x5xf32>) -> tensor<4x1xf32>
  qnet.return %y : tensor<4x1xf32>
}
qnet.training @dropout of @net {
  loss = #qnet.logistic, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
