// RUN: qnet-interpret %s --all | FileCheck %s
// RUN: qnet-interpret %s --all --stage=convert-qnet-to-linalg | FileCheck %s

// The 24 bits of elements 0 to 5 are 11208335, 13721439, 14875824, 467781, 5694085, 12670296 (docs/examples/random_bits.py 5 1 6 2
// ELEMENT 24); those below 2^23 drop.
// CHECK-LABEL: @values_are_dropped_or_doubled
// CHECK-NEXT{LITERAL}: dense<[[2.000000e+00, 4.000000e+00, 6.000000e+00], [0.000000e+00, 0.000000e+00, 1.200000e+01]]> : tensor<2x3xf32>
func.func @values_are_dropped_or_doubled() -> tensor<2x3xf32> {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %seed = arith.constant 5 : i32
  %step = arith.constant 2 : i32
  %y = qnet.dropout_train of 1 %x seed %seed step %step {probability = 0.5 : f32} : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// From sample 1 on: elements 3 to 8; the last three are 8742594, 14457104, 14046280.
// CHECK-LABEL: @a_part_draws_for_its_own_samples
// CHECK-NEXT{LITERAL}: dense<[[0.000000e+00, 0.000000e+00, 6.000000e+00], [8.000000e+00, 1.000000e+01, 1.200000e+01]]> : tensor<2x3xf32>
func.func @a_part_draws_for_its_own_samples() -> tensor<2x3xf32> {
  %x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %seed = arith.constant 5 : i32
  %step = arith.constant 2 : i32
  %first = arith.constant 1 : index
  %y = qnet.dropout_train of 1 %x seed %seed step %step first %first {probability = 0.5 : f32} : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @probability_zero_drops_nothing
// CHECK-NEXT: dense<1.500000e+00> : tensor<2x3xf32>
func.func @probability_zero_drops_nothing() -> tensor<2x3xf32> {
  %x = arith.constant dense<1.5> : tensor<2x3xf32>
  %seed = arith.constant 5 : i32
  %y = qnet.dropout_train of 0 %x seed %seed step %seed {probability = 0.0 : f32} : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: @given_values_do_not_depend_on_the_seed
// CHECK-NEXT{LITERAL}: dense<[[1.000000e+00, 2.000000e+00], [-3.000000e+00, 5.000000e-01]]> : tensor<2x2xf32>
// CHECK-NEXT: dense<4.000000e+00> : tensor<3xf32>
func.func @given_values_do_not_depend_on_the_seed() -> (tensor<2x2xf32>, tensor<3xf32>) {
  %seed = arith.constant 5 : i32
  %v = qnet.initial_value of 0 seed %seed by(#qnet.values<dense<[[1.0, 2.0], [-3.0, 0.5]]> : tensor<2x2xf32>>) : tensor<2x2xf32>
  %s = qnet.initial_value of 1 seed %seed by(#qnet.values<dense<4.0> : tensor<3xf32>>) : tensor<3xf32>
  return %v, %s : tensor<2x2xf32>, tensor<3xf32>
}
