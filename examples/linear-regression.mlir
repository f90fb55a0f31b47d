// Linear regression with weights on a grid: 20 inputs, one target, squared error.
//
//   qnet-compile examples/linear-regression.mlir -o trainer
//   ./trainer train --data=synthetic --epochs=20
//
// The smallest training graph there is, and the setting of the paper's theorems: the
// loss is strongly convex, and the rate falls as 1/(mu (t + 1)).

qnet.model @linear(%inputs: tensor<32x20xf32>) -> tensor<32x1xf32> {
  // Multiples of 1/64 from -2 to 2 - 1/64, in 8 bits.
  %weight = qnet.parameter "weight" init(#qnet.constant<0.0>)
      grid(#qnet.uniform<8, 0.015625>) : tensor<1x20xf32>
  %bias = qnet.parameter "bias" init(#qnet.constant<0.0>) : tensor<1xf32>
  %product = qnet.dense %inputs, %weight
      : (tensor<32x20xf32>, tensor<1x20xf32>) -> tensor<32x1xf32>
  %outputs = qnet.bias %product, %bias
      : (tensor<32x1xf32>, tensor<1xf32>) -> tensor<32x1xf32>
  qnet.return %outputs : tensor<32x1xf32>
}

// SR keeps the weights on the grid only. Compare with --rule=r, which stalls once a
// step is shorter than half of 1/64, and with --rule='#qnet.bc<rounding =
// #qnet.stochastic>', whose latent weights converge.
qnet.training @linear_regression of @linear {
  loss = #qnet.mean_squared_error,
  rule = #qnet.sr,
  optimizer = #qnet.sgd,
  schedule = #qnet.inverse_decay<mu = 2.0>,
  seed = 1 : i32
}
