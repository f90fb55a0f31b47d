// RUN: qnet-opt %s -qnet-pad-in-place | FileCheck %s

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// The writer, and who read either buffer, go on with the one that is left.
// CHECK-LABEL: @between_zeros
// CHECK-SAME: (%[[Y:.*]]: memref<2x4x3xf32>, %[[OUT:.*]]: memref<2x7x5xf32>,
// CHECK: %[[P:.*]] = memref.alloc() : memref<2x7x5xf32>
// CHECK-NOT: memref.alloc
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[TOP:.*]] = memref.subview %[[P]][0, 0, 0] [2, 2, 5] [1, 1, 1]
// CHECK: linalg.fill ins(%[[ZERO]] : f32) outs(%[[TOP]]
// CHECK: %[[BOTTOM:.*]] = memref.subview %[[P]][0, 6, 0] [2, 1, 5] [1, 1, 1]
// CHECK: linalg.fill {{.*}} outs(%[[BOTTOM]]
// CHECK: %[[RIGHT:.*]] = memref.subview %[[P]][0, 2, 3] [2, 4, 2] [1, 1, 1]
// CHECK: linalg.fill {{.*}} outs(%[[RIGHT]]
// CHECK-NOT: linalg.fill
// CHECK: %[[X:.*]] = memref.subview %[[P]][0, 2, 0] [2, 4, 3] [1, 1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[Y]] {{.*}} outs(%[[X]]
// CHECK-NOT: qnet.pad_low
// CHECK: linalg.generic {{.*}} ins(%[[P]] {{.*}} outs(%[[OUT]]
// CHECK: linalg.generic {{.*}} ins(%[[X]]
func.func @between_zeros(%y: memref<2x4x3xf32>, %out: memref<2x7x5xf32>, %z: memref<2x4x3xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<2x4x3xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : memref<2x4x3xf32>) outs(%x : memref<2x4x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %p = memref.alloc() : memref<2x7x5xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel"]}
      outs(%p : memref<2x7x5xf32>) attrs = {qnet.pad_low = array<i64: 0, 2, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %r = arith.subi %h, %c2 : index
    %low = arith.cmpi sge, %r, %c0 : index
    %high = arith.cmpi slt, %h, %c6 : index
    %right = arith.cmpi slt, %w, %c3 : index
    %rows = arith.andi %low, %high : i1
    %inside = arith.andi %rows, %right : i1
    %i = arith.select %rows, %r, %c0 : index
    %j = arith.select %right, %w, %c0 : index
    %v = memref.load %x[%n, %i, %j] : memref<2x4x3xf32>
    %s = arith.select %inside, %v, %zero : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : memref<2x7x5xf32>) outs(%out : memref<2x7x5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<2x4x3xf32>) outs(%z : memref<2x4x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  }
  return
}
