// A training under which no weight can move, for qnet-check-training.mlir.
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32> }
qnet.training @stalls of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.r, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<1.0e-3>
}
