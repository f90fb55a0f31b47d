// The outputs are the loss: a model that gives f(w) = w w - 6 w + 9 for every sample, with
// frozen given values, is minimized at w = 3. Compiled against interpreted.
// RUN: %python %S/../compare-with-interpreter.py %s
// RUN: qnet-compile %s -o toy
// RUN: ./toy train --data=synthetic --train-samples=200 --test-samples=2 --epochs=1 --quiet --checkpoint=toy.st --overwrite
// RUN: ./toy predict --data=synthetic --test-samples=2 --checkpoint=toy.st | FileCheck %s
// CHECK: {{^0,(0|-?[0-9.]+e-0[5-9])(,|$)}}
qnet.model @square(%x: tensor<2x1xf32>) -> tensor<2x1xf32> {
  %none = qnet.parameter "none" init(#qnet.constant<0.0>) frozen : tensor<1x1xf32>
  %slope = qnet.parameter "slope" init(#qnet.values<dense<[[-6.0]]> : tensor<1x1xf32>>) frozen : tensor<1x1xf32>
  %offset = qnet.parameter "offset" init(#qnet.values<dense<9.0> : tensor<1xf32>>) frozen : tensor<1xf32>
  %w = qnet.parameter "w" init(#qnet.constant<0.0>) : tensor<1x1xf32>
  // w for every sample, whatever the sample.
  %zero = qnet.dense %x, %none : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %wb = qnet.reshape %w : tensor<1x1xf32> to tensor<1xf32>
  %u = qnet.bias %zero, %wb : (tensor<2x1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  %square = qnet.dense %u, %w : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %line = qnet.dense %u, %slope : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %sum = qnet.add %square, %line : tensor<2x1xf32>
  %y = qnet.bias %sum, %offset : (tensor<2x1xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  qnet.return %y : tensor<2x1xf32>
}
qnet.training @toy of @square {
  loss = #qnet.mean_output, rule = #qnet.full, optimizer = #qnet.sgd,
  schedule = #qnet.constant_rate<0.1>
}
