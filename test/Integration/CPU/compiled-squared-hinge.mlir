// Squared hinge, clipped gradients, a batch of 7 and a frozen parameter: compiled against
// interpreted.
// RUN: %python %S/../compare-with-interpreter.py %s
qnet.model @net(%x: tensor<7x19xf32>) -> tensor<7x3xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.uniform<3, 0.25>) : tensor<33x19xf32>
  %h = qnet.dense %x, %w1 : (tensor<7x19xf32>, tensor<33x19xf32>) -> tensor<7x33xf32>
  %b = qnet.parameter "fc1.bias" init(#qnet.constant<0.1>) frozen : tensor<33xf32>
  %a = qnet.bias %h, %b : (tensor<7x33xf32>, tensor<33xf32>) -> tensor<7x33xf32>
  %r = qnet.relu %a : tensor<7x33xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) : tensor<3x33xf32>
  %y = qnet.dense %r, %w2 : (tensor<7x33xf32>, tensor<3x33xf32>) -> tensor<7x3xf32>
  qnet.return %y : tensor<7x3xf32>
}
qnet.training @hinge of @net {
  loss = #qnet.squared_hinge, rule = #qnet.sr, optimizer = #qnet.momentum,
  schedule = #qnet.constant_rate<0.05>, clip_gradient = 0.01 : f32
}
