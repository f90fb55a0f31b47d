// A resource that is absent, and one of another size than its type.
// RUN: sed "s/cafe: .*/other: \"0x0400000000000000\"/" %s | not qnet-opt --qnet-bind-constants 2>&1 | FileCheck --check-prefix=ABSENT %s
// RUN: sed "s/0x0400000015/0x04000000150000001500/" %s | not qnet-opt --qnet-bind-constants 2>&1 | FileCheck --check-prefix=SIZE %s
// ABSENT: error: expected the file to hold the resource 'cafe'
// SIZE: error: expected the resource 'cafe' to have 4 bytes, got
module attributes {qnet.program = {name = "m", rule = "bc", optimizer = "sgd", schedule = "c", seed = 1, batch = 4, classes = 2, parameters = []}} {
  func.func @predict(%x: tensor<4x3xf32> {qnet.role = "inputs"}) -> (tensor<4x2xf32> {qnet.role = "outputs"}) attributes {qnet.entry = "predict"} {
    %w = qnet.packed_constant dense_resource<cafe> : tensor<1xi32> to tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
    %b = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %one = arith.constant dense<1.0> : tensor<2xf32>
    %0 = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32>
    %1 = qnet.scale_shift %0, %one, %b : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    return %1 : tensor<4x2xf32>
  }
  func.func @evaluate(%x: tensor<4x3xf32> {qnet.role = "inputs"}, %labels: tensor<4xi32> {qnet.role = "labels"}) -> (tensor<4xf32> {qnet.role = "losses"}, tensor<4xi32> {qnet.role = "predictions"}) attributes {qnet.entry = "evaluate"} {
    %w = qnet.packed_constant dense_resource<cafe> : tensor<1xi32> to tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
    %0 = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32>
    %1 = qnet.softmax_cross_entropy %0, %labels : (tensor<4x2xf32>, tensor<4xi32>) -> tensor<4xf32>
    %2 = qnet.argmax %0 : (tensor<4x2xf32>) -> tensor<4xi32>
    return %1, %2 : tensor<4xf32>, tensor<4xi32>
  }
}

{-#
  dialect_resources: {
    builtin: {
      cafe: "0x0400000015000000"
    }
  }
#-}
