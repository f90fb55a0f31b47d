// Batch norms before signs, so that an exported net has thresholds; odd sizes, so
// that the last words of codes and the last batch are partial.
qnet.model @net(%x: tensor<24x784xf32>) -> tensor<24x10xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<37x784xf32>
  %s1 = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<37xf32>
  %b1 = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<37xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.ternary<0.5>) : tensor<10x37xf32>
  %s2 = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<10xf32>
  %b2 = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<10xf32>
  %0 = qnet.dense %x, %w1 : (tensor<24x784xf32>, tensor<37x784xf32>) -> tensor<24x37xf32>
  %1 = qnet.batch_norm "bn1" %0, %s1, %b1 : (tensor<24x37xf32>, tensor<37xf32>, tensor<37xf32>) -> tensor<24x37xf32>
  %2 = qnet.sign %1 : tensor<24x37xf32>
  %3 = qnet.dense %2, %w2 : (tensor<24x37xf32>, tensor<10x37xf32>) -> tensor<24x10xf32>
  %4 = qnet.batch_norm "bn2" %3, %s2, %b2 : (tensor<24x10xf32>, tensor<10xf32>, tensor<10xf32>) -> tensor<24x10xf32>
  qnet.return %4 : tensor<24x10xf32>
}
qnet.training @signs of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.adam, schedule = #qnet.constant_rate<0.001>
}
