// RUN: qnet-opt %s -qnet-expand-math | FileCheck %s

// CHECK-LABEL: @powers_square_for_each_bit_of_the_exponent
// CHECK-SAME: (%[[X:.*]]: f64, %[[N:.*]]: i32)
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f64
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[POWER:.*]] = %[[ONE]], %[[SQUARE:.*]] = %[[X]])
// CHECK: %[[SHIFTED:.*]] = arith.shrui %[[N]]
// CHECK: %[[BIT:.*]] = arith.trunci %[[SHIFTED]] : i32 to i1
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[POWER]], %[[SQUARE]]
// CHECK: %[[NEXT:.*]] = arith.select %[[BIT]], %[[PRODUCT]], %[[POWER]]
// CHECK: %[[SQUARED:.*]] = arith.mulf %[[SQUARE]], %[[SQUARE]]
// CHECK: scf.yield %[[NEXT]], %[[SQUARED]]
func.func @powers_square_for_each_bit_of_the_exponent(%x: f64, %n: i32) -> f64 {
  %0 = math.fpowi %x, %n : f64, i32
  return %0 : f64
}

// CHECK-LABEL: @transcendentals_become_polynomials
// CHECK-NOT: math.{{exp|log|tanh|cos}}
// CHECK: return
func.func @transcendentals_become_polynomials(%x: f32, %v: vector<8xf32>) -> (f32, f32, f32, vector<8xf32>) {
  %0 = math.exp %x : f32
  %1 = math.log %x : f32
  %2 = math.cos %x : f32
  %3 = math.tanh %v : vector<8xf32>
  return %0, %1, %2, %3 : f32, f32, f32, vector<8xf32>
}

// IEEE's square root is an instruction everywhere.
// CHECK-LABEL: @square_roots_stay
// CHECK: math.sqrt
func.func @square_roots_stay(%x: f32) -> f32 {
  %0 = math.sqrt %x : f32
  return %0 : f32
}
