// RUN: split-file %s %t
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="rule=foo" 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="rule=adam" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="optimizer=sr" 2>&1 | FileCheck %s --check-prefix=OPTIMIZER
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="schedule=0.1" 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="schedule=#qnet.constant_rate<0.0>" 2>&1 | FileCheck %s --check-prefix=RATE
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="batch=-1" 2>&1 | FileCheck %s --check-prefix=BATCH
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="batch=99999999999" 2>&1 | FileCheck %s --check-prefix=HUGE
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="micro-batch=-1" 2>&1 | FileCheck %s --check-prefix=MICRO
// RUN: not qnet-opt %t/mlp.mlir -qnet-set-training="seed=4294967296" 2>&1 | FileCheck %s --check-prefix=SEED
// RUN: not qnet-opt %t/none.mlir -qnet-set-training="rule=sr" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not qnet-opt %t/fixed.mlir -qnet-set-training="batch=8" 2>&1 | FileCheck %s --check-prefix=FIXED
// RUN: not qnet-opt %t/mixed.mlir -qnet-set-training="batch=8" 2>&1 | FileCheck %s --check-prefix=MIXED

// RULE: error: 'qnet.training' op expected a rule (full, r, sr, bc), got 'foo'
// RULE-NOT: error
// KIND: error: 'qnet.training' op expected a rule (full, r, sr, bc), got 'adam'
// OPTIMIZER: error: 'qnet.training' op expected an optimizer (sgd, momentum, adam), got 'sr'
// SCHEDULE: error: 'qnet.training' op expected a schedule, e.g. #qnet.constant_rate<0.01>, got '0.1'
// RATE: error: 'qnet.training' op expected a schedule{{.*}}, got '#qnet.constant_rate<0.0>'
// BATCH: error: 'qnet.training' op expected a batch size from 1 to 16777216, got -1
// HUGE: error: 'qnet.training' op expected a batch size from 1 to 16777216, got 99999999999
// MICRO: error: 'qnet.training' op expected a micro-batch size from 1 to 16777216, got -1
// SEED: error: 'qnet.training' op expected a seed from 0 to 4294967295, got 4294967296
// NONE: error: expected a qnet.training op, found none
// FIXED: error: 'tensor.extract_slice' op cannot change its batch size: it does not infer its result types
// MIXED: error: {{.*}}batch

//--- mlp.mlir
qnet.model @mlp(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

//--- none.mlir
func.func private @no_training()

//--- fixed.mlir
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %y = tensor.extract_slice %x[0, 0] [4, 2] [1, 1] : tensor<4x3xf32> to tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

//--- mixed.mlir
// A parameter of the batch's shape fixes the batch size.
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<4x3xf32>
  %y = qnet.add %w, %x : tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
