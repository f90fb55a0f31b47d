// Regression has targets, no classes and no predictions.
// RUN: qnet-interpret %s info | FileCheck %s --check-prefix=INFO
// RUN: qnet-interpret %s train --data=synthetic --epochs=1 --train-samples=64 --test-samples=16 --checkpoint=%t.a --overwrite | FileCheck %s --check-prefix=TRAIN
// RUN: qnet-interpret %s --stage=qnet-build-training-step,qnet-expand-updates,convert-qnet-to-linalg,qnet-expand-rounding train --data=synthetic --epochs=1 --train-samples=64 --test-samples=16 --checkpoint=%t.b --overwrite --quiet
// RUN: cmp %t.a %t.b

// INFO: output {{ *}}[2]
// TRAIN: epoch 1/1

qnet.model @linear(%x: tensor<4x5xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "weight" init(#qnet.glorot) grid(#qnet.ternary<0.5>) : tensor<2x5xf32>
  %y = qnet.dense %x, %w : (tensor<4x5xf32>, tensor<2x5xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @regression of @linear {
  loss = #qnet.mean_squared_error, rule = #qnet.bc<rounding = #qnet.stochastic>,
  optimizer = #qnet.momentum, schedule = #qnet.constant_rate<0.01>
}
