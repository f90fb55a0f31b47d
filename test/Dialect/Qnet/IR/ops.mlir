// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -emit-bytecode | qnet-opt | FileCheck %s
//
// Every op reads back as it was written: text, generic form, bytecode.
// attributes.mlir does the same for attributes.

// CHECK-LABEL: qnet.model @model_with_parameters(%{{.*}}: tensor<4x3xf32>) -> tensor<4x2xf32>
qnet.model @model_with_parameters(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // CHECK: qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<1.000000e+00>) {rate_scale = 2.000000e+00 : f32} : tensor<2x3xf32>
  %w = qnet.parameter "fc.weight" init(#qnet.glorot) grid(#qnet.binary<1.0>) {rate_scale = 2.0 : f32} : tensor<2x3xf32>
  // CHECK: qnet.parameter "bn.scale" init(#qnet.constant<1.000000e+00>) frozen : tensor<2xf32>
  %s = qnet.parameter "bn.scale" init(#qnet.constant<1.0>) frozen : tensor<2xf32>
  // CHECK: qnet.parameter "bn.shift" init(#qnet.he) : tensor<2xf32>
  %b = qnet.parameter "bn.shift" init(#qnet.he) : tensor<2xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  // CHECK: qnet.batch_norm "bn" %{{.*}}, %{{.*}}, %{{.*}} {epsilon = 1.000000e-03 : f32} :
  %n = qnet.batch_norm "bn" %y, %s, %b {epsilon = 1.0e-3 : f32} : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  // CHECK: qnet.return %{{.*}} : tensor<4x2xf32>
  qnet.return %n : tensor<4x2xf32>
}

// CHECK-LABEL: qnet.training @training of @model_with_parameters
// CHECK-SAME: clip_gradient = 1.000000e+00 : f32
// CHECK-SAME: loss = #qnet.softmax_cross_entropy
// CHECK-SAME: optimizer = #qnet.adam
// CHECK-SAME: rule = #qnet.sr
// CHECK-SAME: schedule = #qnet.constant_rate<1.000000e-03>
// CHECK-SAME: seed = 7 : i32
qnet.training @training of @model_with_parameters {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.sr, optimizer = #qnet.adam,
  schedule = #qnet.constant_rate<1.0e-3>, seed = 7 : i32, clip_gradient = 1.0 : f32
}

// CHECK-LABEL: func.func @layers
func.func @layers(%x: tensor<4x3xf32>, %w: tensor<2x3xf32>, %c: tensor<2x3x!qnet.q<#qnet.binary<1.0>>>,
                  %b: tensor<2xf32>, %b3: tensor<3xf32>, %dy: tensor<4x2xf32>) {
  // CHECK: qnet.dense %{{.*}}, %{{.*}} : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  %0 = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  // CHECK: qnet.dense %{{.*}}, %{{.*}} : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>>) -> tensor<4x2xf32>
  %1 = qnet.dense %x, %c : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32>
  // CHECK: qnet.dense_input_grad %{{.*}}, %{{.*}} : (tensor<4x2xf32>, tensor<2x3x!qnet.q<{{.*}}>>) -> tensor<4x3xf32>
  %2 = qnet.dense_input_grad %dy, %c : (tensor<4x2xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x3xf32>
  // CHECK: qnet.dense_weight_grad %{{.*}}, %{{.*}} : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  %3 = qnet.dense_weight_grad %dy, %x : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  // CHECK: qnet.bias %{{.*}}, %{{.*}} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %4 = qnet.bias %0, %b : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  // CHECK: qnet.bias_grad %{{.*}} : (tensor<4x2xf32>) -> tensor<2xf32>
  %5 = qnet.bias_grad %dy : (tensor<4x2xf32>) -> tensor<2xf32>
  // CHECK: qnet.relu %{{.*}} : tensor<4x2xf32>
  %6 = qnet.relu %4 : tensor<4x2xf32>
  // CHECK: qnet.relu_grad %{{.*}}, %{{.*}} : tensor<4x2xf32>
  %7 = qnet.relu_grad %dy, %6 : tensor<4x2xf32>
  // CHECK: qnet.add %{{.*}}, %{{.*}} : tensor<4x2xf32>
  %8 = qnet.add %6, %7 : tensor<4x2xf32>
  return
}

// CHECK-LABEL: func.func @batch_norms
func.func @batch_norms(%x: tensor<4x3xf32>, %c: tensor<3xf32>) {
  // CHECK: qnet.batch_norm_train %{{.*}} {epsilon = 9.99999974E-6 : f32} : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  %y, %mean, %var, %inv = qnet.batch_norm_train %x, %c, %c {epsilon = 1.0e-5 : f32}
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  // CHECK: %factor, %offset = qnet.batch_norm_fold %{{.*}} {epsilon = 9.99999974E-6 : f32} : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %f, %o = qnet.batch_norm_fold %c, %c, %mean, %var {epsilon = 1.0e-5 : f32}
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  // CHECK: qnet.scale_shift %{{.*}}, %factor, %offset : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %z = qnet.scale_shift %x, %f, %o
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  // CHECK: qnet.threshold %{{.*}}, %factor, %offset : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  %t = qnet.threshold %x, %f, %o
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  // CHECK: qnet.packed_constant dense<9> : tensor<1xi32> to tensor<2x2x!qnet.q<#qnet.binary<1.000000e+00>>>
  %p = qnet.packed_constant dense<9> : tensor<1xi32> to tensor<2x2x!qnet.q<#qnet.binary<1.0>>>
  // CHECK: qnet.packed_constant dense_resource<w> : tensor<2xi32> to tensor<3x20x!qnet.q<#qnet.binary<1.000000e+00>>>
  %q = qnet.packed_constant dense_resource<w> : tensor<2xi32> to tensor<3x20x!qnet.q<#qnet.binary<1.0>>>
  // CHECK: qnet.batch_norm_grad %{{.*}} : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  %dx, %ds, %db = qnet.batch_norm_grad %y, %x, %c, %mean, %inv
      : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  // CHECK: qnet.running_average %{{.*}}, %{{.*}} {correction = 1.000000e+00 : f32, momentum = 0.899999976 : f32} : tensor<3xf32>
  %r = qnet.running_average %c, %mean {momentum = 0.9 : f32, correction = 1.0 : f32} : tensor<3xf32>
  return
}

// CHECK-LABEL: func.func @losses
func.func @losses(%y: tensor<4x3xf32>, %labels: tensor<4xi32>, %t: tensor<4x3xf32>, %dl: tensor<4xf32>) {
  // CHECK: qnet.softmax_cross_entropy %{{.*}}, %{{.*}} : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  %0 = qnet.softmax_cross_entropy %y, %labels : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  // CHECK: qnet.softmax_cross_entropy_grad %{{.*}} : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  %1 = qnet.softmax_cross_entropy_grad %dl, %y, %labels : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  // CHECK: qnet.squared_hinge %{{.*}} : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  %2 = qnet.squared_hinge %y, %labels : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  // CHECK: qnet.squared_hinge_grad %{{.*}} : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  %3 = qnet.squared_hinge_grad %dl, %y, %labels : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  // CHECK: qnet.mean_squared_error %{{.*}} : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4xf32>
  %4 = qnet.mean_squared_error %y, %t : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4xf32>
  // CHECK: qnet.mean_squared_error_grad %{{.*}} : (tensor<4xf32>, tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  %5 = qnet.mean_squared_error_grad %dl, %y, %t : (tensor<4xf32>, tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  // CHECK: qnet.argmax %{{.*}} : (tensor<4x3xf32>) -> tensor<4xi32>
  %6 = qnet.argmax %y : (tensor<4x3xf32>) -> tensor<4xi32>
  return
}

// CHECK-LABEL: func.func @rounding_on_tensors_vectors_scalars
func.func @rounding_on_tensors_vectors_scalars(%t: tensor<8xf32>, %r: tensor<8xi32>, %v: vector<4xf32>, %rv: vector<4xi32>, %s: f32) {
  // CHECK: qnet.round %{{.*}} to(#qnet.ternary<5.000000e-01>) by(#qnet.deterministic) : tensor<8xf32>
  %0 = qnet.round %t to(#qnet.ternary<0.5>) by(#qnet.deterministic) : tensor<8xf32>
  // CHECK: qnet.round %{{.*}} to(#qnet.uniform<4, 2.500000e-01>) by(#qnet.stochastic<8>) random %{{.*}} : vector<4xf32>
  %1 = qnet.round %v to(#qnet.uniform<4, 0.25>) by(#qnet.stochastic<8>) random %rv : vector<4xf32>
  // CHECK: qnet.encode %{{.*}} by(#qnet.stochastic) random %{{.*}} : tensor<8xf32> to tensor<8x!qnet.q<#qnet.binary<1.000000e+00>>>
  %2 = qnet.encode %t by(#qnet.stochastic) random %r : tensor<8xf32> to tensor<8x!qnet.q<#qnet.binary<1.0>>>
  // CHECK: %[[CODE:.*]] = qnet.encode %{{.*}} by(#qnet.deterministic) : f32 to !qnet.q<#qnet.binary<1.000000e+00>>
  %3 = qnet.encode %s by(#qnet.deterministic) : f32 to !qnet.q<#qnet.binary<1.0>>
  // CHECK: qnet.decode %[[CODE]] : !qnet.q<#qnet.binary<1.000000e+00>> to f32
  %4 = qnet.decode %3 : !qnet.q<#qnet.binary<1.0>> to f32
  // CHECK: %[[N:.*]] = qnet.from_code %[[CODE]] : !qnet.q<#qnet.binary<1.000000e+00>> to i32
  %5 = qnet.from_code %3 : !qnet.q<#qnet.binary<1.0>> to i32
  // CHECK: qnet.to_code %[[N]] : i32 to !qnet.q<#qnet.binary<1.000000e+00>>
  %6 = qnet.to_code %5 : i32 to !qnet.q<#qnet.binary<1.0>>
  return
}

// CHECK-LABEL: func.func @random_bits_of_an_element_and_of_a_tensor
func.func @random_bits_of_an_element_and_of_a_tensor(%seed: i32, %step: i32, %i: index) {
  // CHECK: qnet.random_bits update of 3 seed %{{.*}} step %{{.*}} at %{{.*}} {bits = 16 : i32} : i32
  %0 = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
  // CHECK: qnet.random_bits forward of 0 seed %{{.*}} step %{{.*}} {bits = 8 : i32} : tensor<2x4xi32>
  %1 = qnet.random_bits forward of 0 seed %seed step %step {bits = 8 : i32} : tensor<2x4xi32>
  // CHECK: qnet.random_bits initialization of 0
  %2 = qnet.random_bits initialization of 0 seed %seed step %step {bits = 24 : i32} : tensor<2xi32>
  // CHECK: qnet.random_bits update of 0 + %{{.*}} seed %{{.*}} step %{{.*}} at %{{.*}} {bits = 16 : i32} : i32
  %based = qnet.random_bits update of 0 + %step seed %seed step %step at %i {bits = 16 : i32} : i32
  // CHECK: qnet.initial_value of 2 seed %{{.*}} by(#qnet.glorot) : tensor<4x3xf32>
  %3 = qnet.initial_value of 2 seed %seed by(#qnet.glorot) : tensor<4x3xf32>
  return
}

// CHECK-LABEL: func.func @updates
func.func @updates(%w: tensor<2x3xf32>, %c: tensor<2x3x!qnet.q<#qnet.binary<1.0>>>, %g: tensor<2x3xf32>,
                   %f: tensor<2xi32>, %rate: f32, %seed: i32, %step: i32) {
  // CHECK: qnet.update "w" of 0 %{{.*}}, %{{.*}} flags %{{.*}} rate %{{.*}} seed %{{.*}} step %{{.*}} by(#qnet.full) with(#qnet.sgd) {clip_gradient = 5.000000e-01 : f32} : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xi32>{{$}}
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) {clip_gradient = 0.5 : f32} : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xi32>
  // CHECK: qnet.update "c" of 1 %{{.*}}, %{{.*}} slots(%{{.*}}, %{{.*}}) flags %{{.*}} by(#qnet.sr) with(#qnet.adam) grid(#qnet.binary<1.000000e+00>) {rate_scale = 2.000000e+00 : f32} : tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>>, tensor<2x3xf32>, tensor<2xi32>, 2
  %c1, %m1, %v1, %f2 = qnet.update "c" of 1 %c, %g slots(%g, %g) flags %f1 rate %rate seed %seed step %step
      by(#qnet.sr) with(#qnet.adam) grid(#qnet.binary<1.0>) {rate_scale = 2.0 : f32}
      : tensor<2x3x!qnet.q<#qnet.binary<1.0>>>, tensor<2x3xf32>, tensor<2xi32>, 2
  return
}

// CHECK-LABEL: func.func @words_and_parallel_loops
func.func @words_and_parallel_loops(%runtime: !llvm.ptr, %n: index, %m: memref<10x10x!qnet.q<#qnet.binary<1.0>>>) {
  // CHECK: %[[W:.*]] = qnet.words %{{.*}} : memref<10x10x!qnet.q<#qnet.binary<1.000000e+00>>> to memref<4xi32>
  %w = qnet.words %m : memref<10x10x!qnet.q<#qnet.binary<1.0>>> to memref<4xi32>
  // CHECK: qnet.parallel_for @loop(%{{.*}} : !llvm.ptr, %{{.*}}) captures(%[[W]] : memref<4xi32>)
  qnet.parallel_for @loop(%runtime : !llvm.ptr, %n) captures(%w : memref<4xi32>)
  return
}
func.func private @loop(memref<4xi32>, index, index)

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: tensor<2x3x!qnet.q<#qnet.binary<1.000000e+00>>> {qnet.state = #qnet.state<"w", codes of "w">}
// CHECK-SAME: qnet.role = "inputs"
// CHECK-SAME: qnet.entry = "train_step"
func.func @train_step(%c: tensor<2x3x!qnet.q<#qnet.binary<1.0>>> {qnet.state = #qnet.state<"w", codes of "w">},
                      %x: tensor<4x3xf32> {qnet.role = "inputs"}) attributes {qnet.entry = "train_step"} {
  return
}

// CHECK-LABEL: qnet.model @model_with_dropout
qnet.model @model_with_dropout(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // CHECK: qnet.dropout %{{.*}} {probability = 2.000000e-01 : f32} : tensor<4x3xf32>
  %d = qnet.dropout %x {probability = 0.2 : f32} : tensor<4x3xf32>
  // CHECK: qnet.parameter "w" init(#qnet.values<dense<{{\[\[}}1.000000e+00, 2.000000e+00, 3.000000e+00], [-1.000000e+00, 0.000000e+00, 5.000000e-01]]> : tensor<2x3xf32>>) frozen : tensor<2x3xf32>
  %w = qnet.parameter "w" init(#qnet.values<dense<[[1.0, 2.0, 3.0], [-1.0, 0.0, 0.5]]> : tensor<2x3xf32>>) frozen : tensor<2x3xf32>
  %y = qnet.dense %d, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}

// CHECK-LABEL: func.func @dropout_of_a_step
func.func @dropout_of_a_step(%x: tensor<4x3xf32>, %seed: i32, %step: i32, %first: index) {
  // CHECK: qnet.dropout_train of 0 %{{.*}} seed %{{.*}} step %{{.*}} {probability = 5.000000e-01 : f32} : tensor<4x3xf32>
  %0 = qnet.dropout_train of 0 %x seed %seed step %step {probability = 0.5 : f32} : tensor<4x3xf32>
  // CHECK: qnet.dropout_train of 1 %{{.*}} seed %{{.*}} step %{{.*}} first %{{.*}} {probability = 0.000000e+00 : f32} : tensor<4x3xf32>
  %1 = qnet.dropout_train of 1 %x seed %seed step %step first %first {probability = 0.0 : f32} : tensor<4x3xf32>
  // CHECK: qnet.random_bits dropout of 1
  %2 = qnet.random_bits dropout of 1 seed %seed step %step {bits = 24 : i32} : tensor<4x3xi32>
  return
}

// CHECK-LABEL: func.func @losses_of_outputs
func.func @losses_of_outputs(%y: tensor<4x1xf32>, %labels: tensor<4xi32>, %dl: tensor<4xf32>) {
  // CHECK: qnet.logistic %{{.*}}, %{{.*}} : (tensor<4x1xf32>, tensor<4xi32>) -> tensor<4xf32>
  %0 = qnet.logistic %y, %labels : (tensor<4x1xf32>, tensor<4xi32>) -> tensor<4xf32>
  // CHECK: qnet.logistic_grad %{{.*}}, %{{.*}}, %{{.*}} : (tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>) -> tensor<4x1xf32>
  %1 = qnet.logistic_grad %dl, %y, %labels : (tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>) -> tensor<4x1xf32>
  // CHECK: qnet.is_positive %{{.*}} : (tensor<4x1xf32>) -> tensor<4xi32>
  %2 = qnet.is_positive %y : (tensor<4x1xf32>) -> tensor<4xi32>
  // CHECK: qnet.sum_outputs %{{.*}} : (tensor<4x1xf32>) -> tensor<4xf32>
  %3 = qnet.sum_outputs %y : (tensor<4x1xf32>) -> tensor<4xf32>
  // CHECK: qnet.sum_outputs_grad %{{.*}} : (tensor<4xf32>) -> tensor<4x3xf32>
  %4 = qnet.sum_outputs_grad %dl : (tensor<4xf32>) -> tensor<4x3xf32>
  return
}
