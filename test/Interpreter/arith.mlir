// RUN: qnet-interpret %s --all | FileCheck %s

// CHECK-LABEL: @integers_wrap
// CHECK-NEXT: -2147483648 : i32
// CHECK-NEXT: -128 : i8
func.func @integers_wrap() -> (i32, i8) {
  %max = arith.constant 2147483647 : i32
  %one = arith.constant 1 : i32
  %sum = arith.addi %max, %one : i32
  %wide = arith.constant 384 : i32
  %narrow = arith.trunci %wide : i32 to i8
  return %sum, %narrow : i32, i8
}

// CHECK-LABEL: @unsigned_ops_see_large_numbers
// CHECK-NEXT: 2147483647 : i32
// CHECK-NEXT: true
// CHECK-NEXT: 255 : i32
// CHECK-NEXT: 4.2949673E+9 : f32
func.func @unsigned_ops_see_large_numbers() -> (i32, i1, i32, f32) {
  %m = arith.constant -1 : i32
  %one = arith.constant 1 : i32
  %half = arith.shrui %m, %one : i32
  %greater = arith.cmpi ugt, %m, %one : i32
  %byte = arith.constant -1 : i8
  %extended = arith.extui %byte : i8 to i32
  %real = arith.uitofp %m : i32 to f32
  return %half, %greater, %extended, %real : i32, i1, i32, f32
}

// CHECK-LABEL: @wide_product_has_two_halves
// CHECK-NEXT: 1 : i32
// CHECK-NEXT: -2 : i32
func.func @wide_product_has_two_halves() -> (i32, i32) {
  %m = arith.constant -1 : i32
  %low, %high = arith.mului_extended %m, %m : i32
  return %low, %high : i32, i32
}

// CHECK-LABEL: @each_operation_rounds_to_f32
// CHECK-NEXT: 0.000000e+00 : f32
// CHECK-NEXT: 5.96046448E-8 : f32
func.func @each_operation_rounds_to_f32() -> (f32, f32) {
  %big = arith.constant 16777216.0 : f32
  %one = arith.constant 1.0 : f32
  %sum = arith.addf %big, %one : f32
  %lost = arith.subf %sum, %big : f32
  // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; the product's f32 rounding loses it, and
  // fma keeps it.
  %a = arith.constant 1.000244140625 : f32
  %b = arith.constant -1.00048828125 : f32
  %fused = math.fma %a, %a, %b : f32
  return %lost, %fused : f32, f32
}

// CHECK-LABEL: @extrema_order_nan_and_zeros
// CHECK-NEXT: dense<[0.000000e+00, 0x7FC00000]> : tensor<2xf32>
// CHECK-NEXT: dense<[-0.000000e+00, 0x7FC00000]> : tensor<2xf32>
// CHECK-NEXT: dense<[0.000000e+00, 1.000000e+00]> : tensor<2xf32>
func.func @extrema_order_nan_and_zeros() -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %a = arith.constant dense<[-0.0, 0x7FC00000]> : tensor<2xf32>
  %b = arith.constant dense<[0.0, 1.0]> : tensor<2xf32>
  %max = arith.maximumf %a, %b : tensor<2xf32>
  %min = arith.minimumf %a, %b : tensor<2xf32>
  %num = arith.maxnumf %a, %b : tensor<2xf32>
  return %max, %min, %num : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// The poison of the shift is not chosen, and so not seen.
// CHECK-LABEL: @select_hides_poison
// CHECK-NEXT: 5 : i32
func.func @select_hides_poison() -> i32 {
  %c32 = arith.constant 32 : i32
  %five = arith.constant 5 : i32
  %false = arith.constant false
  %poison = arith.shli %five, %c32 : i32
  %more = arith.addi %poison, %five : i32
  %r = arith.select %false, %more, %five : i32
  return %r : i32
}

// CHECK-LABEL: @round_even_goes_to_even
// CHECK-NEXT: dense<[0.000000e+00, 2.000000e+00, 2.000000e+00, -0.000000e+00, 3.000000e+00]> : tensor<5xf32>
func.func @round_even_goes_to_even() -> tensor<5xf32> {
  %x = arith.constant dense<[0.5, 1.5, 2.5, -0.5, 2.6]> : tensor<5xf32>
  %y = math.roundeven %x : tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: @powers_by_repeated_squaring
// CHECK-NEXT: 1.024000e+03 : f64
// CHECK-NEXT: 2.500000e-01 : f32
func.func @powers_by_repeated_squaring() -> (f64, f32) {
  %x = arith.constant 2.0 : f64
  %y = arith.constant 2.0 : f32
  %n = arith.constant 10 : i32
  %m = arith.constant -2 : i32
  %p = math.fpowi %x, %n : f64, i32
  %q = math.fpowi %y, %m : f32, i32
  return %p, %q : f64, f32
}
