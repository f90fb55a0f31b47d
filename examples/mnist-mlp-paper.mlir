// The MLP of examples/mnist-mlp.mlir as the paper quantizes nets: the first and the
// last weight matrix stay in full precision, and so do the batch normalizations.
//
//   qnet-compile examples/mnist-mlp-paper.mlir -o trainer
//   ./trainer train --data=synthetic --epochs=10
//
// The float layers learn around whatever the binary one holds, so the rules differ
// little here. To see them differ, put all matrices on the grid.

qnet.model @mlp(%inputs: tensor<128x784xf32>) -> tensor<128x10xf32> {
  // No grid: f32, whatever the rule.
  %fc1.weight = qnet.parameter "fc1.weight" init(#qnet.glorot) : tensor<1024x784xf32>
  %bn1.scale = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<1024xf32>
  %bn1.shift = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<1024xf32>
  %h1 = qnet.dense %inputs, %fc1.weight
      : (tensor<128x784xf32>, tensor<1024x784xf32>) -> tensor<128x1024xf32>
  %n1 = qnet.batch_norm "bn1" %h1, %bn1.scale, %bn1.shift
      : (tensor<128x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<128x1024xf32>
  %a1 = qnet.relu %n1 : tensor<128x1024xf32>

  // The one matrix on the grid holds 56% of the weights. `rate_scale` is
  // BinaryConnect's: 1/sqrt(1.5/(inputs + outputs)).
  %fc2.weight = qnet.parameter "fc2.weight" init(#qnet.glorot)
      grid(#qnet.binary<1.0>) : tensor<1024x1024xf32>
  %bn2.scale = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<1024xf32>
  %bn2.shift = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<1024xf32>
  %h2 = qnet.dense %a1, %fc2.weight
      : (tensor<128x1024xf32>, tensor<1024x1024xf32>) -> tensor<128x1024xf32>
  %n2 = qnet.batch_norm "bn2" %h2, %bn2.scale, %bn2.shift
      : (tensor<128x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<128x1024xf32>
  %a2 = qnet.relu %n2 : tensor<128x1024xf32>

  %fc3.weight = qnet.parameter "fc3.weight" init(#qnet.glorot) : tensor<10x1024xf32>
  %bn3.scale = qnet.parameter "bn3.scale" init(#qnet.constant<1.0>) : tensor<10xf32>
  %bn3.shift = qnet.parameter "bn3.shift" init(#qnet.constant<0.0>) : tensor<10xf32>
  %h3 = qnet.dense %a2, %fc3.weight
      : (tensor<128x1024xf32>, tensor<10x1024xf32>) -> tensor<128x10xf32>
  %logits = qnet.batch_norm "bn3" %h3, %bn3.scale, %bn3.shift
      : (tensor<128x10xf32>, tensor<10xf32>, tensor<10xf32>) -> tensor<128x10xf32>
  qnet.return %logits : tensor<128x10xf32>
}

qnet.training @mnist_mlp_paper of @mlp {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.bc,
  optimizer = #qnet.adam,
  schedule = #qnet.exponential_decay<rate = 0.001, factor = 0.8>,
  seed = 1 : i32
}
