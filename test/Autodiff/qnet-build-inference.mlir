// RUN: qnet-opt --qnet-build-training-step --qnet-build-inference %s > %t
// RUN: grep "func.func @fold" -A 20 %t | FileCheck %s --check-prefix=FOLD
// RUN: head -c 20000 %t | FileCheck %s --check-prefix=TEXT
// The rounding of latent weights and the normalization depend on the state only.
// FOLD: func.func @fold(
// FOLD-NOT: qnet.role
// FOLD-SAME: -> (tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"w", codes of "w">}, tensor<2xf32> {qnet.state = #qnet.state<"norm_1.factor", weights of "norm_1.factor">}, tensor<2xf32> {qnet.state = #qnet.state<"norm_1.offset", weights of "norm_1.offset">}, tensor<2xf32> {qnet.state = #qnet.state<"bias", weights of "bias">}) attributes {qnet.entry = "fold"}
// FOLD: %[[W:.*]] = qnet.encode
// FOLD: %[[F:.*]], %[[O:.*]] = qnet.batch_norm_fold
// FOLD: return %[[W]], %[[F]], %[[O]], %{{.*}} :

// The rest is text; names become those of resources. Inference drops nothing out
// and keeps no parameter that was folded away.
// TEXT: qnet.inference = "module
// TEXT-SAME: qnet.normalization = \22@NORMALIZATION@\22
// TEXT-SAME: func.func @predict(%inputs: tensor<4x3xf32>
// TEXT-SAME: qnet.packed_constant dense_resource<w> : tensor<1xi32> to tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>>
// TEXT-SAME: arith.constant dense_resource<norm_1.factor> : tensor<2xf32>
// TEXT-SAME: qnet.scale_shift
// TEXT-SAME: func.func @evaluate(
// TEXT-SAME: qnet.packed_constant dense_resource<w>
qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
  %s = qnet.parameter "s" init(#qnet.constant<1.0>) : tensor<2xf32>
  %t = qnet.parameter "t" init(#qnet.constant<0.0>) : tensor<2xf32>
  %b = qnet.parameter "bias" init(#qnet.constant<0.0>) : tensor<2xf32>
  %0 = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  %1 = qnet.batch_norm "norm 1" %0, %s, %t : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %2 = qnet.bias %1, %b : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  qnet.return %2 : tensor<4x2xf32>
}
qnet.training @t of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.bc, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
