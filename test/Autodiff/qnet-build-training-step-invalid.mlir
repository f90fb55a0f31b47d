// RUN: qnet-opt %s -split-input-file -verify-diagnostics -qnet-build-training-step

qnet.model @no_op_on_the_way_lacks_an_adjoint(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  // expected-error @+1 {{'arith.negf' op has no adjoint; training needs one for every op between a parameter and the loss}}
  %z = arith.negf %y : tensor<4x2xf32>
  qnet.return %z : tensor<4x2xf32>
}
qnet.training @t of @no_op_on_the_way_lacks_an_adjoint {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @slices_have_no_adjoint(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<3x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32>
  // expected-error @+1 {{'tensor.extract_slice' op has no adjoint}}
  %z = tensor.extract_slice %y[0, 0] [4, 2] [1, 1] : tensor<4x3xf32> to tensor<4x2xf32>
  qnet.return %z : tensor<4x2xf32>
}
qnet.training @t of @slices_have_no_adjoint {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @inference_norms_have_no_adjoint(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %s = qnet.parameter "s" init(#qnet.constant<1.0>) : tensor<3xf32>
  // expected-error @+1 {{'qnet.scale_shift' op has no adjoint}}
  %y = qnet.scale_shift %x, %s, %s
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @inference_norms_have_no_adjoint {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

// expected-error @+1 {{expected outputs of rank 2 for training, got 'tensor<4xf32>'}}
qnet.model @outputs_are_a_matrix(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<4xf32>
  %y = qnet.add %x, %w : tensor<4xf32>
  qnet.return %y : tensor<4xf32>
}
qnet.training @t of @outputs_are_a_matrix {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

// expected-error @+1 {{'qnet.model' op has no parameter to train}}
qnet.model @something_is_trained(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) frozen : tensor<3xf32>
  %y = qnet.bias %x, %w : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @something_is_trained {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<3xf32>
  %y = qnet.bias %x, %w : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
// expected-note @+1 {{the first is here}}
qnet.training @one of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}
// expected-error @+1 {{expected one qnet.training in the module, got another}}
qnet.training @another of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

// expected-error @+1 {{expected a qnet.training op, found none}}
module {
  func.func private @no_training()
}

// -----

qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<3xf32>
  %y = qnet.bias %x, %w : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
// expected-error @+1 {{expected its name to be a C identifier, got 'my net'}}
qnet.training @"my net" of @m {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @two_outputs(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-error @+1 {{has a loss that does not fit: expected one output per sample, the margin, got 'tensor<4x2xf32>'}}
qnet.training @t of @two_outputs {
  loss = #qnet.logistic, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

// expected-note @+1 {{the model with this batch}}
qnet.model @micro_batches_divide_the_batch(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<2x3xf32>
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  qnet.return %y : tensor<4x2xf32>
}
// expected-error @+1 {{expected micro_batch to divide the batch of 4, got 3}}
qnet.training @t of @micro_batches_divide_the_batch {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>,
  micro_batch = 3 : i64
}

// -----

// expected-error @+1 {{expected inputs and outputs of the same batch size, got 2 and 4}}
qnet.model @a_parameter_of_the_whole_batch(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.glorot) : tensor<4x3xf32>
  %y = qnet.add %w, %x : tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}
qnet.training @t of @a_parameter_of_the_whole_batch {
  loss = #qnet.softmax_cross_entropy, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>,
  micro_batch = 2 : i64
}
