// RUN: qnet-opt %s -qnet-build-training-step | FileCheck %s
// RUN: qnet-opt %s -qnet-build-training-step | FileCheck %s --check-prefix=OTHERS
// RUN: qnet-opt %s -qnet-set-training=micro-batch=8 -qnet-build-training-step | FileCheck %s --check-prefix=WHOLE

// The step takes the whole batch. Weights are rounded once, before the loop over
// micro-batches; parameters are updated once, after it.
// CHECK: qnet.program = {batch = 8 : i64
// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: %[[X:[^:]*]]: tensor<8x3xf32> {qnet.role = "inputs"}, %[[L:[^:]*]]: tensor<8xi32> {qnet.role = "labels"}
// CHECK: %[[CODES:.*]] = qnet.encode
// CHECK-DAG: %[[ZERO_W:.*]] = arith.constant dense<0.000000e+00> : tensor<2x3xf32>
// CHECK-DAG: %[[LOSSES:.*]] = tensor.empty() : tensor<8xf32>
// CHECK-DAG: %[[BEGIN:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[END:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[STEP:.*]] = arith.constant 2 : index
// CHECK: %[[ALL:.*]]:7 = scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]] step %[[STEP]]
// CHECK-SAME: iter_args(%[[LOSSES_I:.*]] = %[[LOSSES]], %{{.*}}, %[[MEAN:.*]] = %{{.*}}, %[[VARIANCE:.*]] = %{{.*}}, %[[SUM_W:.*]] = %[[ZERO_W]],
// CHECK: %[[XI:.*]] = tensor.extract_slice %[[X]][%[[I]], 0] [2, 3] [1, 1]
// CHECK: %[[LI:.*]] = tensor.extract_slice %[[L]][%[[I]]] [2] [1]
// CHECK-NOT: qnet.encode
// CHECK: qnet.dense %[[XI]], %[[CODES]]
// Statistics go on from micro-batch to micro-batch.
// CHECK: %[[NEW_MEAN:.*]] = qnet.running_average %[[MEAN]],
// CHECK: %[[LOSS:.*]] = qnet.softmax_cross_entropy %{{.*}}, %[[LI]]
// The mean is over the whole batch: 1/8.
// CHECK: arith.constant dense<1.250000e-01> : tensor<2xf32>
// CHECK: %[[DW:.*]] = qnet.dense_weight_grad
// CHECK: %[[NEW_SUM_W:.*]] = qnet.add %[[SUM_W]], %[[DW]]
// CHECK: %[[NEW_LOSSES:.*]] = tensor.insert_slice %[[LOSS]] into %[[LOSSES_I]][%[[I]]] [2] [1]
// CHECK: scf.yield %[[NEW_LOSSES]], %{{.*}}, %[[NEW_MEAN]], %{{.*}}, %[[NEW_SUM_W]],
// CHECK: qnet.update "w" of 0 %{{.*}}, %[[ALL]]#4
// CHECK-NOT: qnet.update "unused"

// The others go through their batches in the same way, with rounding outside.
// OTHERS-LABEL: func.func @evaluate(
// OTHERS: qnet.encode
// OTHERS: scf.for
// OTHERS-NOT: qnet.encode
// OTHERS: tensor.insert_slice
// OTHERS-LABEL: func.func @predict(
// OTHERS: qnet.encode
// OTHERS: scf.for
// OTHERS-NOT: qnet.encode
// OTHERS: tensor.insert_slice {{.*}} into tensor<8x2xf32>
// OTHERS-LABEL: func.func @statistics(
// OTHERS: scf.for
// OTHERS: qnet.running_average {{.*}} {correction = 2.500000e-01 : f32, momentum = 0.000000e+00 : f32}

// One part is the whole batch: no loop.
// WHOLE-LABEL: func.func @train_step(
// WHOLE-NOT: scf.for
qnet.model @m(%x: tensor<8x3xf32>) -> tensor<8x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %s = qnet.parameter "s" init(#qnet.constant<1.0>) : tensor<2xf32>
  %b = qnet.parameter "b" init(#qnet.constant<0.0>) frozen : tensor<2xf32>
  %unused = qnet.parameter "unused" init(#qnet.constant<0.0>) : tensor<2xf32>
  %y = qnet.dense %x, %w : (tensor<8x3xf32>, tensor<2x3xf32>) -> tensor<8x2xf32>
  %n = qnet.batch_norm "bn" %y, %s, %b : (tensor<8x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<8x2xf32>
  qnet.return %n : tensor<8x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.01>, micro_batch = 2 : i64
}
