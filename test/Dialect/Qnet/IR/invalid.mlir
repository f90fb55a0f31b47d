// RUN: qnet-opt %s -split-input-file -verify-diagnostics
//
// Every check of a verifier, a parser or shape inference has one case here.

// Models ----------------------------------------------------------------------

// expected-error @+1 {{expected one argument and one result, got 2 and 1}}
qnet.model @a_model_has_one_argument(%x: tensor<4x3xf32>, %z: tensor<4x3xf32>) -> tensor<4x3xf32> {
  qnet.return %x : tensor<4x3xf32>
}

// -----

// expected-error @+1 {{expected tensors of f32 with static shape, got 'tensor<?x3xf32>'}}
qnet.model @shapes_are_static(%x: tensor<?x3xf32>) -> tensor<4x3xf32> {
  %w = qnet.parameter "w" init(#qnet.he) : tensor<4x3xf32>
  qnet.return %w : tensor<4x3xf32>
}

// -----

// expected-error @+1 {{expected tensors of f32 with static shape, got 'tensor<f32>'}}
qnet.model @a_batch_has_a_dimension(%x: tensor<f32>) -> tensor<f32> {
  %w = qnet.parameter "w" init(#qnet.he) : tensor<f32>
  qnet.return %w : tensor<f32>
}

// -----

// expected-error @+1 {{expected tensors of f32 with static shape, got 'tensor<0x3xf32>'}}
qnet.model @a_batch_is_not_empty(%x: tensor<0x3xf32>) -> tensor<0x3xf32> {
  qnet.return %x : tensor<0x3xf32>
}

// -----

// expected-error @+1 {{expected tensors of f32 with static shape, got 'i32'}}
qnet.model @inputs_are_tensors(%x: i32) -> i32 {
  %w = qnet.parameter "w" init(#qnet.he) : tensor<3xf32>
  qnet.return %w : tensor<3xf32>
}

// -----

// expected-error @+1 {{expected inputs and outputs of the same batch size, got 4 and 5}}
qnet.model @outputs_have_the_batch_of_the_inputs(%x: tensor<4x3xf32>) -> tensor<5x3xf32> {
  %w = qnet.parameter "w" init(#qnet.he) : tensor<5x3xf32>
  qnet.return %w : tensor<5x3xf32>
}

// -----

qnet.model @outputs_have_the_type_of_the_result(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  // expected-error @+1 {{expected a value of type 'tensor<4x2xf32>', got 'tensor<4x3xf32>'}}
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @parameter_names_are_unique(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-note @+1 {{first used here}}
  %w = qnet.parameter "w" init(#qnet.he) : tensor<3xf32>
  // expected-error @+1 {{expected a unique name, got 'w' again}}
  %v = qnet.parameter "w" init(#qnet.he) : tensor<3xf32>
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @statistics_and_parameters_share_their_names(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-note @+1 {{first used here}}
  %w = qnet.parameter "bn.mean" init(#qnet.he) : tensor<3xf32>
  // expected-error @+1 {{expected a unique name, got 'bn.mean' again}}
  %y = qnet.batch_norm "bn" %x, %w, %w : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}

// -----

qnet.model @parameters_have_names(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{expected a name, got an empty string}}
  %w = qnet.parameter "" init(#qnet.he) : tensor<3xf32>
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @rate_scales_are_positive(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{expected rate_scale to be positive and finite, got -1}}
  %w = qnet.parameter "w" init(#qnet.he) {rate_scale = -1.0 : f32} : tensor<3xf32>
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @parameters_have_elements(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{expected at least one element, got 'tensor<0x3xf32>'}}
  %w = qnet.parameter "w" init(#qnet.he) : tensor<0x3xf32>
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @parameters_are_f32(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{result #0 must be statically shaped tensor of 32-bit float values}}
  %w = qnet.parameter "w" init(#qnet.he) : tensor<3xf64>
  qnet.return %x : tensor<4x3xf32>
}

// -----

qnet.model @grids_are_grids(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{invalid kind of attribute specified}}
  %w = qnet.parameter "w" init(#qnet.he) grid(#qnet.sgd) : tensor<3xf32>
  qnet.return %x : tensor<4x3xf32>
}

// -----

// expected-error @+1 {{'qnet.parameter' op expects parent op 'qnet.model'}}
%w = qnet.parameter "w" init(#qnet.he) : tensor<3xf32>

// Trainings -------------------------------------------------------------------

// -----

// expected-error @+1 {{expected a qnet.model named 'nowhere', found none}}
qnet.training @the_model_exists of @nowhere {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

// expected-note @+1 {{this is what it names}}
func.func private @function()
// expected-error @+1 {{expected 'function' to be a qnet.model}}
qnet.training @the_model_is_a_model of @function {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @model(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  qnet.return %x : tensor<4x3xf32>
}
// expected-error @+1 {{expected clip_gradient to be positive and finite, got 0}}
qnet.training @clipping_is_positive of @model {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>,
  clip_gradient = 0.0 : f32
}

// -----

qnet.model @model(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  qnet.return %x : tensor<4x3xf32>
}
// expected-error @+1 {{expected micro_batch to be positive, got 0}}
qnet.training @micro_batches_have_samples of @model {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>,
  micro_batch = 0 : i64
}

// -----

qnet.model @model(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  qnet.return %x : tensor<4x3xf32>
}
// expected-error @+1 {{attribute 'rule' failed to satisfy constraint}}
qnet.training @a_rule_is_a_rule of @model {
  loss = #qnet.mean_squared_error, rule = "sr", optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>
}

// -----

qnet.model @model(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  qnet.return %x : tensor<4x3xf32>
}
// expected-error @+1 {{requires attribute 'schedule'}}
qnet.training @a_training_has_a_schedule of @model {
  loss = #qnet.mean_squared_error, rule = #qnet.full, optimizer = #qnet.sgd
}

// Layers ----------------------------------------------------------------------

// -----

func.func @weights_have_as_many_inputs_as_the_input(%x: tensor<4x3xf32>, %w: tensor<3x2xf32>) {
  // expected-error @+1 {{expected the weights' inputs to be 3, got 2}}
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @dense_takes_matrices(%x: tensor<3xf32>, %w: tensor<2x3xf32>) {
  // expected-error @+1 {{expected an input of rank 2, got 'tensor<3xf32>'}}
  %y = qnet.dense %x, %w : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @dense_weights_are_a_matrix(%x: tensor<4x3xf32>, %w: tensor<f32>) {
  // expected-error @+1 {{expected weights of rank 2, got 'tensor<f32>'}}
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<f32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @the_result_of_dense_is_inferred(%x: tensor<4x3xf32>, %w: tensor<2x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x2xf32>', got 'tensor<4x3xf32>'}}
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @input_gradients_match_the_weights(%g: tensor<4x3xf32>, %w: tensor<2x3xf32>) {
  // expected-error @+1 {{expected the weights' outputs to be 3, got 2}}
  %y = qnet.dense_input_grad %g, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @weight_gradients_match_the_batch(%g: tensor<4x2xf32>, %x: tensor<5x3xf32>) {
  // expected-error @+1 {{expected the input's batch to be 4, got 5}}
  %y = qnet.dense_weight_grad %g, %x : (tensor<4x2xf32>, tensor<5x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @a_bias_has_one_value_per_channel(%x: tensor<4x3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{expected a bias's channels to be 3, got 4}}
  %y = qnet.bias %x, %b : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @a_bias_needs_a_batch(%x: tensor<3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{expected a tensor of rank 2 or more, got 'tensor<3xf32>'}}
  %y = qnet.bias %x, %b : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @bias_gradients_need_a_batch(%g: tensor<f32>) {
  // expected-error @+1 {{expected a tensor of rank 2 or more, got 'tensor<f32>'}}
  %y = qnet.bias_grad %g : (tensor<f32>) -> tensor<1xf32>
  return
}

// -----

func.func @there_is_a_channel(%x: tensor<4x0xf32>, %s: tensor<0xf32>) {
  // expected-error @+1 {{expected at least one channel, got 'tensor<4x0xf32>'}}
  %y = qnet.batch_norm "bn" %x, %s, %s : (tensor<4x0xf32>, tensor<0xf32>, tensor<0xf32>) -> tensor<4x0xf32>
  return
}

// -----

func.func @scales_are_vectors(%x: tensor<4x3xf32>, %s: tensor<1x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{expected a scale or shift of rank 1, got 'tensor<1x3xf32>'}}
  %y = qnet.batch_norm "bn" %x, %s, %b : (tensor<4x3xf32>, tensor<1x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @epsilon_is_positive(%x: tensor<4x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{expected epsilon to be positive and finite, got 0}}
  %y = qnet.batch_norm "bn" %x, %s, %s {epsilon = 0.0 : f32} : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @momentum_is_a_share(%x: tensor<4x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{expected momentum to be in [0, 1], got 1.5}}
  %y = qnet.batch_norm "bn" %x, %s, %s {momentum = 1.5 : f32} : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @normalization_gradients_have_the_inputs_type(%g: tensor<4x2xf32>, %x: tensor<4x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4x3xf32>', got 'tensor<4x2xf32>'}}
  %0:3 = qnet.batch_norm_grad %g, %x, %s, %s, %s : (tensor<4x2xf32>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
      -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return
}

// Losses ----------------------------------------------------------------------

// -----

func.func @labels_are_one_per_sample(%y: tensor<4x3xf32>, %l: tensor<5xi32>) {
  // expected-error @+1 {{expected labels of type 'tensor<4xi32>', got 'tensor<5xi32>'}}
  %0 = qnet.softmax_cross_entropy %y, %l : (tensor<4x3xf32>, tensor<5xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @targets_have_the_outputs_shape(%y: tensor<4x3xf32>, %t: tensor<4xf32>) {
  // expected-error @+1 {{expected labels of type 'tensor<4x3xf32>', got 'tensor<4xf32>'}}
  %0 = qnet.mean_squared_error %y, %t : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @outputs_are_a_matrix(%y: tensor<4x3x2xf32>, %l: tensor<4xi32>) {
  // expected-error @+1 {{expected outputs of rank 2, got 'tensor<4x3x2xf32>'}}
  %0 = qnet.squared_hinge %y, %l : (tensor<4x3x2xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @loss_gradients_are_one_per_sample(%g: tensor<4x3xf32>, %y: tensor<4x3xf32>, %l: tensor<4xi32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4xf32>', got 'tensor<4x3xf32>'}}
  %0 = qnet.softmax_cross_entropy_grad %g, %y, %l : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @argmax_takes_a_matrix(%y: tensor<f32>) {
  // expected-error @+1 {{expected outputs of rank 2, got 'tensor<f32>'}}
  %0 = qnet.argmax %y : (tensor<f32>) -> tensor<1xi32>
  return
}

// Rounding --------------------------------------------------------------------

// -----

func.func @stochastic_rounding_needs_bits(%x: f32) {
  // expected-error @+1 {{expected random bits for #qnet.stochastic}}
  %0 = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.stochastic) : f32
  return
}

// -----

func.func @deterministic_rounding_takes_no_bits(%x: f32, %r: i32) {
  // expected-error @+1 {{expected no random bits for #qnet.deterministic}}
  %0 = qnet.encode %x by(#qnet.deterministic) random %r : f32 to !qnet.q<#qnet.binary<1.0>>
  return
}

// -----

func.func @bits_have_the_values_shape(%x: tensor<4xf32>, %r: tensor<5xi32>) {
  // expected-error @+1 {{expected random bits of type 'tensor<4xi32>', got 'tensor<5xi32>'}}
  %0 = "qnet.round"(%x, %r) {grid = #qnet.binary<1.0>, rounding = #qnet.stochastic} : (tensor<4xf32>, tensor<5xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @rounding_keeps_the_type(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected a result of type 'tensor<4xf32>', got 'tensor<5xf32>'}}
  %0 = "qnet.round"(%x) {grid = #qnet.binary<1.0>, rounding = #qnet.deterministic} : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @codes_have_the_values_shape(%x: tensor<4xf32>) {
  // expected-error @+1 {{expected operand and result of one shape, got 'tensor<4xf32>' and 'tensor<5x!qnet.q<#qnet.binary<1.000000e+00>>>'}}
  %0 = qnet.encode %x by(#qnet.deterministic) : tensor<4xf32> to tensor<5x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

func.func @decoding_keeps_the_shape(%c: tensor<4x!qnet.q<#qnet.binary<1.0>>>) {
  // expected-error @+1 {{expected operand and result of one shape}}
  %0 = qnet.decode %c : tensor<4x!qnet.q<#qnet.binary<1.0>>> to f32
  return
}

// -----

func.func @a_code_is_made_of_one_ordinal(%n: tensor<4xi32>) {
  // expected-error @+1 {{expected operand and result of one shape}}
  %0 = qnet.to_code %n : tensor<4xi32> to !qnet.q<#qnet.binary<1.0>>
  return
}

// -----

func.func @a_code_has_one_ordinal(%c: !qnet.q<#qnet.binary<1.0>>) {
  // expected-error @+1 {{expected operand and result of one shape}}
  %0 = qnet.from_code %c : !qnet.q<#qnet.binary<1.0>> to tensor<4xi32>
  return
}

// Random bits -----------------------------------------------------------------

// -----

func.func @draws_have_1_to_32_bits(%s: i32, %i: index) {
  // expected-error @+1 {{expected 1 to 32 bits, got 33}}
  %0 = qnet.random_bits update of 0 seed %s step %s at %i {bits = 33 : i32} : i32
  return
}

// -----

func.func @parameter_numbers_are_not_negative(%s: i32, %i: index) {
  // expected-error @+1 {{expected a parameter number, got -1}}
  %0 = qnet.random_bits update of -1 seed %s step %s at %i {bits = 16 : i32} : i32
  return
}

// -----

func.func @one_element_has_an_i32(%s: i32, %i: index) {
  // expected-error @+1 {{expected an i32 result for one element, got 'tensor<4xi32>'}}
  %0 = qnet.random_bits update of 0 seed %s step %s at %i {bits = 16 : i32} : tensor<4xi32>
  return
}

// -----

func.func @without_an_index_it_is_a_tensor(%s: i32) {
  // expected-error @+1 {{expected a tensor result without an index, got 'i32'}}
  %0 = qnet.random_bits update of 0 seed %s step %s {bits = 16 : i32} : i32
  return
}

// -----

func.func @streams_have_names(%s: i32) {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'stream' [update, forward, initialization, dropout]}}
  %0 = qnet.random_bits backward of 0 seed %s step %s {bits = 16 : i32} : tensor<4xi32>
  return
}

// Updates ---------------------------------------------------------------------

// -----

func.func @sr_keeps_no_float_copy(%w: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected codes on #qnet.binary<1.000000e+00> for rule 'sr', which keeps no full-precision copy, got 'tensor<3xf32>'}}
  %0:2 = qnet.update "w" of 0 %w, %w flags %f rate %a seed %s step %s by(#qnet.sr) with(#qnet.sgd) grid(#qnet.binary<1.0>)
      : tensor<3xf32>, tensor<3xf32>, tensor<1xi32>
  return
}

// -----

func.func @bc_keeps_latent_weights(%c: tensor<3x!qnet.q<#qnet.binary<1.0>>>, %g: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected f32 weights for rule 'bc', got 'tensor<3x!qnet.q<#qnet.binary<1.000000e+00>>>'}}
  %0:2 = qnet.update "w" of 0 %c, %g flags %f rate %a seed %s step %s by(#qnet.bc) with(#qnet.sgd) grid(#qnet.binary<1.0>)
      : tensor<3x!qnet.q<#qnet.binary<1.0>>>, tensor<3xf32>, tensor<1xi32>
  return
}

// -----

func.func @codes_are_on_the_grid(%c: tensor<3x!qnet.q<#qnet.binary<1.0>>>, %g: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected codes on #qnet.ternary<1.000000e+00>, got}}
  %0:2 = qnet.update "w" of 0 %c, %g flags %f rate %a seed %s step %s by(#qnet.r) with(#qnet.sgd) grid(#qnet.ternary<1.0>)
      : tensor<3x!qnet.q<#qnet.binary<1.0>>>, tensor<3xf32>, tensor<1xi32>
  return
}

// -----

func.func @gradients_have_the_weights_shape(%w: tensor<3xf32>, %g: tensor<4xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected a gradient of the weights' shape, got 'tensor<4xf32>' for 'tensor<3xf32>'}}
  %0:2 = qnet.update "w" of 0 %w, %g flags %f rate %a seed %s step %s by(#qnet.full) with(#qnet.sgd)
      : tensor<3xf32>, tensor<4xf32>, tensor<1xi32>
  return
}

// -----

func.func @adam_has_two_slots(%w: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected 2 slots for 'adam', got 1}}
  %0:3 = qnet.update "w" of 0 %w, %w slots(%w) flags %f rate %a seed %s step %s by(#qnet.full) with(#qnet.adam)
      : tensor<3xf32>, tensor<3xf32>, tensor<1xi32>, 1
  return
}

// -----

func.func @slots_have_the_gradients_type(%w: tensor<3xf32>, %m: tensor<4xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected slots of type 'tensor<3xf32>', got 'tensor<4xf32>'}}
  %0:3 = "qnet.update"(%w, %w, %m, %f, %a, %s, %s) <{
      grid = #qnet.binary<1.0>, optimizer = #qnet.momentum, param_name = "w", parameter = 0 : i32, rule = #qnet.bc,
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 1, 1>}>
      : (tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<1xi32>, f32, i32, i32) -> (tensor<3xf32>, tensor<4xf32>, tensor<1xi32>)
  return
}

// -----

func.func @new_weights_have_the_weights_type(%w: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected new weights of type 'tensor<3xf32>', got 'tensor<4xf32>'}}
  %0:2 = "qnet.update"(%w, %w, %f, %a, %s, %s) <{
      optimizer = #qnet.sgd, param_name = "w", parameter = 0 : i32, rule = #qnet.full}>
      : (tensor<3xf32>, tensor<3xf32>, tensor<1xi32>, f32, i32, i32) -> (tensor<4xf32>, tensor<1xi32>)
  return
}

// -----

func.func @each_parameter_has_a_flag(%w: tensor<3xf32>, %f: tensor<2xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected flags of rank 1 with an element 2, got 'tensor<2xi32>'}}
  %0:2 = qnet.update "w" of 2 %w, %w flags %f rate %a seed %s step %s by(#qnet.full) with(#qnet.sgd)
      : tensor<3xf32>, tensor<3xf32>, tensor<2xi32>
  return
}

// -----

func.func @new_flags_have_the_flags_type(%w: tensor<3xf32>, %f: tensor<1xi32>, %a: f32, %s: i32) {
  // expected-error @+1 {{expected new flags of type 'tensor<1xi32>', got 'tensor<2xi32>'}}
  %0:2 = "qnet.update"(%w, %w, %f, %a, %s, %s) <{
      optimizer = #qnet.sgd, param_name = "w", parameter = 0 : i32, rule = #qnet.full}>
      : (tensor<3xf32>, tensor<3xf32>, tensor<1xi32>, f32, i32, i32) -> (tensor<3xf32>, tensor<2xi32>)
  return
}

// Grids -----------------------------------------------------------------------

// -----

// expected-error @+1 {{expected the grid's step to be positive and finite, got 0}}
func.func private @a_step_is_not_zero() attributes {t = #qnet.binary<0.0>}

// -----

// expected-error @+1 {{expected the grid's step to be positive and finite, got -1}}
func.func private @a_step_is_not_negative() attributes {t = #qnet.ternary<-1.0>}

// -----

// expected-error @+1 {{expected the grid's step to be a normal number}}
func.func private @a_step_is_normal() attributes {t = #qnet.binary<1.0e-40>}

// -----

// expected-error @+1 {{expected the grid's levels to be finite in f32}}
func.func private @levels_are_finite() attributes {t = #qnet.uniform<8, 1.0e38>}

// -----

// expected-error @+1 {{expected the grid's width to be 2 to 16 bits, got 1 (use #qnet.binary)}}
func.func private @one_bit_is_binary() attributes {t = #qnet.uniform<1, 1.0>}

// -----

// expected-error @+1 {{expected the grid's width to be 2 to 16 bits, got 17}}
func.func private @grids_have_16_bits_at_most() attributes {t = #qnet.uniform<17, 1.0>}

// -----

// expected-error @+2 {{invalid kind of attribute specified}}
// expected-error @+1 {{failed to parse Qnet_QType parameter 'grid'}}
func.func private @codes_are_on_a_grid(!qnet.q<#qnet.sgd>)

// Roundings, rules, optimizers, schedules -------------------------------------

// -----

// expected-error @+1 {{expected 1 to 24 random bits, got 25}}
func.func private @stochastic_rounding_has_24_bits_at_most() attributes {t = #qnet.stochastic<25>}

// -----

// expected-error @+1 {{expected 1 to 24 random bits, got 0}}
func.func private @sr_has_a_bit_at_least() attributes {t = #qnet.sr<bits = 0>}

// -----

// expected-error @+2 {{invalid kind of attribute specified}}
// expected-error @+1 {{failed to parse Qnet_BCAttr parameter 'rounding'}}
func.func private @bc_has_a_rounding() attributes {t = #qnet.bc<rounding = #qnet.sgd>}

// -----

// expected-error @+1 {{expected mu to be in [0, 1), got 1}}
func.func private @momentum_decays() attributes {t = #qnet.momentum<mu = 1.0>}

// -----

// expected-error @+1 {{expected beta1 to be in [0, 1), got -0.5}}
func.func private @first_moments_decay() attributes {t = #qnet.adam<beta1 = -0.5>}

// -----

// expected-error @+1 {{expected beta2 to be in [0, 1), got 1.5}}
func.func private @second_moments_decay() attributes {t = #qnet.adam<beta2 = 1.5>}

// -----

// expected-error @+1 {{expected epsilon to be positive and finite, got 0}}
func.func private @adams_epsilon_is_positive() attributes {t = #qnet.adam<epsilon = 0.0>}

// -----

// expected-error @+1 {{expected weight_decay to be not negative, got -1}}
func.func private @weights_decay_towards_zero() attributes {t = #qnet.adam<weight_decay = -1.0>}

// -----

// expected-error @+1 {{expected the learning rate to be positive and finite, got 0}}
func.func private @rates_are_positive() attributes {t = #qnet.constant_rate<0.0>}

// -----

// expected-error @+1 {{expected ascending epochs from 1, got 5 after 5}}
func.func private @epochs_ascend() attributes {t = #qnet.step_decay<rate = 0.1, factor = 0.1, epochs = [5, 5]>}

// -----

// expected-error @+1 {{expected the factor to be positive and finite, got -1}}
func.func private @factors_are_positive() attributes {t = #qnet.exponential_decay<rate = 0.1, factor = -1.0>}

// -----

// expected-error @+1 {{expected steps to be positive, got 0}}
func.func private @cosines_take_steps() attributes {t = #qnet.cosine_decay<rate = 0.1, steps = 0>}

// -----

// expected-error @+1 {{expected mu to be positive and finite, got 0}}
func.func private @mu_is_positive() attributes {t = #qnet.inverse_decay<mu = 0.0>}

// -----

// expected-error @+1 {{expected c to be positive and finite, got 0}}
func.func private @c_is_positive() attributes {t = #qnet.inverse_sqrt_decay<c = 0.0>}

// State -----------------------------------------------------------------------

// -----

// expected-error @+1 {{expected one copy of the weights of 'w', got codes and weights}}
func.func @state_holds_weights_once(
    %c: tensor<3x!qnet.q<#qnet.binary<1.0>>> {qnet.state = #qnet.state<"w", codes of "w">},
    %w: tensor<3xf32> {qnet.state = #qnet.state<"w.copy", weights of "w">}) attributes {qnet.entry = "train_step"} {
  return
}

// -----

// expected-error @+1 {{expected codes of 'w' to be codes, got 'tensor<3xf32>'}}
func.func @codes_are_codes(%c: tensor<3xf32> {qnet.state = #qnet.state<"w", codes of "w">}) attributes {qnet.entry = "train_step"} {
  return
}

// -----

// expected-error @+1 {{expected weights of 'w' to be floats}}
func.func @weights_are_floats(%c: tensor<3x!qnet.q<#qnet.binary<1.0>>> {qnet.state = #qnet.state<"w", weights of "w">}) attributes {qnet.entry = "train_step"} {
  return
}

// -----

// expected-error @+1 {{expected 'qnet.entry' to be a string on a function}}
func.func private @an_entry_is_a_string() attributes {qnet.entry = 1 : i32}

// Inference graphs --------------------------------------------------------------

// -----

func.func @words_hold_all_codes() {
  // expected-error @+1 {{expected 2 words for 'tensor<40x!qnet.q<#qnet.binary<1.000000e+00>>>', got 1}}
  %w = qnet.packed_constant dense<9> : tensor<1xi32> to tensor<40x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

func.func @words_are_flat() {
  // expected-error @+1 {{expected words of type tensor<Nxi32>, got 'tensor<1x1xi32>'}}
  %w = qnet.packed_constant dense<9> : tensor<1x1xi32> to tensor<4x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

func.func @fold_needs_a_positive_epsilon(%s: tensor<3xf32>) {
  // expected-error @+1 {{expected epsilon to be positive and finite, got 0}}
  %f, %o = qnet.batch_norm_fold %s, %s, %s, %s {epsilon = 0.0 : f32}
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @fold_has_one_type(%s: tensor<3xf32>, %t: tensor<2xf32>) {
  // expected-error @+1 {{expected shift, mean and variance of type 'tensor<3xf32>', got 'tensor<2xf32>'}}
  %f, %o = qnet.batch_norm_fold %s, %s, %t, %s {epsilon = 1.0e-5 : f32}
      : (tensor<3xf32>, tensor<3xf32>, tensor<2xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  return
}

// -----

func.func @factors_are_per_channel(%x: tensor<4x3xf32>, %t: tensor<2xf32>) {
  // expected-error @+1 {{expected a factor or offset's channels to be 3, got 2}}
  %y = qnet.scale_shift %x, %t, %t : (tensor<4x3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @bounds_are_per_channel(%x: tensor<4x3xf32>, %t: tensor<2xf32>) {
  // expected-error @+1 {{expected a bound's channels to be 3, got 2}}
  %y = qnet.threshold %x, %t, %t : (tensor<4x3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x3xf32>
  return
}

// Dropout ---------------------------------------------------------------------

// -----

func.func @not_everything_is_dropped(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected probability to be in [0, 1), got 1.000000e+00}}
  %0 = qnet.dropout %x {probability = 1.0 : f32} : tensor<4x3xf32>
  return
}

// -----

func.func @a_probability_is_a_number(%x: tensor<4x3xf32>, %s: i32) {
  // expected-error @+1 {{expected probability to be in [0, 1), got nan}}
  %0 = qnet.dropout_train of 0 %x seed %s step %s {probability = 0x7FC00000 : f32} : tensor<4x3xf32>
  return
}

// -----

func.func @dropouts_are_counted_from_zero(%x: tensor<4x3xf32>, %s: i32) {
  // expected-error @+1 {{expected the number of a dropout, got -1}}
  %0 = qnet.dropout_train of -1 %x seed %s step %s {probability = 0.5 : f32} : tensor<4x3xf32>
  return
}

// -----

func.func @dropout_is_of_samples(%x: tensor<f32>) {
  // expected-error @+1 {{expected a batch of samples, got 'tensor<f32>'}}
  %0 = qnet.dropout %x {probability = 0.5 : f32} : tensor<f32>
  return
}

// -----

func.func @dropout_of_a_step_is_of_samples(%x: tensor<f32>, %s: i32) {
  // expected-error @+1 {{expected a batch of samples, got 'tensor<f32>'}}
  %0 = qnet.dropout_train of 0 %x seed %s step %s {probability = 0.5 : f32} : tensor<f32>
  return
}

// -----

// Losses of outputs and given values --------------------------------------------

func.func @a_margin_is_one_output(%y: tensor<4x2xf32>, %labels: tensor<4xi32>) {
  // expected-error @+1 {{expected one output per sample, the margin, got 'tensor<4x2xf32>'}}
  %0 = qnet.logistic %y, %labels : (tensor<4x2xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @the_gradient_is_of_margins(%dl: tensor<4xf32>, %y: tensor<4xf32>, %labels: tensor<4xi32>) {
  // expected-error @+1 {{expected one output per sample, the margin, got 'tensor<4xf32>'}}
  %0 = qnet.logistic_grad %dl, %y, %labels : (tensor<4xf32>, tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return
}

// -----

func.func @a_sign_is_of_a_margin(%y: tensor<4x2xf32>) {
  // expected-error @+1 {{expected one output per sample, the margin, got 'tensor<4x2xf32>'}}
  %0 = qnet.is_positive %y : (tensor<4x2xf32>) -> tensor<4xi32>
  return
}

// -----

func.func @sums_are_of_a_matrix(%y: tensor<4xf32>) {
  // expected-error @+1 {{expected outputs of rank 2, got 'tensor<4xf32>'}}
  %0 = qnet.sum_outputs %y : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @a_gradient_of_sums_is_a_matrix(%dl: tensor<4xf32>) {
  // expected-error @+1 {{expected outputs of rank 2, got 'tensor<4xf32>'}}
  %0 = qnet.sum_outputs_grad %dl : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @sums_are_per_sample(%dl: tensor<3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4xf32>', got 'tensor<3xf32>'}}
  %0 = qnet.sum_outputs_grad %dl : (tensor<3xf32>) -> tensor<4x2xf32>
  return
}

// -----

qnet.model @values_fit_the_parameter(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{expected values of type 'tensor<3xf32>', got 'tensor<2xf32>'}}
  %w = qnet.parameter "w" init(#qnet.values<dense<[1.0, 2.0]> : tensor<2xf32>>) : tensor<3xf32>
  %y = qnet.bias %x, %w : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  qnet.return %y : tensor<4x3xf32>
}

// -----

func.func @initial_values_fit(%seed: i32) {
  // expected-error @+1 {{expected values of type 'tensor<3xf32>', got 'tensor<2xf32>'}}
  %0 = qnet.initial_value of 0 seed %seed by(#qnet.values<dense<[1.0, 2.0]> : tensor<2xf32>>) : tensor<3xf32>
  return
}

// -----

// expected-error @+1 {{expected a tensor of f32 values, got 'tensor<2xi32>'}}
func.func private @values_are_floats() attributes { i = #qnet.values<dense<[1, 2]> : tensor<2xi32>> }
