// RUN: qnet-opt %s -qnet-parallelize-linalg | FileCheck %s

#id2 = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
#column = affine_map<(i, j) -> (j)>

// Rows are independent: the outermost loop is parallel, the sum ascends.
// CHECK-LABEL: @sums_of_rows_are_parallel_over_rows
// CHECK: %[[N:.*]] = arith.constant 128 : index
// CHECK: scf.parallel (%[[I:.*]]) = (%{{.*}}) to (%[[N]])
// CHECK: scf.for %[[J:.*]] =
// CHECK: memref.load %{{.*}}[%[[I]], %[[J]]]
// CHECK: arith.addf
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]]]
func.func @sums_of_rows_are_parallel_over_rows(%x: memref<128x1024xf32>, %s: memref<128xf32>) {
  linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<128x1024xf32>) outs(%s : memref<128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// The one parallel loop is cut into chunks of 64, and is the innermost one too, over
// contiguous memory; 1000 is not a multiple of 64.
// CHECK-LABEL: @sums_of_columns_are_parallel_over_chunks
// CHECK: scf.parallel (%[[CHUNK:.*]]) = (%{{.*}}) to (%{{.*}})
// CHECK: %[[BEGIN:.*]] = arith.muli %[[CHUNK]]
// CHECK: %[[END:.*]] = arith.minsi
// CHECK: scf.for %[[I:.*]] =
// CHECK: scf.for %[[J:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: memref.load %{{.*}}[%[[I]], %[[J]]]
func.func @sums_of_columns_are_parallel_over_chunks(%x: memref<128x1000xf32>, %s: memref<1000xf32>) {
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<128x1000xf32>) outs(%s : memref<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// CHECK-LABEL: @small_loops_are_sequential
// CHECK-NOT: scf.parallel
// CHECK: scf.for
// CHECK: scf.for
func.func @small_loops_are_sequential(%x: memref<4x3xf32>, %s: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id2, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<4x3xf32>) outs(%s : memref<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// A sum over everything has no parallel loop: its order is fixed.
// CHECK-LABEL: @sums_over_everything_stay_in_order
// CHECK-NOT: scf.parallel
// CHECK-COUNT-2: scf.for
func.func @sums_over_everything_stay_in_order(%x: memref<128x1024xf32>, %s: memref<f32>) {
  linalg.generic {indexing_maps = [#id2, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]} ins(%x : memref<128x1024xf32>) outs(%s : memref<f32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// CHECK-LABEL: @named_ops_are_loops_too
// CHECK: scf.parallel
// CHECK: memref.store
// CHECK-NOT: linalg.fill
func.func @named_ops_are_loops_too(%m: memref<128x1024xf32>, %x: f32) {
  linalg.fill ins(%x : f32) outs(%m : memref<128x1024xf32>)
  return
}

// CHECK-LABEL: @indices_are_those_of_the_loops
// CHECK: scf.for %[[I:.*]] =
// CHECK: %[[N:.*]] = arith.index_cast %[[I]]
// CHECK: memref.store %[[N]], %{{.*}}[%[[I]]]
func.func @indices_are_those_of_the_loops(%m: memref<8xi32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%m : memref<8xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i32
    linalg.yield %n : i32
  }
  return
}

// CHECK-LABEL: @empty_buffers_make_empty_loops
// CHECK: scf.for
func.func @empty_buffers_make_empty_loops(%m: memref<0x8xf32>, %x: f32) {
  linalg.fill ins(%x : f32) outs(%m : memref<0x8xf32>)
  return
}

// Every other column: loops. One run of memory stays a copy.
// CHECK-LABEL: @strided_copies_are_loops
// CHECK-SAME: (%[[X:[a-z0-9]+]]: memref<4x6xf32>, %[[Y:[a-z0-9]+]]: memref<4x3xf32>
// CHECK: %[[PART:.*]] = memref.subview %[[X]]
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[V:.*]] = memref.load %[[PART]]
// CHECK: memref.store %[[V]], %[[Y]]
// CHECK: memref.copy
// CHECK-NOT: memref.copy
func.func @strided_copies_are_loops(%x: memref<4x6xf32>, %y: memref<4x3xf32>, %z: memref<4x3xf32>) {
  %part = memref.subview %x[0, 0] [4, 3] [1, 2] : memref<4x6xf32> to memref<4x3xf32, strided<[6, 2]>>
  memref.copy %part, %y : memref<4x3xf32, strided<[6, 2]>> to memref<4x3xf32>
  memref.copy %y, %z : memref<4x3xf32> to memref<4x3xf32>
  return
}
