// RUN: qnet-opt %s -qnet-split-fills -split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
!even = memref<2x4xf32, strided<[8, 2]>>
!odd = memref<2x4xf32, strided<[8, 2], offset: 1>>

// Even and odd columns are all columns.
// CHECK-LABEL: @slices_are_filled_before_their_ops
// CHECK-NOT:   linalg.fill
// CHECK:       %[[EVEN:.*]] = memref.subview %{{.*}}[0, 0]
// CHECK-NEXT:  linalg.fill ins(%{{.*}}) outs(%[[EVEN]]
// CHECK-NEXT:  linalg.generic {{.*}} outs(%[[EVEN]]
// CHECK:       %[[ODD:.*]] = memref.subview %{{.*}}[0, 1]
// CHECK-NEXT:  linalg.fill ins(%{{.*}}) outs(%[[ODD]]
// CHECK-NEXT:  linalg.generic {{.*}} outs(%[[ODD]]
// CHECK-NOT:   linalg.fill
func.func @slices_are_filled_before_their_ops(%x: memref<2x4xf32>, %to: memref<2x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %sum = memref.alloc() : memref<2x8xf32>
  linalg.fill ins(%zero : f32) outs(%sum : memref<2x8xf32>)
  %even = memref.subview %sum[0, 0] [2, 4] [1, 2] : memref<2x8xf32> to !even
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<2x4xf32>) outs(%even : !even) {
  ^bb0(%a: f32, %s: f32):
    %r = arith.addf %s, %a : f32
    linalg.yield %r : f32
  }
  %odd = memref.subview %sum[0, 1] [2, 4] [1, 2] : memref<2x8xf32> to !odd
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<2x4xf32>) outs(%odd : !odd) {
  ^bb0(%a: f32, %s: f32):
    %r = arith.subf %s, %a : f32
    linalg.yield %r : f32
  }
  memref.copy %sum, %to : memref<2x8xf32> to memref<2x8xf32>
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
!even = memref<2x4xf32, strided<[8, 2]>>

// Nothing is added to the odd columns.
// CHECK-LABEL: @a_part_without_an_op_keeps_the_fill
// CHECK:       linalg.fill {{.*}} memref<2x8xf32>
// CHECK-NOT:   linalg.fill
func.func @a_part_without_an_op_keeps_the_fill(%x: memref<2x4xf32>, %to: memref<2x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %sum = memref.alloc() : memref<2x8xf32>
  linalg.fill ins(%zero : f32) outs(%sum : memref<2x8xf32>)
  %even = memref.subview %sum[0, 0] [2, 4] [1, 2] : memref<2x8xf32> to !even
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<2x4xf32>) outs(%even : !even) {
  ^bb0(%a: f32, %s: f32):
    %r = arith.addf %s, %a : f32
    linalg.yield %r : f32
  }
  memref.copy %sum, %to : memref<2x8xf32> to memref<2x8xf32>
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
!left = memref<2x4xf32, strided<[8, 1]>>
!middle = memref<2x4xf32, strided<[8, 1], offset: 2>>

// As many elements as the buffer has, some of them twice and some not at all; halves of which
// one is read before the other is written; a whole that is read as well as its half.
// CHECK-LABEL: @other_accesses_keep_the_fill
// CHECK-COUNT-3: linalg.fill {{.*}} memref<2x8xf32>
// CHECK-NOT:   linalg.fill
func.func @other_accesses_keep_the_fill(%x: memref<2x4xf32>, %to: memref<2x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc() : memref<2x8xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<2x8xf32>)
  %a0 = memref.subview %a[0, 0] [2, 4] [1, 1] : memref<2x8xf32> to !left
  %a1 = memref.subview %a[0, 2] [2, 4] [1, 1] : memref<2x8xf32> to !middle
  linalg.copy ins(%x : memref<2x4xf32>) outs(%a0 : !left)
  linalg.copy ins(%x : memref<2x4xf32>) outs(%a1 : !middle)
  memref.copy %a, %to : memref<2x8xf32> to memref<2x8xf32>

  %b = memref.alloc() : memref<2x8xf32>
  linalg.fill ins(%zero : f32) outs(%b : memref<2x8xf32>)
  %b0 = memref.subview %b[0, 0] [2, 4] [1, 1] : memref<2x8xf32> to !left
  %b1 = memref.subview %b[0, 4] [2, 4] [1, 1]
      : memref<2x8xf32> to memref<2x4xf32, strided<[8, 1], offset: 4>>
  linalg.copy ins(%x : memref<2x4xf32>) outs(%b0 : !left)
  linalg.copy ins(%b0 : !left) outs(%x : memref<2x4xf32>)
  linalg.copy ins(%x : memref<2x4xf32>) outs(%b1 : memref<2x4xf32, strided<[8, 1], offset: 4>>)
  memref.copy %b, %to : memref<2x8xf32> to memref<2x8xf32>

  %c = memref.alloc() : memref<2x8xf32>
  linalg.fill ins(%zero : f32) outs(%c : memref<2x8xf32>)
  %c0 = memref.subview %c[0, 0] [2, 4] [1, 1] : memref<2x8xf32> to !left
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<2x4xf32>) outs(%c0 : !left) {
  ^bb0(%v: f32, %s: f32):
    %i = linalg.index 0 : index
    %o = memref.load %c[%i, %i] : memref<2x8xf32>
    %r = arith.addf %o, %v : f32
    linalg.yield %r : f32
  }
  memref.copy %c, %to : memref<2x8xf32> to memref<2x8xf32>
  return
}
