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
// CHECK: %[[SUM:.*]] = scf.for %[[I:.*]] = %c0{{.*}} to %c128{{.*}} step %c1{{.*}} iter_args(%[[S:.*]] = %cst
// CHECK: %[[X:.*]] = memref.load %{{.*}}[%[[I]], %[[J]]]
// CHECK: %[[NEXT:.*]] = arith.addf %[[S]], %[[X]]
// CHECK: scf.yield %[[NEXT]]
// CHECK: memref.store %[[SUM]], %{{.*}}[%[[J]]]
func.func @a_thread_sums_a_column_in_ascending_order(%x: memref<128x1000xf32>, %s: memref<1000xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<1000xf32>)
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<128x1000xf32>) outs(%s : memref<1000xf32>) {
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
func.func @a_fill_that_is_read_stays(%x: memref<128x1000xf32>, %s: memref<1000xf32>, %t: memref<1000xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<1000xf32>)
  memref.copy %s, %t : memref<1000xf32> to memref<1000xf32>
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<128x1000xf32>) outs(%s : memref<1000xf32>) {
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
