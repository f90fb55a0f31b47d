// Two dense layers of odd sizes on two grids, and a bias in f32: quick to compile.
qnet.model @net(%x: tensor<12x23xf32>) -> tensor<12x5xf32> {
  %w1 = qnet.parameter "fc1.weight" init(#qnet.glorot) grid(#qnet.binary<0.25>) {rate_scale = 2.0 : f32} : tensor<37x23xf32>
  %b1 = qnet.parameter "fc1.bias" init(#qnet.constant<0.0>) : tensor<37xf32>
  %h1 = qnet.dense %x, %w1 : (tensor<12x23xf32>, tensor<37x23xf32>) -> tensor<12x37xf32>
  %a1 = qnet.bias %h1, %b1 : (tensor<12x37xf32>, tensor<37xf32>) -> tensor<12x37xf32>
  %r1 = qnet.relu %a1 : tensor<12x37xf32>
  %w2 = qnet.parameter "fc2.weight" init(#qnet.glorot) grid(#qnet.uniform<4, 0.0625>) : tensor<5x37xf32>
  %y = qnet.dense %r1, %w2 : (tensor<12x37xf32>, tensor<5x37xf32>) -> tensor<12x5xf32>
  qnet.return %y : tensor<12x5xf32>
}
qnet.training @small of @net {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<0.02>
}
