// The same command line, data and checkpoints as a compiled trainer; expanded updates
// and rounding give the same checkpoint, byte for byte, as the reference.
// RUN: qnet-interpret %s info | FileCheck %s --check-prefix=INFO
// RUN: qnet-interpret %s train --data=synthetic --epochs=2 --train-samples=60 --test-samples=20 --checkpoint=%t.a --overwrite --quiet
// RUN: qnet-interpret %s --stage=qnet-build-training-step,qnet-expand-updates,qnet-expand-rounding train --data=synthetic --epochs=2 --train-samples=60 --test-samples=20 --checkpoint=%t.b --overwrite --quiet
// RUN: cmp %t.a %t.b
// RUN: qnet-interpret %s eval --data=synthetic --test-samples=20 --checkpoint=%t.a | FileCheck %s --check-prefix=EVAL
// An interrupted run that is resumed ends with the same bytes.
// RUN: rm -f %t.c
// RUN: qnet-interpret %s train --data=synthetic --steps=9 --epochs=2 --train-samples=60 --test-samples=20 --checkpoint=%t.c --quiet
// RUN: not cmp -s %t.a %t.c
// RUN: qnet-interpret %s train --data=synthetic --epochs=2 --train-samples=60 --test-samples=20 --checkpoint=%t.c --resume --quiet
// RUN: cmp %t.a %t.c

// INFO: model {{ *}}tiny
// INFO: rule {{ *}}sr
// INFO: target {{ *}}interpreter
// INFO: fc.weight {{ *}}[3,12]
// EVAL: of 20)

qnet.model @net(%x: tensor<8x12xf32>) -> tensor<8x3xf32> {
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.1>) : tensor<3x12xf32>
  %b = qnet.parameter "fc.bias" init(#qnet.constant<0.0>) : tensor<3xf32>
  %s = qnet.parameter "bn.scale" init(#qnet.constant<1.0>) : tensor<3xf32>
  %t = qnet.parameter "bn.shift" init(#qnet.constant<0.0>) : tensor<3xf32>
  %0 = qnet.dense %x, %w : (tensor<8x12xf32>, tensor<3x12xf32>) -> tensor<8x3xf32>
  %1 = qnet.bias %0, %b : (tensor<8x3xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  %2 = qnet.batch_norm "bn" %1, %s, %t : (tensor<8x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<8x3xf32>
  qnet.return %2 : tensor<8x3xf32>
}
qnet.training @tiny of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.exponential_decay<rate = 0.02, factor = 0.9>, seed = 5 : i32
}
