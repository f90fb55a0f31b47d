// RUN: qnet-opt %s -convert-qnet-to-linalg -split-input-file | FileCheck %s

// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: @dense_sums_over_inputs_from_zero
// CHECK: %[[ZERO:.*]] = linalg.fill
// CHECK: linalg.generic {indexing_maps = [#[[X]], #[[W]], #[[Y]]], iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME: outs(%[[ZERO]] : tensor<4x2xf32>)
// CHECK: ^bb0(%[[XI:.*]]: f32, %[[WI:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK: %[[P:.*]] = arith.mulf %[[XI]], %[[WI]]
// CHECK: %[[S:.*]] = arith.addf %[[SUM]], %[[P]]
// CHECK: linalg.yield %[[S]]
func.func @dense_sums_over_inputs_from_zero(%x: tensor<4x3xf32>, %w: tensor<2x3xf32>) -> tensor<4x2xf32> {
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// CHECK-LABEL: @codes_are_decoded_inside_the_product
// CHECK-NOT: qnet.decode {{.*}} tensor
// CHECK: ^bb0(%{{.*}}: f32, %[[C:.*]]: !qnet.q<#qnet.binary<1.000000e+00>>, %{{.*}}: f32):
// CHECK: %[[W:.*]] = qnet.decode %[[C]] : !qnet.q<#qnet.binary<1.000000e+00>> to f32
// CHECK: arith.mulf %{{.*}}, %[[W]]
func.func @codes_are_decoded_inside_the_product(%x: tensor<4x3xf32>, %w: tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32> {
  %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

// dx[b,i] = sum_o dy[b,o] w[o,i]
// CHECK-DAG: #[[G:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[W:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[R:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: @input_gradients_sum_over_outputs
// CHECK: linalg.generic {indexing_maps = [#[[G]], #[[W]], #[[R]]]
// CHECK: -> tensor<4x3xf32>
func.func @input_gradients_sum_over_outputs(%g: tensor<4x2xf32>, %w: tensor<2x3xf32>) -> tensor<4x3xf32> {
  %y = qnet.dense_input_grad %g, %w : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// dw[o,i] = sum_b dy[b,o] x[b,i]
// CHECK-DAG: #[[G:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: @weight_gradients_sum_over_the_batch
// CHECK: linalg.generic {indexing_maps = [#[[G]], #[[X]], #{{.*}}]
// CHECK: -> tensor<2x3xf32>
func.func @weight_gradients_sum_over_the_batch(%g: tensor<4x2xf32>, %x: tensor<4x3xf32>) -> tensor<2x3xf32> {
  %y = qnet.dense_weight_grad %g, %x : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// CHECK: #[[CHANNEL:map[0-9]*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @a_bias_is_broadcast_over_the_batch
// CHECK: linalg.generic {indexing_maps = [#{{map[0-9]*}}, #[[CHANNEL]], #{{map[0-9]*}}], iterator_types = ["parallel", "parallel"]}
// CHECK: arith.addf
func.func @a_bias_is_broadcast_over_the_batch(%x: tensor<4x3xf32>, %b: tensor<3xf32>) -> tensor<4x3xf32> {
  %y = qnet.bias %x, %b : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @bias_gradients_sum_over_the_batch
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]
// CHECK-LABEL: @sums_over_all_but_the_last_dimension
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "reduction", "parallel"]
func.func @bias_gradients_sum_over_the_batch(%g: tensor<4x3xf32>) -> tensor<3xf32> {
  %y = qnet.bias_grad %g : (tensor<4x3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
func.func @sums_over_all_but_the_last_dimension(%g: tensor<4x5x3xf32>) -> tensor<3xf32> {
  %y = qnet.bias_grad %g : (tensor<4x5x3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

// Comparisons with NaN are false: relu lets it through, and the update will see it.
// CHECK-LABEL: @relu_is_the_maximum_with_zero
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00
// CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[OFF:.*]] = arith.cmpf ole, %[[X]], %[[ZERO]]
// CHECK-NEXT: arith.select %[[OFF]], %[[ZERO]], %[[X]]
func.func @relu_is_the_maximum_with_zero(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = qnet.relu %x : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @relu_gradients_pass_where_the_output_is_positive
// CHECK: ^bb0(%[[G:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[Y]]
// CHECK: arith.select %[[ON]], %[[G]]
func.func @relu_gradients_pass_where_the_output_is_positive(%g: tensor<4x3xf32>, %y: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = qnet.relu_grad %g, %y : tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @sums_are_elementwise
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: arith.addf
func.func @sums_are_elementwise(%x: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %y = qnet.add %x, %x : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// Mean first, then the variance around it: two passes lose no digits.
// CHECK-LABEL: @batch_statistics_take_two_passes
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: return
func.func @batch_statistics_take_two_passes(%x: tensor<4x3xf32>, %s: tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0:4 = qnet.batch_norm_train %x, %s, %s {epsilon = 1.0e-5 : f32}
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1, %0#2, %0#3 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @inference_takes_statistics_as_they_are
// CHECK-NOT: "reduction"
// CHECK: math.sqrt
// CHECK-NOT: "reduction"
// CHECK: return
func.func @inference_takes_statistics_as_they_are(%x: tensor<4x3xf32>, %s: tensor<3xf32>) -> tensor<4x3xf32> {
  %f, %o = qnet.batch_norm_fold %s, %s, %s, %s {epsilon = 1.0e-5 : f32}
      : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<3xf32>, tensor<3xf32>)
  %0 = qnet.scale_shift %x, %f, %o : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @norm_gradients_reduce_over_the_batch
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: return
func.func @norm_gradients_reduce_over_the_batch(%x: tensor<4x3xf32>, %s: tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %0:3 = qnet.batch_norm_grad %x, %x, %s, %s, %s
      : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0, %0#1, %0#2 : tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// -----

// CHECK-LABEL: @running_averages_move_by_one_minus_momentum
// CHECK-DAG: arith.constant 7.500000e-01 : f32
// CHECK-DAG: arith.constant 2.500000e-01 : f32
func.func @running_averages_move_by_one_minus_momentum(%r: tensor<3xf32>) -> tensor<3xf32> {
  %0 = qnet.running_average %r, %r {momentum = 0.75 : f32, correction = 1.0 : f32} : tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// The largest output is subtracted, so that exp cannot overflow.
// CHECK-LABEL: @softmax_subtracts_the_largest_output
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK: arith.{{maximumf|maxnumf|cmpf}}
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: math.log
// CHECK: return %{{.*}} : tensor<4xf32>
func.func @softmax_subtracts_the_largest_output(%y: tensor<4x3xf32>, %l: tensor<4xi32>) -> tensor<4xf32> {
  %0 = qnet.softmax_cross_entropy %y, %l : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @softmax_gradients_subtract_one_at_the_label
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: linalg.index 1
// CHECK: arith.cmpi eq
// CHECK: arith.subf
func.func @softmax_gradients_subtract_one_at_the_label(%g: tensor<4xf32>, %y: tensor<4x3xf32>, %l: tensor<4xi32>) -> tensor<4x3xf32> {
  %0 = qnet.softmax_cross_entropy_grad %g, %y, %l : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @the_hinge_knows_its_label
// CHECK: linalg.index 1
// CHECK: arith.cmpi eq
// CHECK: arith.mulf
// CHECK: arith.addf
func.func @the_hinge_knows_its_label(%y: tensor<4x3xf32>, %l: tensor<4xi32>) -> tensor<4xf32> {
  %0 = qnet.squared_hinge %y, %l : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @hinge_gradients_are_elementwise
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
func.func @hinge_gradients_are_elementwise(%g: tensor<4xf32>, %y: tensor<4x3xf32>, %l: tensor<4xi32>) -> tensor<4x3xf32> {
  %0 = qnet.squared_hinge_grad %g, %y, %l : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// CHECK-LABEL: @squared_errors_are_summed_and_divided
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: arith.addf
func.func @squared_errors_are_summed_and_divided(%y: tensor<4x3xf32>) -> tensor<4xf32> {
  %0 = qnet.mean_squared_error %y, %y : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @squared_error_gradients_are_elementwise
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]
// CHECK: arith.subf
func.func @squared_error_gradients_are_elementwise(%g: tensor<4xf32>, %y: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = qnet.mean_squared_error_grad %g, %y, %y : (tensor<4xf32>, tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// A later output must be larger, not equal: the first of two wins.
// CHECK-LABEL: @argmax_takes_the_first_of_equals
// CHECK: arith.cmpf ogt
// CHECK: return %{{.*}} : tensor<4xi32>
func.func @argmax_takes_the_first_of_equals(%y: tensor<4x3xf32>) -> tensor<4xi32> {
  %0 = qnet.argmax %y : (tensor<4x3xf32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

// CHECK-LABEL: @bits_are_drawn_where_they_are_used
// CHECK: tensor.collapse_shape
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel"]
// CHECK-SAME: ins(%{{.*}} : tensor<6xf32>)
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[BITS:.*]] = qnet.random_bits forward of 3 {{.*}} at %[[I]] {bits = 16 : i32} : i32
// CHECK: qnet.encode %{{.*}} by(#qnet.stochastic) random %[[BITS]] : f32 to !qnet.q
// CHECK: tensor.expand_shape
func.func @bits_are_drawn_where_they_are_used(%x: tensor<2x3xf32>, %seed: i32, %step: i32) -> tensor<2x3x!qnet.q<#qnet.binary<1.0>>> {
  %b = qnet.random_bits forward of 3 seed %seed step %step {bits = 16 : i32} : tensor<2x3xi32>
  %c = qnet.encode %x by(#qnet.stochastic) random %b : tensor<2x3xf32> to tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
  return %c : tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
}

// -----

// CHECK-LABEL: @given_bits_are_an_input
// CHECK: linalg.generic
// CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<6xf32>, tensor<6xi32>)
// CHECK: qnet.round
func.func @given_bits_are_an_input(%x: tensor<6xf32>, %b: tensor<6xi32>) -> tensor<6xf32> {
  %c = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.stochastic) random %b : tensor<6xf32>
  return %c : tensor<6xf32>
}

// -----

// CHECK-LABEL: @tensors_are_decoded_in_a_flat_loop
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel"]
// CHECK: qnet.decode %{{.*}} : !qnet.q<#qnet.ternary<1.000000e+00>> to f32
func.func @tensors_are_decoded_in_a_flat_loop(%c: tensor<2x3x!qnet.q<#qnet.ternary<1.0>>>) -> tensor<2x3xf32> {
  %w = qnet.decode %c : tensor<2x3x!qnet.q<#qnet.ternary<1.0>>> to tensor<2x3xf32>
  return %w : tensor<2x3xf32>
}

// -----

// 24 bits of step 0 make a number in [0, 1).
// CHECK-LABEL: @initial_values_come_from_step_zero
// CHECK-DAG: %[[STEP:.*]] = arith.constant 0 : i32
// CHECK-DAG: %[[SHARE:.*]] = arith.constant 5.96046448E-8 : f32
// CHECK: %[[BITS:.*]] = qnet.random_bits initialization of 2 seed %{{.*}} step %[[STEP]] at %{{.*}} {bits = 24 : i32}
// CHECK: %[[N:.*]] = arith.uitofp %[[BITS]]
// CHECK: arith.mulf %[[N]], %[[SHARE]]
// CHECK-LABEL: @constants_draw_nothing
// CHECK-NOT: qnet.random_bits
// CHECK: return
func.func @initial_values_come_from_step_zero(%seed: i32) -> tensor<4x3xf32> {
  %w = qnet.initial_value of 2 seed %seed by(#qnet.glorot) : tensor<4x3xf32>
  return %w : tensor<4x3xf32>
}
func.func @constants_draw_nothing(%seed: i32) -> tensor<4xf32> {
  %w = qnet.initial_value of 2 seed %seed by(#qnet.constant<1.0>) : tensor<4xf32>
  return %w : tensor<4xf32>
}

// -----

// Scalars and vectors are left to the passes that made them.
// CHECK-LABEL: @vectors_stay
// CHECK: qnet.round %{{.*}} : vector<16xf32>
func.func @vectors_stay(%v: vector<16xf32>) -> vector<16xf32> {
  %0 = qnet.round %v to(#qnet.binary<1.0>) by(#qnet.deterministic) : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// CHECK-LABEL: @a_tensor_without_dimensions_is_one_element
// CHECK: linalg.generic
func.func @a_tensor_without_dimensions_is_one_element(%x: tensor<f32>) -> tensor<f32> {
  %0 = qnet.round %x to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// CHECK-LABEL: @empty_tensors_make_empty_loops
// CHECK: linalg.generic
func.func @empty_tensors_make_empty_loops(%seed: i32) -> tensor<0x3xf32> {
  %0 = qnet.initial_value of 0 seed %seed by(#qnet.glorot) : tensor<0x3xf32>
  return %0 : tensor<0x3xf32>
}

// -----

// Sums of images over a large batch are made of parts of 256 terms, whatever the threads:
// here 4 samples; the parts are added in order.
// CHECK-DAG: #[[PART:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0 * 4 + d2, d1 * 8 + d3, d4, d5)>
// CHECK-LABEL: @sums_of_large_batches_are_made_of_parts
// CHECK: linalg.generic {{.*}}"parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]} ins(%{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<32x8x8x16xf32>) outs(%{{.*}} : tensor<8x1x16xf32>)
// CHECK: linalg.generic {{.*}}["reduction", "reduction", "parallel"]} ins(%{{.*}} : tensor<8x1x16xf32>) outs(%{{.*}} : tensor<16xf32>)
// CHECK: linalg.generic {{.*}}"parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
func.func @sums_of_large_batches_are_made_of_parts(%x: tensor<32x8x8x16xf32>, %s: tensor<16xf32>) -> tensor<32x8x8x16xf32> {
  %0:4 = qnet.batch_norm_train %x, %s, %s {epsilon = 1.0e-5 : f32}
      : (tensor<32x8x8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> (tensor<32x8x8x16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>)
  return %0#0 : tensor<32x8x8x16xf32>
}

// -----

// Of large images a part is some rows: here 4 of 64 terms, and there are at most 1024
// parts.
// CHECK-LABEL: @parts_are_rows_of_large_images
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x4xf32>, tensor<32x64x64x3xf32>) outs(%{{.*}} : tensor<32x16x3xf32>)
func.func @parts_are_rows_of_large_images(%x: tensor<32x64x64x3xf32>, %s: tensor<3xf32>) -> tensor<32x64x64x3xf32> {
  %0:4 = qnet.batch_norm_train %x, %s, %s {epsilon = 1.0e-5 : f32}
      : (tensor<32x64x64x3xf32>, tensor<3xf32>, tensor<3xf32>) -> (tensor<32x64x64x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
  return %0#0 : tensor<32x64x64x3xf32>
}

// -----

// The bias of a convolution: each sample's sum, then theirs, so that the sum of a batch
// goes on from the samples before.
// CHECK-LABEL: @a_sample_is_a_part_of_a_bias_gradient
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<7x1x3xf32>)
// CHECK: linalg.generic {{.*}}["reduction", "reduction", "parallel"]} ins(%{{.*}} : tensor<7x1x3xf32>) outs(%{{.*}} : tensor<3xf32>)
func.func @a_sample_is_a_part_of_a_bias_gradient(%g: tensor<7x5x4x3xf32>) -> tensor<3xf32> {
  %y = qnet.bias_grad %g : (tensor<7x5x4x3xf32>) -> tensor<3xf32>
  return %y : tensor<3xf32>
}
