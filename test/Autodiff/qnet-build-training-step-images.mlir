// RUN: qnet-opt %s -qnet-build-training-step | FileCheck %s --check-prefixes=CHECK,SR
// RUN: qnet-opt %s -qnet-set-training=rule=bc -qnet-build-training-step | FileCheck %s --check-prefixes=CHECK,BC
// RUN: qnet-opt %s -qnet-set-training=rule=full -qnet-build-training-step | FileCheck %s --check-prefixes=CHECK,FULL
//
// A small net on images: convolutions take codes as they are, the backward pass goes
// through every layer once, in reverse.

// CHECK-LABEL: func.func @train_step(
// SR-SAME: %[[W1:[a-z0-9]+]]: tensor<2x3x3x1x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"conv1.weight", codes of "conv1.weight">}
// BC-SAME: %[[L1:[a-z0-9]+]]: tensor<2x3x3x1xf32> {qnet.state = #qnet.state<"conv1.weight", weights of "conv1.weight">}
// FULL-SAME: %[[W1:[a-z0-9]+]]: tensor<2x3x3x1xf32> {qnet.state = #qnet.state<"conv1.weight", weights of "conv1.weight">}
// SR-SAME: %[[W2:[a-z0-9]+]]: tensor<4x1x1x2x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"conv2.weight", codes of "conv2.weight">}
// BC-SAME: %[[L2:[a-z0-9]+]]: tensor<4x1x1x2xf32> {qnet.state = #qnet.state<"conv2.weight", weights of "conv2.weight">}
// FULL-SAME: %[[W2:[a-z0-9]+]]: tensor<4x1x1x2xf32> {qnet.state = #qnet.state<"conv2.weight", weights of "conv2.weight">}
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x8x8x1xf32> {qnet.role = "inputs"}
// BC-DAG: %[[W1:.*]] = qnet.encode %[[L1]] by(#qnet.deterministic)
// BC-DAG: %[[W2:.*]] = qnet.encode %[[L2]] by(#qnet.deterministic)
// Codes are not decoded on their way into a convolution.
// CHECK-NOT: qnet.decode
// CHECK: %[[C1:.*]] = qnet.conv2d %[[X]], %[[W1]] {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>}
// CHECK: %[[H:.*]] = qnet.hard_tanh %[[C1]]
// CHECK: %[[M:.*]] = qnet.max_pool2d %[[H]]
// CHECK: %[[C2:.*]] = qnet.conv2d %[[M]], %[[W2]] :
// CHECK: %[[S:.*]] = qnet.slice %[[M]]
// CHECK: %[[P:.*]] = qnet.pad %[[S]]
// CHECK: %[[A:.*]] = qnet.add %[[C2]], %[[P]]
// CHECK: %[[R:.*]] = qnet.reshape %[[A]] : tensor<4x3x3x4xf32> to tensor<4x36xf32>
// CHECK: qnet.dense %[[R]]
// CHECK: %[[DR:.*]] = qnet.dense_input_grad
// CHECK: %[[DA:.*]] = qnet.reshape %[[DR]] : tensor<4x36xf32> to tensor<4x3x3x4xf32>
// The shortcut's gradient: a slice of padding, zeros around a slice.
// CHECK: %[[DS:.*]] = qnet.slice %[[DA]] {offsets = array<i64: 0, 0, 0, 2>, sizes = array<i64: 4, 3, 3, 1>, strides = array<i64: 1, 1, 1, 1>}
// CHECK: %[[DM1:.*]] = qnet.slice_grad %[[DS]] {offsets = array<i64: 0, 0, 0, 1>, strides = array<i64: 1, 1, 1, 1>}
// CHECK: %[[DM2:.*]] = qnet.conv2d_input_grad %[[DA]], %[[W2]] :
// CHECK: %[[DW2:.*]] = qnet.conv2d_weight_grad %[[DA]], %[[M]] :
// CHECK: %[[DM:.*]] = qnet.add %[[DM1]], %[[DM2]]
// CHECK: %[[DH:.*]] = qnet.max_pool2d_grad %[[DM]], %[[H]] {strides = array<i64: 1, 1>, window = array<i64: 2, 2>}
// CHECK: %[[DC1:.*]] = qnet.hard_tanh_grad %[[DH]], %[[C1]]
// Nobody needs the gradient of the images.
// CHECK-NOT: qnet.conv2d_input_grad
// CHECK: %[[DW1:.*]] = qnet.conv2d_weight_grad %[[DC1]], %[[X]] {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>}
// SR: qnet.update "conv1.weight" of 0 %[[W1]], %[[DW1]]
// BC: qnet.update "conv1.weight" of 0 %[[L1]], %[[DW1]]
// FULL: qnet.update "conv1.weight" of 0 %[[W1]], %[[DW1]]
// SR: qnet.update "conv2.weight" of 1 %[[W2]], %[[DW2]]
// BC: qnet.update "conv2.weight" of 1 %[[L2]], %[[DW2]]
// FULL: qnet.update "conv2.weight" of 1 %[[W2]], %[[DW2]]
// CHECK: qnet.update "fc.weight" of 2
qnet.model @net(%x: tensor<4x8x8x1xf32>) -> tensor<4x2xf32> {
  %w1 = qnet.parameter "conv1.weight" init(#qnet.he) grid(#qnet.binary<1.0>) : tensor<2x3x3x1xf32>
  %w2 = qnet.parameter "conv2.weight" init(#qnet.he) grid(#qnet.binary<1.0>) : tensor<4x1x1x2xf32>
  %w3 = qnet.parameter "fc.weight" init(#qnet.glorot) : tensor<2x36xf32>
  %c1 = qnet.conv2d %x, %w1 {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>}
      : (tensor<4x8x8x1xf32>, tensor<2x3x3x1xf32>) -> tensor<4x4x4x2xf32>
  %h = qnet.hard_tanh %c1 : tensor<4x4x4x2xf32>
  %m = qnet.max_pool2d %h {strides = array<i64: 1, 1>, window = array<i64: 2, 2>} : (tensor<4x4x4x2xf32>) -> tensor<4x3x3x2xf32>
  %c2 = qnet.conv2d %m, %w2 : (tensor<4x3x3x2xf32>, tensor<4x1x1x2xf32>) -> tensor<4x3x3x4xf32>
  %s = qnet.slice %m {offsets = array<i64: 0, 0, 0, 1>, sizes = array<i64: 4, 3, 3, 1>, strides = array<i64: 1, 1, 1, 1>}
      : (tensor<4x3x3x2xf32>) -> tensor<4x3x3x1xf32>
  %p = qnet.pad %s {low = array<i64: 0, 0, 0, 2>, high = array<i64: 0, 0, 0, 1>} : (tensor<4x3x3x1xf32>) -> tensor<4x3x3x4xf32>
  %a = qnet.add %c2, %p : tensor<4x3x3x4xf32>
  %r = qnet.reshape %a : tensor<4x3x3x4xf32> to tensor<4x36xf32>
  %y = qnet.dense %r, %w3 : (tensor<4x36xf32>, tensor<2x36xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>, seed = 1 : i32
}
