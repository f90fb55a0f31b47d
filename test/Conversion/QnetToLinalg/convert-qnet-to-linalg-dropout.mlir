// RUN: qnet-opt %s -convert-qnet-to-linalg | FileCheck %s

// 0.25 * 2^24 = 4194304, 1/(1 - 0.25) = 4/3.
// CHECK-LABEL: func.func @bits_are_drawn_in_the_loop(
// CHECK-SAME:    %[[X:.*]]: tensor<4x3xf32>, %[[SEED:.*]]: i32, %[[STEP:.*]]: i32)
// CHECK-DAG:     %[[BOUND:.*]] = arith.constant 4194304 : i32
// CHECK-DAG:     %[[FACTOR:.*]] = arith.constant 1.33333337 : f32
// CHECK:         linalg.generic {{.*}} ins(%{{.*}} : tensor<12xf32>)
// CHECK:         ^bb0(%[[V:.*]]: f32, %{{.*}}: f32):
// CHECK:           %[[I:.*]] = linalg.index 0
// CHECK:           %[[BITS:.*]] = qnet.random_bits dropout of 2 seed %[[SEED]] step %[[STEP]] at %[[I]] {bits = 24 : i32} : i32
// CHECK:           %[[DROPPED:.*]] = arith.cmpi ult, %[[BITS]], %[[BOUND]]
// CHECK:           %[[KEPT:.*]] = arith.mulf %[[V]], %[[FACTOR]]
// CHECK:           arith.select %[[DROPPED]], %{{.*}}, %[[KEPT]]
func.func @bits_are_drawn_in_the_loop(%x: tensor<4x3xf32>, %seed: i32, %step: i32) -> tensor<4x3xf32> {
  %y = qnet.dropout_train of 2 %x seed %seed step %step {probability = 0.25 : f32} : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @a_part_counts_from_its_first_sample(
// CHECK-SAME:    %[[FIRST:[a-z0-9]+]]: index)
// CHECK-DAG:     %[[SAMPLE:.*]] = arith.constant 3 : index
// CHECK:           %[[I:.*]] = linalg.index 0
// CHECK:           %[[BEFORE:.*]] = arith.muli %[[FIRST]], %[[SAMPLE]]
// CHECK:           %[[AT:.*]] = arith.addi %[[BEFORE]], %[[I]]
// CHECK:           qnet.random_bits dropout of 0 {{.*}} at %[[AT]]
func.func @a_part_counts_from_its_first_sample(%x: tensor<4x3xf32>, %seed: i32, %step: i32, %first: index) -> tensor<4x3xf32> {
  %y = qnet.dropout_train of 0 %x seed %seed step %step first %first {probability = 0.25 : f32} : tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @a_bias_is_added_to_the_convolution
// CHECK:         linalg.generic {{.*}}"reduction"
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x5x7x5xf32>, tensor<5xf32>)
// CHECK:           arith.addf
func.func @a_bias_is_added_to_the_convolution(
    %x: tensor<2x7x9x3xf32>, %k: tensor<5x3x3x3xf32>, %b: tensor<5xf32>) -> tensor<2x5x7x5xf32> {
  %y = qnet.conv2d %x, %k, %b : (tensor<2x7x9x3xf32>, tensor<5x3x3x3xf32>, tensor<5xf32>) -> tensor<2x5x7x5xf32>
  return %y : tensor<2x5x7x5xf32>
}

// CHECK-LABEL: func.func @given_values_are_read
// CHECK:         %[[VALUES:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
// CHECK:         linalg.generic
// CHECK:           %[[I:.*]] = linalg.index 0
// CHECK:           tensor.extract %[[VALUES]][%[[I]]]
func.func @given_values_are_read(%seed: i32) -> tensor<2x2xf32> {
  %w = qnet.initial_value of 0 seed %seed by(#qnet.values<dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>>) : tensor<2x2xf32>
  return %w : tensor<2x2xf32>
}

// No exponential of a positive value.
// CHECK-LABEL: func.func @logistic
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xi32>)
// CHECK:           %[[SIZE:.*]] = math.absf
// CHECK:           %[[NEGATIVE:.*]] = arith.negf %[[SIZE]]
// CHECK:           math.exp %[[NEGATIVE]]
// CHECK:           math.log
func.func @logistic(%y: tensor<4x1xf32>, %labels: tensor<4xi32>) -> tensor<4xf32> {
  %l = qnet.logistic %y, %labels : (tensor<4x1xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %l : tensor<4xf32>
}

// CHECK-LABEL: func.func @sum_outputs
// CHECK:         linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]
// CHECK:           arith.addf
func.func @sum_outputs(%y: tensor<4x3xf32>) -> tensor<4xf32> {
  %l = qnet.sum_outputs %y : (tensor<4x3xf32>) -> tensor<4xf32>
  return %l : tensor<4xf32>
}
