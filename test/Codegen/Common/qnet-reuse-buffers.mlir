// RUN: qnet-opt %s -qnet-reuse-buffers -split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// %y dies in the sum and gives its place; %x is the caller's.
// CHECK-LABEL: @a_dying_input_becomes_the_output
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32>,
// CHECK: %[[Y:.*]] = memref.alloc() : memref<4x8xf32>
// CHECK-NOT: memref.alloc
// CHECK: linalg.generic {{.*}} ins(%[[X]] {{.*}} outs(%[[Y]]
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[Y]] {{.*}} outs(%[[Y]]
// CHECK: memref.copy %[[Y]],
func.func @a_dying_input_becomes_the_output(%x: memref<4x8xf32>, %to: memref<4x8xf32>) {
  %y = memref.alloc() : memref<4x8xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %a, %a : f32
    linalg.yield %r : f32
  }
  %z = memref.alloc() : memref<4x8xf32>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %y : memref<4x8xf32>, memref<4x8xf32>) outs(%z : memref<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %r = arith.mulf %a, %b : f32
    linalg.yield %r : f32
  }
  memref.copy %z, %to : memref<4x8xf32> to memref<4x8xf32>
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#flip = affine_map<(d0, d1) -> (d1, d0)>

// An element of %y is read by another iteration than the one that would write it; or later; or by a
// load in the body.
// CHECK-LABEL: @what_is_read_elsewhere_stays
// CHECK-COUNT-4: memref.alloc()
func.func @what_is_read_elsewhere_stays(%x: f32, %to: memref<8x8xf32>) {
  %c0 = arith.constant 0 : index
  %y = memref.alloc() : memref<8x8xf32>
  linalg.fill ins(%x : f32) outs(%y : memref<8x8xf32>)
  %transposed = memref.alloc() : memref<8x8xf32>
  linalg.generic {indexing_maps = [#flip, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : memref<8x8xf32>) outs(%transposed : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  %late = memref.alloc() : memref<8x8xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%transposed : memref<8x8xf32>) outs(%late : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.negf %a : f32
    linalg.yield %r : f32
  }
  memref.copy %transposed, %to : memref<8x8xf32> to memref<8x8xf32>
  %loaded = memref.alloc() : memref<8x8xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%late : memref<8x8xf32>) outs(%loaded : memref<8x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = memref.load %late[%c0, %c0] : memref<8x8xf32>
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  }
  memref.copy %loaded, %to : memref<8x8xf32> to memref<8x8xf32>
  return
}
