// RUN: qnet-opt %s -qnet-vectorize-linalg | FileCheck %s
// RUN: qnet-opt %s -qnet-vectorize-linalg=vector-bits=512 | FileCheck %s --check-prefix=WIDE

#id2 = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>
#id3 = affine_map<(p, n, c) -> (p, n, c)>
#parts = affine_map<(p, n, c) -> (p, c)>

// The sums of a part stay in registers, four vectors side by side; they start from
// the value of the fill, which is gone.
// CHECK-LABEL: @sums_stay_in_registers
// CHECK-NOT: linalg.fill
// CHECK: scf.parallel (%[[P:.*]]) =
// CHECK: %[[SUM:.*]]:4 = scf.for %[[N:.*]] = {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: %[[V:.*]] = vector.load %{{.*}}[%[[P]], %[[N]], %{{.*}}] : memref<16x64x32xf32>, vector<8xf32>
// CHECK: arith.addf %[[A]], %[[V]] : vector<8xf32>
// CHECK: vector.store %[[SUM]]#0, %{{.*}}[%[[P]], %{{.*}}] : memref<16x32xf32>, vector<8xf32>
// CHECK-COUNT-3: vector.store
// WIDE-LABEL: @sums_stay_in_registers
// WIDE: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>)
func.func @sums_stay_in_registers(%x: memref<16x64x32xf32>) -> memref<16x32xf32> {
  %zero = arith.constant 0.0 : f32
  %s = memref.alloc() : memref<16x32xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<16x32xf32>)
  linalg.generic {indexing_maps = [#id3, #parts], iterator_types = ["parallel", "reduction", "parallel"]} ins(%x : memref<16x64x32xf32>) outs(%s : memref<16x32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return %s : memref<16x32xf32>
}

// A fill that something else reads stays, as a loop.
// CHECK-LABEL: @fills_that_others_read_stay
// CHECK: vector.store
// CHECK: memref.load
// CHECK: scf.for {{.*}} iter_args(
func.func @fills_that_others_read_stay(%x: memref<8x32xf32>, %s: memref<32xf32>) -> f32 {
  %zero = arith.constant 0.0 : f32
  %i = arith.constant 0 : index
  linalg.fill ins(%zero : f32) outs(%s : memref<32xf32>)
  %seen = memref.load %s[%i] : memref<32xf32>
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<8x32xf32>) outs(%s : memref<32xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return %seen : f32
}

// The only parallel loop is cut into parts for threads; 1000 = 31 * 32 + 8.
// CHECK-LABEL: @sums_of_columns_are_parallel_over_parts
// CHECK: %[[N:.*]] = arith.constant 31 : index
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%[[N]])
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: scf.reduce
// CHECK: scf.for {{.*}} -> (vector<8xf32>)
func.func @sums_of_columns_are_parallel_over_parts(%x: memref<128x1000xf32>, %s: memref<1000xf32>) {
  linalg.generic {indexing_maps = [#id2, #column], iterator_types = ["reduction", "parallel"]} ins(%x : memref<128x1000xf32>) outs(%s : memref<1000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %o, %a : f32
    linalg.yield %p : f32
  }
  return
}

// What belongs to a channel is loaded once for the row of pixels inside.
// CHECK-LABEL: @channels_are_loaded_once_per_row
// CHECK: scf.parallel (%[[N:.*]]) =
// CHECK: vector.load %[[SHIFT:.*]][%{{.*}}] : memref<16xf32>, vector<8xf32>
// CHECK: vector.load %[[SHIFT]][%{{.*}}] : memref<16xf32>, vector<8xf32>
// CHECK: scf.for %[[W:.*]] =
// CHECK-NOT: vector.load %[[SHIFT]]
// CHECK: vector.load %{{.*}}[%[[N]], %[[W]], %{{.*}}]
// CHECK: vector.store %{{.*}}, %{{.*}}[%[[N]], %[[W]], %{{.*}}]
func.func @channels_are_loaded_once_per_row(%x: memref<64x32x16xf32>, %shift: memref<16xf32>, %y: memref<64x32x16xf32>) {
  linalg.generic {indexing_maps = [#id3, affine_map<(n, w, c) -> (c)>, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %shift : memref<64x32x16xf32>, memref<16xf32>) outs(%y : memref<64x32x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.addf %a, %b : f32
    linalg.yield %p : f32
  }
  return
}

// The last vector of ten elements has two lanes in use.
// CHECK-LABEL: @ends_of_rows_are_masked
// CHECK: arith.constant dense<[true, true, false, false, false, false, false, false]>
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @ends_of_rows_are_masked(%x: memref<4x10xf32>, %b: memref<10xf32>, %y: memref<4x10xf32>) {
  linalg.generic {indexing_maps = [#id2, #column, #id2], iterator_types = ["parallel", "parallel"]} ins(%x, %b : memref<4x10xf32>, memref<10xf32>) outs(%y : memref<4x10xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %p = arith.mulf %a, %c : f32
    linalg.yield %p : f32
  }
  return
}

// Whole buffers are one long row.
// CHECK-LABEL: @whole_buffers_are_one_row
// CHECK: memref.collapse_shape %{{.*}} {{\[}}[0, 1]] : memref<128x30xf32> into memref<3840xf32>
// CHECK-NOT: masked
func.func @whole_buffers_are_one_row(%x: memref<128x30xf32>, %y: memref<128x30xf32>) {
  linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]} ins(%x : memref<128x30xf32>) outs(%y : memref<128x30xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.addf %a, %a : f32
    linalg.yield %p : f32
  }
  return
}

// A condition that does not depend on the lanes stays a scalar, and chooses between
// vectors.
// CHECK-LABEL: @conditions_of_rows_stay_scalars
// CHECK: %[[IN:.*]] = arith.cmpi ult, %{{.*}}, %{{.*}} : index
// CHECK: %[[ROW:.*]] = arith.select %[[IN]], %{{.*}}, %{{.*}} : index
// CHECK: %[[V:.*]] = vector.load %{{.*}}[%[[ROW]], %{{.*}}]
// CHECK: arith.select %[[IN]], %[[V]], %{{.*}} : vector<8xf32>
func.func @conditions_of_rows_stay_scalars(%x: memref<4x8xf32>, %y: memref<6x8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]} outs(%y : memref<6x8xf32>) {
  ^bb0(%o: f32):
    %c4 = arith.constant 4 : index
    %c0 = arith.constant 0 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %in = arith.cmpi ult, %i, %c4 : index
    %row = arith.select %in, %i, %c0 : index
    %a = memref.load %x[%row, %j] : memref<4x8xf32>
    %v = arith.select %in, %a, %zero : f32
    linalg.yield %v : f32
  }
  return
}

// Positions along the row are a vector too.
// CHECK-LABEL: @positions_become_vectors
// CHECK: %[[STEPS:.*]] = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : vector<8xindex>
// CHECK: %[[J:.*]] = arith.addi %{{.*}}, %[[STEPS]] : vector<8xindex>
// CHECK: arith.index_cast %[[J]] : vector<8xindex> to vector<8xi32>
func.func @positions_become_vectors(%y: memref<4x8xi32>) {
  linalg.generic {indexing_maps = [#id2], iterator_types = ["parallel", "parallel"]} outs(%y : memref<4x8xi32>) {
  ^bb0(%o: i32):
    %j = linalg.index 1 : index
    %n = arith.index_cast %j : index to i32
    linalg.yield %n : i32
  }
  return
}

#id = affine_map<(n, h, w, c) -> (n, h, w, c)>

// Image rows of a slice are contiguous: columns and channels are one loop.
// CHECK-LABEL: func.func @slice
// CHECK: memref.collapse_shape %{{.*}} {{\[}}[0], [1], [2, 3]]
// CHECK-SAME: memref<4x8x8x6xf32, strided<[600, 60, 6, 1], offset: 66>> into memref<4x8x48xf32, strided<[600, 60, 1], offset: 66>>
// CHECK-NOT: linalg.generic
func.func @slice(%x: memref<4x8x8x6xf32, strided<[600, 60, 6, 1], offset: 66>>, %y: memref<4x8x8x6xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : memref<4x8x8x6xf32, strided<[600, 60, 6, 1], offset: 66>>) outs(%y : memref<4x8x8x6xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  return
}
