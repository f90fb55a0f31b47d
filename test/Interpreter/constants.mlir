// RUN: qnet-interpret %s --all | FileCheck %s

// 0x15 = 0b10101
// CHECK-LABEL: @packed_constants_start_in_the_lowest_bits
// CHECK-NEXT: dense<[1, 0, 1, 0, 1]> : tensor<5xi32>
func.func @packed_constants_start_in_the_lowest_bits() -> tensor<5xi32> {
  %c = qnet.packed_constant dense<0x15> : tensor<1xi32> to tensor<5x!qnet.q<#qnet.binary<1.0>>>
  %n = qnet.from_code %c : tensor<5x!qnet.q<#qnet.binary<1.0>>> to tensor<5xi32>
  return %n : tensor<5xi32>
}

// Three codes of 2 bits in a word of 16: -1, 1 and 0, from the lowest bits.
// CHECK-LABEL: @resources_are_read
// CHECK-NEXT: dense<[-1.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<3xf32>
func.func @resources_are_read() -> tensor<3xf32> {
  %c = qnet.packed_constant dense_resource<codes> : tensor<1xi32> to tensor<3x!qnet.q<#qnet.ternary<1.0>>>
  %w = qnet.decode %c : tensor<3x!qnet.q<#qnet.ternary<1.0>>> to tensor<3xf32>
  return %w : tensor<3xf32>
}

{-#
  dialect_resources: {
    builtin: {
      codes: "0x0400000018000000"
    }
  }
#-}
