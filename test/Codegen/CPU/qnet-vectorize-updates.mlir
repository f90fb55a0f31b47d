// RUN: qnet-opt %s -split-input-file -qnet-vectorize-updates -canonicalize -cse | FileCheck %s
// RUN: qnet-opt %s -split-input-file -qnet-vectorize-updates=chunk=128 -canonicalize -cse | FileCheck %s --check-prefix=SMALL

#id = affine_map<(i) -> (i)>

// The expected bits are those of the formula in docs/randomness.md, computed apart.
// CHECK-LABEL: func @random_bits_are_those_of_the_formula
// CHECK-DAG: %[[TAIL:.*]] = arith.constant dense<[182, 139, 183, 249, 232, 120, 56, 118, {{.*}}]> : vector<16xi32>
// CHECK-DAG: %[[MASK:.*]] = arith.constant dense<[true, true, true, true, true, true, true, true, false, false, false, false, false, false, false, false]>
// CHECK-DAG: %[[FIRST:.*]] = arith.constant dense<[114, 140, 139, 216, 140, 184, 173, 62, 22, 189, 57, 47, 60, 36, 148, 245]> : vector<16xi32>
// CHECK: vector.store %[[FIRST]], %arg0[%c0]
// CHECK: vector.maskedstore %arg0[%c16], %[[MASK]], %[[TAIL]]
func.func @random_bits_are_those_of_the_formula(%out: memref<24xi32>) {
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%out : memref<24xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 8 : i32} : i32
    linalg.yield %b : i32
  }
  return
}

// -----

// 10000 elements are 78 groups of 128, in chunks of 32 groups, and 16 elements.
#id = affine_map<(i) -> (i)>
#flag = affine_map<(i) -> (2)>
!q = !qnet.q<#qnet.binary<1.0>>

// CHECK-LABEL: func @one_pass_over_codes_gradient_and_flag
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG: %[[C78:.*]] = arith.constant 78 : index
// CHECK: %[[WORDS:.*]] = qnet.words %arg0 {{.*}} to memref<313xi32>
// CHECK: scf.parallel (%[[CHUNK:.*]]) = (%c0) to (%[[C3]]) step (%c1)
// CHECK:   %[[FIRST:.*]] = arith.muli %[[CHUNK]], %[[C32]]
// CHECK:   %[[END:.*]] = arith.addi %[[FIRST]], %[[C32]]
// CHECK:   %[[LAST:.*]] = arith.minsi %[[END]], %[[C78]]
// CHECK:   %[[BITS:.*]] = scf.for {{.*}} = %[[FIRST]] to %[[LAST]] {{.*}} iter_args({{.*}}) -> (vector<16xi32>)
// One call of the generator on two halves of a vector gives the bits of eight parts;
// two products of the first two rounds are the same for both.
// CHECK-COUNT-26: arith.muli {{.*}} : vector<8xi64>
// CHECK-NOT:      arith.muli {{.*}} : vector<8xi64>
// CHECK:   scf.if
// CHECK:     memref.atomic_rmw ori %{{.*}}, %arg2[%c2]
// CHECK-NOT: scf.parallel
// The last 16 codes: a half word, its upper bits zero.
// CHECK: vector.load %arg1
// CHECK: vector.shuffle %{{.*}}, %cst{{.*}} : vector<16xi1>, vector<16xi1>
// CHECK: %[[WORD:.*]] = vector.extract
// CHECK: memref.store %[[WORD]], %[[WORDS]][%c312]
// CHECK-NOT: linalg.generic

// SMALL-LABEL: func @one_pass_over_codes_gradient_and_flag
// SMALL: %[[C78:.*]] = arith.constant 78 : index
// SMALL: scf.parallel {{.*}} to (%[[C78]])
func.func @one_pass_over_codes_gradient_and_flag(
    %w: memref<10000x!q>, %g: memref<10000xf32>, %flags: memref<4xi32>,
    %rate: f32, %seed: i32, %step: i32) {
  %one = arith.constant 1.0 : f32
  %scale = arith.constant 65536.0 : f32
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%g : memref<10000xf32>) outs(%w, %flags : memref<10000x!q>, memref<4xi32>) {
  ^bb0(%x: f32, %c: !q, %flag: i32):
    %i = linalg.index 0 : index
    %old = qnet.from_code %c : !q to i32
    %value = arith.sitofp %old : i32 to f32
    %move = arith.mulf %rate, %x : f32
    %moved = arith.subf %value, %move : f32
    %nan = arith.cmpf uno, %moved, %moved : f32
    %scaled = arith.mulf %moved, %scale : f32
    %threshold = arith.fptosi %scaled : f32 to i32
    %b = qnet.random_bits update of 0 seed %seed step %step at %i {bits = 16 : i32} : i32
    %up = arith.cmpi ult, %b, %threshold : i32
    %ordinal = arith.extui %up : i1 to i32
    %kept = arith.select %nan, %old, %ordinal : i32
    %new = qnet.to_code %kept : i32 to !q
    %bad = arith.extui %nan : i1 to i32
    %f = arith.ori %flag, %bad : i32
    linalg.yield %new, %f : !q, i32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func @a_short_loop_is_straight_code
// CHECK-NOT: scf.
// CHECK: vector.load %arg0[%c0]
// CHECK: vector.store %{{.*}}, %arg1[%c0]
// CHECK: vector.maskedload %arg0[%c16]
// CHECK: vector.maskedstore %arg1[%c16]
func.func @a_short_loop_is_straight_code(%a: memref<19xf32>, %b: memref<19xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%a : memref<19xf32>) outs(%b : memref<19xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>
!q = !qnet.q<#qnet.uniform<4, 0.25>>

// Four-bit codes: 16 in two words, shifted out and put back.
// CHECK-LABEL: func @wider_codes_are_shifted_into_place
// CHECK: %[[OLD:.*]] = vector.load %{{.*}} : memref<8xi32>, vector<2xi32>
// CHECK: vector.shuffle %[[OLD]], %[[OLD]] [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
// CHECK: arith.shrui
// CHECK: arith.shli
// CHECK-COUNT-3: arith.ori
// CHECK: vector.store %{{.*}} : memref<8xi32>, vector<2xi32>
func.func @wider_codes_are_shifted_into_place(%w: memref<64x!q>) {
  %one = arith.constant 1 : i32
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%w : memref<64x!q>) {
  ^bb0(%c: !q):
    %n = qnet.from_code %c : !q to i32
    %flipped = arith.xori %n, %one : i32
    %new = qnet.to_code %flipped : i32 to !q
    linalg.yield %new : !q
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>
#sum = affine_map<(i) -> (0)>
#reverse = affine_map<(i) -> (7 - i)>

// CHECK-LABEL: func @what_is_not_elementwise_stays
// CHECK-COUNT-3: linalg.generic
func.func @what_is_not_elementwise_stays(%a: memref<8xf32>, %b: memref<8xf32>,
                                         %s: memref<1xf32>, %d: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #sum], iterator_types = ["reduction"]}
      ins(%a : memref<8xf32>) outs(%s : memref<1xf32>) {
  ^bb0(%x: f32, %y: f32):
    %t = arith.addf %x, %y : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#reverse, #id], iterator_types = ["parallel"]}
      ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%d : memref<?xf32>) {
  ^bb0(%x: f32):
    %t = arith.negf %x : f32
    linalg.yield %t : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

// The index of a loop over one element folds to zero.
// CHECK-LABEL: func @one_element
// CHECK-NOT: linalg.generic
// CHECK: vector.maskedstore %arg0
func.func @one_element(%out: memref<1xi32>, %seed: i32) {
  %c0 = arith.constant 0 : index
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%out : memref<1xi32>) {
  ^bb0(%o: i32):
    %b = qnet.random_bits update of 3 seed %seed step %seed at %c0 {bits = 8 : i32} : i32
    linalg.yield %b : i32
  }
  return
}

// -----

// A group of 64 floats is four lines; the last group is at 1984.
#id = affine_map<(i) -> (i)>

// CHECK-LABEL: func @prefetches_stay_inside_of_the_buffer
// CHECK-DAG: %[[LAST:.*]] = arith.constant 1984 : index
// CHECK-DAG: %[[PAGE:.*]] = arith.constant 1024 : index
// CHECK: %[[FIRST:.*]] = arith.muli
// CHECK: %[[AHEAD:.*]] = arith.addi %[[FIRST]], %[[PAGE]]
// CHECK: %[[INSIDE:.*]] = arith.minsi %[[AHEAD]], %[[LAST]]
// CHECK: memref.prefetch %arg0[%[[INSIDE]]], read, locality<3>, data
// CHECK-COUNT-3: memref.prefetch %arg0
// CHECK-NOT: memref.prefetch
func.func @prefetches_stay_inside_of_the_buffer(%w: memref<2048xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%w : memref<2048xf32>) {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    linalg.yield %y : f32
  }
  return
}
