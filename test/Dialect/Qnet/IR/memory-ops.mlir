// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | qnet-opt | FileCheck %s

// 5 * 7 codes of one bit, then of two: 2 and 3 words.
// CHECK-LABEL: func.func @words_hold_codes_in_row_major_order
// CHECK:         qnet.words %{{.*}} : memref<5x7x!qnet.q<#qnet.binary<{{.*}}>>> to memref<2xi32>
// CHECK:         qnet.words %{{.*}} : memref<5x7x!qnet.q<#qnet.ternary<{{.*}}>>> to memref<3xi32>
func.func @words_hold_codes_in_row_major_order(
    %b: memref<5x7x!qnet.q<#qnet.binary<1.0>>>,
    %t: memref<5x7x!qnet.q<#qnet.ternary<1.0>>>) -> (memref<2xi32>, memref<3xi32>) {
  %0 = qnet.words %b : memref<5x7x!qnet.q<#qnet.binary<1.0>>> to memref<2xi32>
  %1 = qnet.words %t : memref<5x7x!qnet.q<#qnet.ternary<1.0>>> to memref<3xi32>
  return %0, %1 : memref<2xi32>, memref<3xi32>
}
