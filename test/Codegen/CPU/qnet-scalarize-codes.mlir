// RUN: qnet-opt %s -qnet-scalarize-codes -canonicalize -cse | FileCheck %s

!q = !qnet.q<#qnet.ternary<0.5>>

// CHECK-LABEL: func @odd_maps_become_loops_over_words
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[FROM:.*]] = qnet.words %arg0 {{.*}} to memref<1xi32>
// CHECK: %[[WORD:.*]] = memref.load %[[FROM]]
// CHECK: %[[SHIFTED:.*]] = arith.shrui %[[WORD]]
// CHECK: %[[ORDINAL:.*]] = arith.andi %[[SHIFTED]], %c3_i32
// CHECK: %[[TO:.*]] = qnet.words %arg1 {{.*}} to memref<1xi32>
// The last code clears the bits above it too.
// CHECK: %[[FIELD:.*]] = arith.shli %c3_i32
// CHECK: %[[REST:.*]] = arith.shli %c-1_i32
// CHECK: %[[CLEARED:.*]] = arith.select %{{.*}}, %[[REST]], %[[FIELD]]
// CHECK: %[[OTHERS:.*]] = arith.xori %[[CLEARED]], %c-1_i32
// CHECK: %[[OLD:.*]] = memref.load %[[TO]]
// CHECK: %[[KEPT:.*]] = arith.andi %[[OLD]], %[[OTHERS]]
// CHECK: %[[PLACED:.*]] = arith.shli %[[ORDINAL]]
// CHECK: %[[NEW:.*]] = arith.ori %[[KEPT]], %[[PLACED]]
// CHECK: memref.store %[[NEW]], %[[TO]]
// CHECK-NOT: qnet.to_code
func.func @odd_maps_become_loops_over_words(%a: memref<5x3x!q>, %b: memref<3x5x!q>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<5x3x!q>) outs(%b : memref<3x5x!q>) {
  ^bb0(%x: !q, %y: !q):
    linalg.yield %x : !q
  }
  return
}

// CHECK-LABEL: func @loops_without_codes_stay
// CHECK: linalg.generic
func.func @loops_without_codes_stay(%a: memref<5x3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]} outs(%a : memref<5x3xf32>) {
  ^bb0(%x: f32):
    %n = arith.negf %x : f32
    linalg.yield %n : f32
  }
  return
}
