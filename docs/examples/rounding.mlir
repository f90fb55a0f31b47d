// Values that clamp, tie at zero, and go to their nearest level.
func.func @rounding() -> tensor<3xf32> {
  %w = arith.constant dense<[-0.2, 0.0, 7.0]> : tensor<3xf32>
  %q = qnet.round %w to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<3xf32>
  return %q : tensor<3xf32>
}
