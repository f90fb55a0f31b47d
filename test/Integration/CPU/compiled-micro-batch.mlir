// A net with batch normalization in micro-batches: compiled against interpreted. The
// statistics go on from micro-batch to micro-batch.
// RUN: %python %S/../compare-with-interpreter.py %s
// RUN: %python %S/../compare-with-interpreter.py %s --rule=sr
qnet.model @net(%x: tensor<24x20xf32>) -> tensor<24x5xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) : tensor<17x20xf32>
  %p1 = qnet.dense %x, %w1 : (tensor<24x20xf32>, tensor<17x20xf32>) -> tensor<24x17xf32>
  %s = qnet.parameter "bn.scale" init(#qnet.constant<1.0>) : tensor<17xf32>
  %b = qnet.parameter "bn.shift" init(#qnet.constant<0.0>) : tensor<17xf32>
  %n = qnet.batch_norm "bn" %p1, %s, %b : (tensor<24x17xf32>, tensor<17xf32>, tensor<17xf32>) -> tensor<24x17xf32>
  %h = qnet.relu %n : tensor<24x17xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) : tensor<5x17xf32>
  %y = qnet.dense %h, %w2 : (tensor<24x17xf32>, tensor<5x17xf32>) -> tensor<24x5xf32>
  qnet.return %y : tensor<24x5xf32>
}
qnet.training @normalized of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.005>, micro_batch = 8 : i64
}
