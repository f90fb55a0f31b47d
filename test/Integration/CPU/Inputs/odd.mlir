// A net whose sizes are odd: no dimension but the batch is a multiple of a vector, and
// no grid fills its words.
qnet.model @net(%x: tensor<16x49xf32>) -> tensor<16x5xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) {rate_scale = 2.0 : f32} : tensor<37x49xf32>
  %h1 = qnet.dense %x, %w1 : (tensor<16x49xf32>, tensor<37x49xf32>) -> tensor<16x37xf32>
  %s = qnet.parameter "bn1.scale" init(#qnet.constant<1.0>) : tensor<37xf32>
  %b = qnet.parameter "bn1.shift" init(#qnet.constant<0.0>) : tensor<37xf32>
  %n = qnet.batch_norm "bn1" %h1, %s, %b : (tensor<16x37xf32>, tensor<37xf32>, tensor<37xf32>) -> tensor<16x37xf32>
  %r = qnet.relu %n : tensor<16x37xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.ternary<0.25>) : tensor<101x37xf32>
  %h2 = qnet.dense %r, %w2 : (tensor<16x37xf32>, tensor<101x37xf32>) -> tensor<16x101xf32>
  %r2 = qnet.relu %h2 : tensor<16x101xf32>
  %w3 = qnet.parameter "fc3.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.0625>) : tensor<5x101xf32>
  %y = qnet.dense %r2, %w3 : (tensor<16x101xf32>, tensor<5x101xf32>) -> tensor<16x5xf32>
  %b2 = qnet.parameter "fc3.bias" init(#qnet.constant<0.0>) : tensor<5xf32>
  %z = qnet.bias %y, %b2 : (tensor<16x5xf32>, tensor<5xf32>) -> tensor<16x5xf32>
  qnet.return %z : tensor<16x5xf32>
}
qnet.training @odd of @net {
  loss = #qnet.softmax_cross_entropy,
  rule = #qnet.sr,
  optimizer = #qnet.adam<beta2 = 0.99>,
  schedule = #qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [1, 2]>
}
