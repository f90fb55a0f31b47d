// RUN: qnet-opt --qnet-fold-thresholds -verify-diagnostics %s

// Factors whose resource has another size than their type.
func.func @two_values_for_four(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // expected-error @+1 {{expected the resource 'short' to have 16 bytes, got 8}}
  %f = arith.constant dense_resource<short> : tensor<4xf32>
  %y = qnet.scale_shift %x, %f, %f : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %z = qnet.sign %y : tensor<2x4xf32>
  return %z : tensor<2x4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      short: "0x040000000000803F0000803F"
    }
  }
#-}
