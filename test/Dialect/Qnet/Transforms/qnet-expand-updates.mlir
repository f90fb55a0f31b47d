// RUN: qnet-opt %s -qnet-expand-updates | FileCheck %s

// CHECK-DAG: #[[SECOND:map[0-9]*]] = affine_map<(d0) -> (1)>

!codes = tensor<2x3x!qnet.q<#qnet.binary<1.0>>>

// One loop over the flat parameter, weights and flags in place.
// CHECK-LABEL: @full_precision_subtracts_the_step
// CHECK-SAME: (%[[W:.*]]: tensor<8xf32>, %[[G:.*]]: tensor<8xf32>, %[[F:.*]]: tensor<1xi32>, %[[RATE:.*]]: f32,
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["reduction"]
// CHECK-SAME: ins(%[[G]] : tensor<8xf32>) outs(%[[W]], %[[F]] : tensor<8xf32>, tensor<1xi32>)
// CHECK: ^bb0(%[[GI:.*]]: f32, %[[WI:.*]]: f32, %[[FI:.*]]: i32):
// CHECK-NEXT: %[[STEP:.*]] = arith.mulf %[[RATE]], %[[GI]]
// CHECK-NEXT: %[[NEW:.*]] = arith.subf %[[WI]], %[[STEP]]
// CHECK-NEXT: %[[NAN:.*]] = arith.cmpf uno, %[[NEW]], %[[NEW]]
// CHECK-NEXT: %[[KEPT:.*]] = arith.select %[[NAN]], %[[WI]], %[[NEW]]
// CHECK-NEXT: %[[BIT:.*]] = arith.extui %[[NAN]]
// CHECK-NEXT: %[[FLAG:.*]] = arith.ori %[[FI]], %[[BIT]]
// CHECK-NEXT: linalg.yield %[[KEPT]], %[[FLAG]]
func.func @full_precision_subtracts_the_step(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> (tensor<8xf32>, tensor<1xi32>) {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %w1, %f1 : tensor<8xf32>, tensor<1xi32>
}

// The flag of parameter 1 is the second one; matrices are flattened around the loop.
// Where the new value is NaN, the old one is rounded, to itself.
// CHECK-LABEL: @sr_rounds_codes_with_the_bits_of_the_element
// CHECK: tensor.collapse_shape {{.*}} tensor<2x3xf32> into tensor<6xf32>
// CHECK: tensor.collapse_shape {{.*}} into tensor<6x!qnet.q<#qnet.binary<1.000000e+00>>>
// CHECK: linalg.generic {indexing_maps = [#{{map[0-9]*}}, #{{map[0-9]*}}, #[[SECOND]]]
// CHECK: %[[OLD:.*]] = qnet.decode
// CHECK: %[[NEW:.*]] = arith.subf %[[OLD]]
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[NEW]], %[[NEW]]
// CHECK: %[[KEPT:.*]] = arith.select %[[NAN]], %[[OLD]], %[[NEW]] : f32
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[BITS:.*]] = qnet.random_bits update of 1 seed %{{.*}} step %{{.*}} at %[[I]] {bits = 16 : i32} : i32
// CHECK: qnet.encode %[[KEPT]] by(#qnet.stochastic) random %[[BITS]]
// CHECK: tensor.expand_shape
func.func @sr_rounds_codes_with_the_bits_of_the_element(%c: !codes, %g: tensor<2x3xf32>, %f: tensor<2xi32>, %rate: f32, %seed: i32, %step: i32) -> !codes {
  %c1, %f1 = qnet.update "c" of 1 %c, %g flags %f rate %rate seed %seed step %step
      by(#qnet.sr) with(#qnet.sgd) grid(#qnet.binary<1.0>) : !codes, tensor<2x3xf32>, tensor<2xi32>
  return %c1 : !codes
}

// CHECK-LABEL: @r_rounds_codes_without_bits
// CHECK-NOT: qnet.random_bits
// CHECK: qnet.encode %{{.*}} by(#qnet.deterministic) :
func.func @r_rounds_codes_without_bits(%c: !codes, %g: tensor<2x3xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> !codes {
  %c1, %f1 = qnet.update "c" of 0 %c, %g flags %f rate %rate seed %seed step %step
      by(#qnet.r) with(#qnet.sgd) grid(#qnet.binary<1.0>) : !codes, tensor<2x3xf32>, tensor<1xi32>
  return %c1 : !codes
}

// Latent weights are clipped to [-1, 1], not rounded.
// CHECK-LABEL: @bc_clips_latent_weights_to_the_grids_range
// CHECK-NOT: qnet.encode
// CHECK: arith.subf
// CHECK: arith.constant -1.000000e+00 : f32
// CHECK: arith.constant 1.000000e+00 : f32
// CHECK: arith.cmpf olt
// CHECK: arith.cmpf ogt
// CHECK-NOT: qnet.encode
// CHECK: return
func.func @bc_clips_latent_weights_to_the_grids_range(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.bc) with(#qnet.sgd) grid(#qnet.binary<1.0>) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %w1 : tensor<8xf32>
}

// CHECK-LABEL: @full_precision_clips_nothing_without_a_grid
// CHECK-NOT: arith.cmpf ogt
// CHECK: return
func.func @full_precision_clips_nothing_without_a_grid(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %w1 : tensor<8xf32>
}

// Bias corrections are computed once, outside the loop; both moments are outputs.
// CHECK-LABEL: @adam_updates_both_moments_in_place
// CHECK-SAME: (%[[W:.*]]: tensor<8xf32>, %{{.*}}: tensor<8xf32>, %[[M:.*]]: tensor<8xf32>, %[[V:.*]]: tensor<8xf32>, %[[F:.*]]: tensor<1xi32>
// CHECK-COUNT-2: math.fpowi
// CHECK: linalg.generic
// CHECK-SAME: outs(%[[W]], %[[M]], %[[V]], %[[F]] :
// CHECK-NOT: math.fpowi
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: linalg.yield {{.*}} : f32, f32, f32, i32
func.func @adam_updates_both_moments_in_place(%w: tensor<8xf32>, %g: tensor<8xf32>, %m: tensor<8xf32>, %v: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %m1, %v1, %f1 = qnet.update "w" of 0 %w, %g slots(%m, %v) flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.adam) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>, 2
  return %w1 : tensor<8xf32>
}

// A NaN in any slot keeps the element's weight and slots.
// CHECK-LABEL: @a_nan_in_the_velocity_keeps_everything
// CHECK: %[[A:.*]] = arith.cmpf uno
// CHECK: %[[B:.*]] = arith.cmpf uno
// CHECK: %[[NAN:.*]] = arith.ori %[[A]], %[[B]]
// CHECK: arith.select %[[NAN]]
// CHECK: arith.select %[[NAN]]
func.func @a_nan_in_the_velocity_keeps_everything(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %u1, %f1 = qnet.update "w" of 0 %w, %g slots(%g) flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.momentum) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>, 1
  return %w1 : tensor<8xf32>
}

// CHECK-LABEL: @the_rate_scale_multiplies_the_rate_once
// CHECK: %[[SCALE:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[RATE:.*]] = arith.mulf %{{.*}}, %[[SCALE]]
// CHECK: linalg.generic
// CHECK: arith.mulf %[[RATE]]
func.func @the_rate_scale_multiplies_the_rate_once(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) {rate_scale = 2.0 : f32} : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %w1 : tensor<8xf32>
}

// CHECK-LABEL: @gradients_are_clipped_before_the_optimizer
// CHECK: ^bb0(%[[G:.*]]: f32, %{{.*}}: f32, %{{.*}}: i32):
// CHECK: arith.constant -5.000000e-01 : f32
// CHECK: arith.cmpf olt, %[[G]]
// CHECK: arith.cmpf ogt
// CHECK: %[[CLIPPED:.*]] = arith.select
// CHECK: arith.mulf %{{.*}}, %[[CLIPPED]]
func.func @gradients_are_clipped_before_the_optimizer(%w: tensor<8xf32>, %g: tensor<8xf32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<8xf32> {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) {clip_gradient = 0.5 : f32} : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
  return %w1 : tensor<8xf32>
}

// CHECK-LABEL: @a_scalar_parameter_is_one_element
// CHECK: linalg.generic
func.func @a_scalar_parameter_is_one_element(%w: tensor<f32>, %g: tensor<f32>, %f: tensor<1xi32>, %rate: f32, %seed: i32, %step: i32) -> tensor<f32> {
  %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %rate seed %seed step %step
      by(#qnet.full) with(#qnet.sgd) : tensor<f32>, tensor<f32>, tensor<1xi32>
  return %w1 : tensor<f32>
}
