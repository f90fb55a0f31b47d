// REQUIRES: mnist-data
// One epoch of BinaryConnect on MNIST learns.
// RUN: qnet-compile %s -o trainer
// RUN: ./trainer train --data=%data --epochs=1 --checkpoint=bc.st --log=log
// RUN: ./trainer eval --data=%data --checkpoint=bc.st
// RUN: %python -c "import json; error = json.loads(open('log').readline())['test_error']; assert error < 0.06, error"
qnet.model @mlp(%x: tensor<100x784xf32>) -> tensor<100x10xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<256x784xf32>
  %h1 = qnet.dense %x, %w1 : (tensor<100x784xf32>, tensor<256x784xf32>) -> tensor<100x256xf32>
  %s1 = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<256xf32>
  %b1 = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<256xf32>
  %n1 = qnet.batch_norm "bn1" %h1, %s1, %b1 : (tensor<100x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<100x256xf32>
  %r1 = qnet.relu %n1 : tensor<100x256xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<10x256xf32>
  %h2 = qnet.dense %r1, %w2 : (tensor<100x256xf32>, tensor<10x256xf32>) -> tensor<100x10xf32>
  %s2 = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<10xf32>
  %b2 = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<10xf32>
  %n2 = qnet.batch_norm "bn2" %h2, %s2, %b2 : (tensor<100x10xf32>, tensor<10xf32>, tensor<10xf32>) -> tensor<100x10xf32>
  qnet.return %n2 : tensor<100x10xf32>
}
qnet.training @mnist_bc of @mlp {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.003>
}
