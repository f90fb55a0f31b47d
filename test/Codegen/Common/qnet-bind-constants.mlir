// RUN: qnet-opt --qnet-bind-constants %s | FileCheck %s

// Both entries take every constant once, in one order; splats stay.
// CHECK: qnet.constants = dense<{{.*}}> : tensor<128xi8>
// CHECK: func.func @predict(%[[W:[a-z0-9]+]]: tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"cafe", codes of "cafe">}, %[[C:[a-z0-9]+]]: tensor<2xf32> {qnet.state = #qnet.state<"constant1", weights of "constant1">}, %[[X:[a-z0-9]+]]: tensor<4x3xf32>
// CHECK: arith.constant dense<1.000000e+00> : tensor<2xf32>
// CHECK: qnet.dense %[[X]], %[[W]]
// CHECK: func.func @evaluate(%{{.*}}: tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"cafe", codes of "cafe">}, %{{.*}}: tensor<2xf32> {qnet.state = #qnet.state<"constant1", weights of "constant1">}
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
