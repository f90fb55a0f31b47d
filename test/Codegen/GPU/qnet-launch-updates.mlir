// RUN: qnet-opt %s -qnet-launch-updates -canonicalize -cse -split-input-file | FileCheck %s

#id = affine_map<(i) -> (i)>
#flag = affine_map<(i) -> (2)>

// 1024 elements a block, four a thread, in vectors of 16 bytes.
// CHECK-LABEL: func.func @a_thread_takes_four_elements
// CHECK: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c8, {{.*}} in (%{{.*}} = %c256
// CHECK: %[[START:.*]] = arith.muli %[[BLOCK]], %c1024
// CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %c4
// CHECK: %[[FIRST:.*]] = arith.addi %[[START]], %[[OFFSET]]
// CHECK-NOT: scf.if
// CHECK: %[[G:.*]] = vector.load %arg0[%[[FIRST]]] {alignment = 16 : i64} : memref<8192xf32>, vector<4xf32>
// CHECK: %[[W:.*]] = vector.load %arg1[%[[FIRST]]] {alignment = 16 : i64} : memref<8192xf32>, vector<4xf32>
// CHECK: %[[NEW:.*]] = arith.subf %[[W]], %[[G]] : vector<4xf32>
// CHECK: vector.store %[[NEW]], %arg1[%[[FIRST]]] {alignment = 16 : i64}
// CHECK-NOT: gpu.barrier
func.func @a_thread_takes_four_elements(%g: memref<8192xf32>, %w: memref<8192xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%g : memref<8192xf32>) outs(%w : memref<8192xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.subf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// Of 1030 elements the last two are no whole vector.
// CHECK-LABEL: func.func @the_rest_is_taken_one_by_one
// CHECK: %[[WHOLE:.*]] = arith.cmpi ult, %[[FIRST:.*]], %c1028
// CHECK: scf.if %[[WHOLE]]
// CHECK: vector.load
// CHECK: %[[REST:.*]] = arith.cmpi eq, %[[FIRST]], %c1028
// CHECK: scf.if %[[REST]]
// CHECK-NOT: vector.load
// CHECK-COUNT-2: memref.load %arg0
// CHECK-NOT: memref.load %arg0
// CHECK-COUNT-2: memref.store
// CHECK-NOT: memref.store
func.func @the_rest_is_taken_one_by_one(%g: memref<1030xf32>, %w: memref<1030xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%g : memref<1030xf32>) outs(%w : memref<1030xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>
#flag = affine_map<(i) -> (2)>

// 128 of the threads make one generator call each; 16 consecutive elements find their
// bits in one row. One thread in eight writes a word.
// CHECK-LABEL: func.func @random_words_and_codes_go_through_shared_memory
// CHECK: %[[WORDS:.*]] = qnet.words %arg1
// CHECK: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in {{.*}} threads(%[[T:.*]], %{{.*}}, %{{.*}}) in
// CHECK-SAME: workgroup(%[[DRAWS:.*]] : memref<4x128xi32, #gpu.address_space<workgroup>>, %[[MAIL:.*]] : memref<256xi32, #gpu.address_space<workgroup>>)
// CHECK: %[[CALLS:.*]] = arith.cmpi ult, %[[T]], %c128
// CHECK: scf.if %[[CALLS]]
// CHECK-COUNT-14: arith.muli %{{.*}} : i64
// CHECK: memref.store %{{.*}}, %[[DRAWS]][%c3, %[[T]]]
// CHECK: memref.store %c0_i32, %[[MAIL]][%[[T]]]
// CHECK: gpu.barrier
// CHECK: vector.load %[[DRAWS]]{{.*}} vector<4xi32>
// CHECK: memref.store %{{.*}}, %[[MAIL]][%[[T]]]
// CHECK: memref.atomic_rmw ori %{{.*}}, %arg2[%c2]
// CHECK: gpu.barrier
// CHECK: %[[PLACE:.*]] = arith.remui %[[T]], %c8
// CHECK: arith.cmpi eq, %[[PLACE]], %c0
// CHECK-COUNT-8: memref.load %[[MAIL]]
// CHECK: memref.store %{{.*}}, %[[WORDS]]
func.func @random_words_and_codes_go_through_shared_memory(%g: memref<2048xf32>, %w: memref<2048x!qnet.q<#qnet.binary<1.0>>>, %flags: memref<3xi32>, %seed: i32, %step: i32) {
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]} ins(%g : memref<2048xf32>) outs(%w, %flags : memref<2048x!qnet.q<#qnet.binary<1.0>>>, memref<3xi32>) {
  ^bb0(%a: f32, %code: !qnet.q<#qnet.binary<1.0>>, %seen: i32):
    %i = linalg.index 0 : index
    %bits = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
    %threshold = arith.fptosi %a : f32 to i32
    %up = arith.cmpi slt, %bits, %threshold : i32
    %ordinal = arith.extui %up : i1 to i32
    %new = qnet.to_code %ordinal : i32 to !qnet.q<#qnet.binary<1.0>>
    %isnan = arith.cmpf uno, %a, %a : f32
    %bit = arith.extui %isnan : i1 to i32
    %all = arith.ori %seen, %bit : i32
    linalg.yield %new, %all : !qnet.q<#qnet.binary<1.0>>, i32
  }
  return
}

// -----

#id2 = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @other_loops_stay
// CHECK-NOT: gpu.launch
// CHECK: linalg.generic
func.func @other_loops_stay(%g: memref<8x8xf32>, %w: memref<8x8xf32>) {
  linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]} ins(%g : memref<8x8xf32>) outs(%w : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}
