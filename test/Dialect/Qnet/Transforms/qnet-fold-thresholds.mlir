// RUN: qnet-opt --qnet-fold-thresholds %s | FileCheck %s

// 2 x + 1 >= 0 from -0.5 on; -2 x + 1 up to 0.5; a factor of 0 leaves the offset's sign.
// CHECK-LABEL: @sign_of_constants
// CHECK-DAG: %[[LOW:.*]] = arith.constant dense<[-5.000000e-01, 0xFF800000, -3.40282347E+38, 0x7FC00000]> : tensor<4xf32>
// CHECK-DAG: %[[HIGH:.*]] = arith.constant dense<[0x7F800000, 5.000000e-01, 3.40282347E+38, 0x7FC00000]> : tensor<4xf32>
// CHECK: qnet.threshold %{{.*}}, %[[LOW]], %[[HIGH]]
// CHECK-NOT: qnet.sign
func.func @sign_of_constants(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %f = arith.constant dense<[2.0, -2.0, 0.0, 0.0]> : tensor<4xf32>
  %o = arith.constant dense<[1.0, 1.0, 1.0, -1.0]> : tensor<4xf32>
  %y = qnet.scale_shift %x, %f, %o : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %z = qnet.sign %y : tensor<2x4xf32>
  return %z : tensor<2x4xf32>
}

// Unknown factors and absent resources stay.
// CHECK-LABEL: @unknown
// CHECK: qnet.sign
// CHECK: qnet.sign
func.func @unknown(%x: tensor<2x4xf32>, %f: tensor<4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %o = arith.constant dense_resource<nowhere> : tensor<4xf32>
  %y = qnet.scale_shift %x, %f, %f : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %z = qnet.sign %y : tensor<2x4xf32>
  %v = qnet.scale_shift %x, %o, %o : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %w = qnet.sign %v : tensor<2x4xf32>
  return %z, %w : tensor<2x4xf32>, tensor<2x4xf32>
}
