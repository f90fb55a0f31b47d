// An MLP with binary weights for MNIST: 784-1024-1024-10.
//
//   qnet-compile examples/mnist-mlp.mlir -o trainer
//   ./trainer train --data=synthetic --epochs=10
//
// Each layer is a product with a matrix of weights from {-1, +1}, a batch
// normalization and a relu. The last layer has a batch normalization too: its sums
// of 1024 numbers would be far too large for a softmax otherwise.
//
// All weight matrices are on the grid. examples/mnist-mlp-paper.mlir keeps the first
// and the last one in full precision, as the paper's experiments do.

qnet.model @mlp(%inputs: tensor<128x784xf32>) -> tensor<128x10xf32> {
  // Weights are [outputs, inputs]. `grid` says which values they may take; the rule
  // of the training below says when they are rounded and what is stored.
  %fc1.weight = qnet.parameter "fc1.weight" init(#qnet.glorot)
      grid(#qnet.binary<1.0>) : tensor<1024x784xf32>
  %bn1.scale = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<1024xf32>
  %bn1.shift = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<1024xf32>
  %h1 = qnet.dense %inputs, %fc1.weight
      : (tensor<128x784xf32>, tensor<1024x784xf32>) -> tensor<128x1024xf32>
  %n1 = qnet.batch_norm "bn1" %h1, %bn1.scale, %bn1.shift
      : (tensor<128x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<128x1024xf32>
  %a1 = qnet.relu %n1 : tensor<128x1024xf32>

  %fc2.weight = qnet.parameter "fc2.weight" init(#qnet.glorot)
      grid(#qnet.binary<1.0>) : tensor<1024x1024xf32>
  %bn2.scale = qnet.parameter "bn2.scale" init(#qnet.constant<1.0>) : tensor<1024xf32>
  %bn2.shift = qnet.parameter "bn2.shift" init(#qnet.constant<0.0>) : tensor<1024xf32>
  %h2 = qnet.dense %a1, %fc2.weight
      : (tensor<128x1024xf32>, tensor<1024x1024xf32>) -> tensor<128x1024xf32>
  %n2 = qnet.batch_norm "bn2" %h2, %bn2.scale, %bn2.shift
      : (tensor<128x1024xf32>, tensor<1024xf32>, tensor<1024xf32>) -> tensor<128x1024xf32>
  %a2 = qnet.relu %n2 : tensor<128x1024xf32>

  %fc3.weight = qnet.parameter "fc3.weight" init(#qnet.glorot)
      grid(#qnet.binary<1.0>) : tensor<10x1024xf32>
  %bn3.scale = qnet.parameter "bn3.scale" init(#qnet.constant<1.0>) : tensor<10xf32>
  %bn3.shift = qnet.parameter "bn3.shift" init(#qnet.constant<0.0>) : tensor<10xf32>
  %h3 = qnet.dense %a2, %fc3.weight
      : (tensor<128x1024xf32>, tensor<10x1024xf32>) -> tensor<128x10xf32>
  %logits = qnet.batch_norm "bn3" %h3, %bn3.scale, %bn3.shift
      : (tensor<128x10xf32>, tensor<10xf32>, tensor<10xf32>) -> tensor<128x10xf32>
  qnet.return %logits : tensor<128x10xf32>
}

// Rules: #qnet.full, #qnet.r, #qnet.sr, #qnet.bc (BinaryConnect). Changing the rule is
// this one word, or `qnet-compile --rule=sr`.
qnet.training @mnist_mlp of @mlp {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.bc,
  optimizer = #qnet.adam,
  schedule = #qnet.exponential_decay<rate = 0.001, factor = 0.8>,
  seed = 1 : i32
}
