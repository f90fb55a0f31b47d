// RUN: qnet-opt %s -qnet-expand-rounding | FileCheck %s

// CHECK-LABEL: @decoding_binary_selects_a_level
// CHECK: %[[N:.*]] = qnet.from_code %{{.*}} : !qnet.q<#qnet.binary<5.000000e-01>> to i32
// CHECK: %[[UP:.*]] = arith.cmpi ne, %[[N]]
// CHECK: %[[W:.*]] = arith.select %[[UP]]
// CHECK: return %[[W]] : f32
func.func @decoding_binary_selects_a_level(%c: !qnet.q<#qnet.binary<0.5>>) -> f32 {
  %0 = qnet.decode %c : !qnet.q<#qnet.binary<0.5>> to f32
  return %0 : f32
}

// The fraction, in 16ths, is compared with the bits as an integer: the bits of
// 2^23 + n are 0x4B000000 + n.
// CHECK-LABEL: @stochastic_rounding_compares_the_fraction_with_the_bits
// CHECK-SAME: %[[BITS:[a-z0-9]+]]: i32)
// CHECK-DAG: %[[SCALE:.*]] = arith.constant 1.600000e+01 : f32
// CHECK-DAG: %[[INTEGERS:.*]] = arith.constant 0x4B000000 : f32
// CHECK-DAG: %[[FIRST:.*]] = arith.constant 1258291200 : i32
// CHECK: %[[FRACTION:.*]] = arith.divf
// CHECK: %[[EVEN:.*]] = math.fma %[[FRACTION]], %[[SCALE]], %[[INTEGERS]]
// CHECK: %[[THRESHOLD:.*]] = arith.bitcast %[[EVEN]] : f32 to i32
// CHECK: %[[SHIFTED:.*]] = arith.addi %[[BITS]], %[[FIRST]]
// CHECK: arith.cmpi slt, %[[SHIFTED]], %[[THRESHOLD]]
// CHECK: qnet.to_code %{{.*}} : i32 to !qnet.q
func.func @stochastic_rounding_compares_the_fraction_with_the_bits(%x: f32, %bits: i32) -> !qnet.q<#qnet.binary<0.3>> {
  %0 = qnet.encode %x by(#qnet.stochastic<4>) random %bits : f32 to !qnet.q<#qnet.binary<0.3>>
  return %0 : !qnet.q<#qnet.binary<0.3>>
}

// Between -1 and 1 the fraction, in 16ths, is 8 (x + 1): exact, without a division.
// CHECK-LABEL: @widths_of_a_power_of_two_need_no_division
// CHECK: %[[SCALE:.*]] = arith.constant 8.000000e+00 : f32
// CHECK-NOT: arith.divf
// CHECK: math.fma %{{.*}}, %[[SCALE]], %{{.*}}
func.func @widths_of_a_power_of_two_need_no_division(%x: f32, %bits: i32) -> !qnet.q<#qnet.binary<1.0>> {
  %0 = qnet.encode %x by(#qnet.stochastic<4>) random %bits : f32 to !qnet.q<#qnet.binary<1.0>>
  return %0 : !qnet.q<#qnet.binary<1.0>>
}

// More bits than 22 do not fit beside 2^23.
// CHECK-LABEL: @many_bits_are_compared_after_a_conversion
// CHECK: %[[EVEN:.*]] = math.roundeven
// CHECK: %[[THRESHOLD:.*]] = arith.fptosi %[[EVEN]]
// CHECK: arith.cmpi slt, %{{.*}}, %[[THRESHOLD]]
func.func @many_bits_are_compared_after_a_conversion(%x: f32, %bits: i32) -> !qnet.q<#qnet.binary<1.0>> {
  %0 = qnet.encode %x by(#qnet.stochastic<23>) random %bits : f32 to !qnet.q<#qnet.binary<1.0>>
  return %0 : !qnet.q<#qnet.binary<1.0>>
}

// CHECK-LABEL: @binary_deterministic_rounding_is_the_sign
// CHECK: %[[UP:.*]] = arith.cmpf oge, %{{.*}}, %{{.*}} : f32
// CHECK: arith.extui %[[UP]]
// CHECK-NOT: arith.subf
// CHECK: qnet.to_code
func.func @binary_deterministic_rounding_is_the_sign(%x: f32) -> !qnet.q<#qnet.binary<0.3>> {
  %0 = qnet.encode %x by(#qnet.deterministic) : f32 to !qnet.q<#qnet.binary<0.3>>
  return %0 : !qnet.q<#qnet.binary<0.3>>
}

// Clamping comes before any conversion to an integer; NaN becomes the lowest level.
// CHECK-LABEL: @values_are_clamped_as_floats
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.000000e+00 : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 8.750000e-01 : f32
// CHECK: %[[RAISED:.*]] = arith.maxnumf %[[X]], %[[LOW]]
// CHECK: arith.minnumf %[[RAISED]], %[[HIGH]]
// CHECK: arith.fptosi
// CHECK: qnet.to_code
func.func @values_are_clamped_as_floats(%x: f32) -> !qnet.q<#qnet.uniform<4, 0.125>> {
  %0 = qnet.encode %x by(#qnet.deterministic) : f32 to !qnet.q<#qnet.uniform<4, 0.125>>
  return %0 : !qnet.q<#qnet.uniform<4, 0.125>>
}

// 0.1 is no power of two: the quotient is corrected against the f32 levels.
// CHECK-LABEL: @steps_that_are_no_powers_of_two_are_corrected
// CHECK: math.floor
// CHECK: arith.cmpf ole
func.func @steps_that_are_no_powers_of_two_are_corrected(%x: f32) -> f32 {
  %0 = qnet.round %x to(#qnet.ternary<0.1>) by(#qnet.deterministic) : f32
  return %0 : f32
}

// CHECK-LABEL: @powers_of_two_need_no_correction
// CHECK: math.floor
// CHECK-NOT: arith.cmpf ole
// CHECK: return
func.func @powers_of_two_need_no_correction(%x: f32) -> f32 {
  %0 = qnet.round %x to(#qnet.ternary<0.25>) by(#qnet.deterministic) : f32
  return %0 : f32
}

// CHECK-LABEL: @vectors_and_tensors_expand_alike
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3xi1>, tensor<2x3xf32>
// CHECK-NOT: qnet.{{round|encode|decode}}
func.func @vectors_and_tensors_expand_alike(%v: vector<16xf32>, %t: tensor<2x3xf32>) -> (vector<16xf32>, tensor<2x3xf32>) {
  %0 = qnet.round %v to(#qnet.binary<1.0>) by(#qnet.deterministic) : vector<16xf32>
  %1 = qnet.round %t to(#qnet.binary<1.0>) by(#qnet.deterministic) : tensor<2x3xf32>
  return %0, %1 : vector<16xf32>, tensor<2x3xf32>
}
