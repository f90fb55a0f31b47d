// RUN: qnet-opt %s -qnet-launch-linalg -split-input-file | FileCheck %s

#id2 = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// One thread a column; the sum ascends, as on a CPU, and starts from the fill, which
// goes away.
// CHECK-LABEL: func.func @a_thread_sums_a_column_in_ascending_order
// CHECK-NOT: linalg.fill
// CHECK: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c4, {{.*}}) threads(%[[THREAD:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c256
// CHECK-SAME: module(@kernels) function(@a_thread_sums_a_column_in_ascending_order_reduce)
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c256
// CHECK: %[[J:.*]] = arith.addi %[[FIRST]], %[[THREAD]]
// CHECK: %[[EXISTS:.*]] = arith.cmpi ult, %[[J]], %c1000
// CHECK: scf.if %[[EXISTS]]
// CHECK: %[[SUM:.*]] = scf.for %[[I:.*]] = %c0{{.*}} to %c16{{.*}} step %c1{{.*}} iter_args(%[[S:.*]] = %cst
// CHECK: %[[X:.*]] = memref.load %{{.*}}[%[[I]], %[[J]]]
// CHECK: %[[NEXT:.*]] = arith.addf %[[S]], %[[X]]
// CHECK: scf.yield %[[NEXT]]
// CHECK: memref.store %[[SUM]], %{{.*}}[%[[J]]]
func.func @a_thread_sums_a_column_in_ascending_order(%x: memref<16x1000xf32>, %s: memref<1000xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<1000xf32>)
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<16x1000xf32>) outs(%s : memref<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// A fill that something else reads stays, as a kernel of its own.
// CHECK-LABEL: func.func @a_fill_that_is_read_stays
// CHECK: gpu.launch {{.*}}function(@a_fill_that_is_read_stays_map)
// CHECK: gpu.launch {{.*}}function(@a_fill_that_is_read_stays_map)
// CHECK: gpu.launch {{.*}}function(@a_fill_that_is_read_stays_reduce)
func.func @a_fill_that_is_read_stays(%x: memref<16x1000xf32>, %s: memref<1000xf32>, %t: memref<1000xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<1000xf32>)
  memref.copy %s, %t : memref<1000xf32> to memref<1000xf32>
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<16x1000xf32>) outs(%s : memref<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// -----

#id4 = affine_map<(n, h, w, c) -> (n, h, w, c)>

// The number of a point gives the indices of all parallel loops, the last fastest.
// CHECK-LABEL: func.func @points_are_numbered_with_the_last_loop_fastest
// CHECK: %[[C:.*]] = arith.remui %[[POINT:.*]], %c3{{.*}} : index
// CHECK: %[[REST:.*]] = arith.divui %[[POINT]], %c3{{.*}} : index
// CHECK: %[[W:.*]] = arith.remui %[[REST]], %c7{{.*}} : index
// CHECK: %[[REST2:.*]] = arith.divui %[[REST]], %c7{{.*}} : index
// CHECK: %[[H:.*]] = arith.remui %[[REST2]], %c5{{.*}} : index
// CHECK: %[[N:.*]] = arith.divui %[[REST2]], %c5{{.*}} : index
// CHECK: memref.load %{{.*}}[%[[N]], %[[H]], %[[W]], %[[C]]]
func.func @points_are_numbered_with_the_last_loop_fastest(%x: memref<2x5x7x3xf32>, %y: memref<2x5x7x3xf32>) {
  linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : memref<2x5x7x3xf32>) outs(%y : memref<2x5x7x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.negf %a : f32
    linalg.yield %p : f32
  }
  return
}

// -----

// Codes are copied by words.
// CHECK-LABEL: func.func @codes_are_copied_by_words
// CHECK-DAG: %[[FROM:.*]] = qnet.words %arg0
// CHECK-DAG: %[[TO:.*]] = qnet.words %arg1
// CHECK: gpu.launch
// CHECK: %[[WORD:.*]] = memref.load %[[FROM]]
// CHECK: memref.store %[[WORD]], %[[TO]]
func.func @codes_are_copied_by_words(%a: memref<10x10x!qnet.q<#qnet.binary<1.0>>>, %b: memref<10x10x!qnet.q<#qnet.binary<1.0>>>) {
  memref.copy %a, %b : memref<10x10x!qnet.q<#qnet.binary<1.0>>> to memref<10x10x!qnet.q<#qnet.binary<1.0>>>
  return
}

// -----

// A slice that a loop moves is taken in the kernel, whose parameters are the whole
// buffer and the place.
// CHECK-LABEL: func.func @a_moving_slice_is_taken_in_the_kernel
// CHECK: scf.for %[[I:.*]] =
// CHECK: gpu.launch
// CHECK: %[[SLICE:.*]] = memref.subview %arg0[%[[I]], 0] [4, 8] [1, 1]
// CHECK: memref.load %[[SLICE]]
func.func @a_moving_slice_is_taken_in_the_kernel(%x: memref<16x8xf32>, %y: memref<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  scf.for %i = %c0 to %c16 step %c4 {
    %s = memref.subview %x[%i, 0] [4, 8] [1, 1] : memref<16x8xf32> to memref<4x8xf32, strided<[8, 1], offset: ?>>
    linalg.copy ins(%s : memref<4x8xf32, strided<[8, 1], offset: ?>>) outs(%y : memref<4x8xf32>)
  }
  return
}

// -----

#id2 = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// Long sums of few elements: all threads of a block compute terms, 8 each, and one for each
// of its 8 elements adds them in ascending order; the last slice is shorter. What is beyond the
// last element or term is loaded again, and nobody adds it.
// CHECK-LABEL: func.func @a_block_adds_long_sums_in_ascending_order
// CHECK-NOT: linalg.fill
// CHECK: gpu.launch blocks(%[[BLOCK:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c3, {{.*}}) threads(%[[THREAD:.*]], %{{.*}}, %{{.*}}) in (%{{.*}} = %c256
// CHECK-SAME: function(@a_block_adds_long_sums_in_ascending_order_sum) workgroup(%[[SLICE:.*]] : memref<256x8xf32, #gpu.address_space<workgroup>>)
// CHECK: %[[LANE:.*]] = arith.divui %[[THREAD]], %c8
// CHECK: %[[COLUMN:.*]] = arith.remui %[[THREAD]], %c8
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c8
// CHECK: %[[IN:.*]] = arith.cmpi ult, %[[THREAD]], %c8
// CHECK: %[[EXISTS:.*]] = arith.cmpi ult, %{{.*}}, %c20
// CHECK: %[[ADDS:.*]] = arith.andi %[[IN]], %[[EXISTS]]
// CHECK: %[[J:.*]] = arith.minui %{{.*}}, %c19
// CHECK: %[[I:.*]] = arith.minui %[[LANE]], %c999
// CHECK: %[[X:.*]] = memref.load %arg0[%[[I]], %[[J]]]
// CHECK: arith.mulf %[[X]], %[[X]]
// CHECK: %[[STATE:.*]]:9 = scf.for {{.*}} to %c768{{.*}} step %c256{{.*}} iter_args(%[[SUM:.*]] = %cst{{[^,]*}}, %[[TERM:[^ ]*]] = 
// CHECK: memref.store %[[TERM]], %[[SLICE]][%[[LANE]], %[[COLUMN]]]
// CHECK: gpu.barrier
// CHECK-COUNT-8: memref.load %arg0
// CHECK: scf.if %[[ADDS]]
// CHECK: scf.for %[[PLACE:.*]] = %c0{{.*}} to %c256{{.*}} step %c1{{.*}} iter_args(%[[S:.*]] = %[[SUM]])
// CHECK: %[[NEXT:.*]] = memref.load %[[SLICE]][%[[PLACE]], %[[THREAD]]]
// CHECK: arith.addf %[[S]], %[[NEXT]]
// CHECK: gpu.barrier
// CHECK: gpu.barrier
// CHECK: scf.if %[[ADDS]]
// CHECK: scf.for {{.*}} to %c232
// CHECK: scf.if %[[ADDS]]
// CHECK: memref.store %{{.*}}, %arg1
func.func @a_block_adds_long_sums_in_ascending_order(%x: memref<1000x20xf32>, %s: memref<20xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<20xf32>)
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<1000x20xf32>) outs(%s : memref<20xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %a : f32
    %p = arith.addf %o, %m : f32
    linalg.yield %p : f32
  }
  return
}

// Sums that go on from what is there, along contiguous memory: neighbouring threads load
// neighbouring terms, and store them to rows that are one longer, so to different banks.
// CHECK-LABEL: func.func @neighbours_load_neighbouring_terms
// CHECK: gpu.launch {{.*}} workgroup(%[[SLICE:.*]] : memref<64x9xf32, {{.*}}>, %[[SIGNS:.*]] : memref<64x9xi32, {{.*}}>)
// CHECK: %[[COLUMN:.*]] = arith.divui %[[THREAD:.*]], %c32
// CHECK: %[[LANE:.*]] = arith.remui %[[THREAD]], %c32
// CHECK: %[[START:.*]]:2 = scf.if %{{.*}} -> (f32, i32) {
// CHECK: memref.load %arg1
// CHECK: memref.load %arg2
// CHECK: memref.load %arg0
// CHECK: memref.store %{{.*}}, %[[SLICE]][%[[LANE]], %[[COLUMN]]]
// CHECK: memref.store %{{.*}}, %[[SIGNS]][%[[LANE]], %[[COLUMN]]]
func.func @neighbours_load_neighbouring_terms(%x: memref<16x50xf32>, %s: memref<16xf32>, %t: memref<16xi32>) {
  linalg.generic {indexing_maps = [#id2, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]} ins(%x : memref<16x50xf32>) outs(%s, %t : memref<16xf32>, memref<16xi32>) {
  ^bb0(%a: f32, %o: f32, %n: i32):
    %p = arith.addf %o, %a : f32
    %bits = arith.bitcast %a : f32 to i32
    %q = arith.xori %n, %bits : i32
    linalg.yield %p, %q : f32, i32
  }
  return
}

// An index among the sums is no word: a thread for each element.
// CHECK-LABEL: func.func @a_sum_of_places_is_one_threads
// CHECK: gpu.launch {{.*}}function(@a_sum_of_places_is_one_threads_reduce)
func.func @a_sum_of_places_is_one_threads(%x: memref<100x20xindex>, %s: memref<20xindex>) {
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<100x20xindex>) outs(%s : memref<20xindex>) {
  ^bb0(%a: index, %o: index):
    %p = arith.addi %o, %a : index
    linalg.yield %p : index
  }
  return
}
