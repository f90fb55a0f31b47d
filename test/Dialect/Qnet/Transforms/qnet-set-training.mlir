// RUN: qnet-opt %s -qnet-set-training="rule=sr batch=8 micro-batch=4 seed=7" | FileCheck %s --check-prefixes=CHECK,SR
// RUN: qnet-opt %s -qnet-set-training="rule=#qnet.bc<rounding=#qnet.stochastic<8>> optimizer=momentum schedule=#qnet.inverse_decay<mu=0.5>" | FileCheck %s --check-prefixes=CHECK,BC
// RUN: qnet-opt %s -qnet-set-training | FileCheck %s --check-prefixes=CHECK,SAME

// A new batch size reaches every type of the model; parameters keep theirs.
// CHECK-LABEL: qnet.model @mlp
// SR-SAME: tensor<8x3xf32>) -> tensor<8x2xf32>
// BC-SAME: tensor<4x3xf32>) -> tensor<4x2xf32>
// SAME-SAME: tensor<4x3xf32>) -> tensor<4x2xf32>
// SR: qnet.parameter "w" {{.*}} : tensor<2x3xf32>
// SR: qnet.dense {{.*}} -> tensor<8x2xf32>
// SR: qnet.batch_norm {{.*}} -> tensor<8x2xf32>
// SR: qnet.relu {{.*}} : tensor<8x2xf32>
// SR: qnet.return {{.*}} : tensor<8x2xf32>
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %s = qnet.parameter "s" init(#qnet.constant<1.0>) : tensor<2xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  %n = qnet.batch_norm "bn" %y, %s, %s : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %r = qnet.relu %n : tensor<4x2xf32>
  qnet.return %r : tensor<4x2xf32>
}

// What is not named stays.
// CHECK-LABEL: qnet.training @t of @mlp
// SR-SAME: micro_batch = 4 : i64, optimizer = #qnet.adam, rule = #qnet.sr, schedule = #qnet.constant_rate<1.000000e-03>, seed = 7 : i32
// BC-SAME: optimizer = #qnet.momentum, rule = #qnet.bc<rounding = #qnet.stochastic<8>>, schedule = #qnet.inverse_decay<mu = 5.000000e-01>, seed = 3 : i32
// SAME-SAME: optimizer = #qnet.adam, rule = #qnet.full, schedule = #qnet.constant_rate<1.000000e-03>, seed = 3 : i32
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<1.0e-3>, seed = 3 : i32
}
