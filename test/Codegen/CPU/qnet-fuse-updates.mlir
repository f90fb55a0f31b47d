// RUN: qnet-opt %s -qnet-fuse-updates=vector-bits=512 -split-input-file | FileCheck %s
// RUN: qnet-opt %s '-qnet-fuse-updates=vector-bits=512 move-only' -split-input-file | FileCheck %s --check-prefix=MOVE

#nk = affine_map<(m, n, k) -> (k, n)>
#mk = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0) -> (d0)>
#flag = affine_map<(d0) -> (3)>

// The gradient has 512 KiB: tiles of 65 rows (five register tiles of 13) and 256 columns, on the
// stack, each with all of K and then its updates. Element (r, c) of the tile is element r * 1024 + c of
// the weights. Flags are combined once a tile. The input gradient before it keeps its place.
// CHECK-LABEL: @a_large_gradient_is_consumed_tile_by_tile
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<131072xf32>, %[[FLAGS:[a-z0-9]+]]: memref<8xi32>
// CHECK-NOT: memref.alloc()
// CHECK: scf.parallel (%[[TILE:.*]]) = (%{{.*}}) to (%c8{{.*}}) step
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<65x256xf32>
// CHECK: vector.fma
// CHECK: %[[FLAT:.*]] = memref.collapse_shape
// CHECK: %[[BITS:.*]] = scf.for
// CHECK: scf.for
// CHECK: vector.load %[[FLAT]]
// CHECK: vector.store %{{.*}}, %[[W]]
// CHECK: vector.reduction <or>, %[[BITS]]
// CHECK: memref.atomic_rmw ori %{{.*}}, %[[FLAGS]]
// CHECK-NOT: linalg.generic
// MOVE-LABEL: @a_large_gradient_is_consumed_tile_by_tile
// MOVE: %[[G:.*]] = memref.alloc() : memref<128x1024xf32>
// MOVE: linalg.generic {{.*}} outs(%[[G]]
// MOVE: memref.collapse_shape %[[G]]
// MOVE-NEXT: linalg.generic
func.func @a_large_gradient_is_consumed_tile_by_tile(%w: memref<131072xf32>, %flags: memref<8xi32>, %dy: memref<8x128xf32>, %x: memref<8x1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i32
  %g = memref.alloc() : memref<128x1024xf32>
  linalg.fill ins(%zero : f32) outs(%g : memref<128x1024xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<8x128xf32>, memref<8x1024xf32>) outs(%g : memref<128x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%none : i32) outs(%flags : memref<8xi32>)
  %flat = memref.collapse_shape %g [[0, 1]] : memref<128x1024xf32> into memref<131072xf32>
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%flat : memref<131072xf32>) outs(%w, %flags : memref<131072xf32>, memref<8xi32>) {
  ^bb0(%d: f32, %old: f32, %f: i32):
    %new = arith.subf %old, %d : f32
    %bad = arith.cmpf uno, %new, %new : f32
    %kept = arith.select %bad, %old, %new : f32
    %bit = arith.extui %bad : i1 to i32
    %found = arith.ori %f, %bit : i32
    linalg.yield %kept, %found : f32, i32
  }
  return
}

// -----

#nk = affine_map<(m, n, k) -> (k, n)>
#mk = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0) -> (d0)>

// A gradient of one KiB stays, but its update follows it at once.
// CHECK-LABEL: @a_small_gradient_lives_between_neighbours
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : memref<16x16xf32>)
// CHECK: memref.collapse_shape
// CHECK-NEXT: linalg.generic {{.*}} outs(%{{.*}} : memref<256xf32>)
// CHECK: memref.copy
// MOVE-LABEL: @a_small_gradient_lives_between_neighbours
// MOVE: memref.collapse_shape
// MOVE-NEXT: linalg.generic {{.*}} outs(%{{.*}} : memref<256xf32>)
// MOVE: memref.copy
func.func @a_small_gradient_lives_between_neighbours(%w: memref<256xf32>, %dy: memref<8x16xf32>, %x: memref<8x16xf32>, %from: memref<8xf32>, %to: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %g = memref.alloc() : memref<16x16xf32>
  linalg.fill ins(%zero : f32) outs(%g : memref<16x16xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<8x16xf32>, memref<8x16xf32>) outs(%g : memref<16x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  memref.copy %from, %to : memref<8xf32> to memref<8xf32>
  %flat = memref.collapse_shape %g [[0, 1]] : memref<16x16xf32> into memref<256xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["reduction"]}
      ins(%flat : memref<256xf32>) outs(%w : memref<256xf32>) {
  ^bb0(%d: f32, %old: f32):
    %new = arith.subf %old, %d : f32
    linalg.yield %new : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>

// The weights are read between the gradient and the update: the update stays behind.
// CHECK-LABEL: @weights_that_are_still_read_are_not_changed
// CHECK: linalg.fill
// CHECK: memref.copy
// CHECK: linalg.generic
func.func @weights_that_are_still_read_are_not_changed(%w: memref<256xf32>, %to: memref<256xf32>) {
  %one = arith.constant 1.0 : f32
  %g = memref.alloc() : memref<256xf32>
  linalg.fill ins(%one : f32) outs(%g : memref<256xf32>)
  memref.copy %w, %to : memref<256xf32> to memref<256xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["reduction"]}
      ins(%g : memref<256xf32>) outs(%w : memref<256xf32>) {
  ^bb0(%d: f32, %old: f32):
    %new = arith.subf %old, %d : f32
    linalg.yield %new : f32
  }
  return
}

// -----

#nk = affine_map<(m, n, k) -> (k, n)>
#mk = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0) -> (d0)>

// Something else reads the gradient: it is stored.
// CHECK-LABEL: @a_gradient_with_another_reader_is_stored
// CHECK: memref.alloc() : memref<128x1024xf32>
// CHECK-NOT: scf.parallel
func.func @a_gradient_with_another_reader_is_stored(%w: memref<131072xf32>, %dy: memref<8x128xf32>, %x: memref<8x1024xf32>, %to: memref<128x1024xf32>) {
  %zero = arith.constant 0.0 : f32
  %g = memref.alloc() : memref<128x1024xf32>
  linalg.fill ins(%zero : f32) outs(%g : memref<128x1024xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<8x128xf32>, memref<8x1024xf32>) outs(%g : memref<128x1024xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  memref.copy %g, %to : memref<128x1024xf32> to memref<128x1024xf32>
  %flat = memref.collapse_shape %g [[0, 1]] : memref<128x1024xf32> into memref<131072xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["reduction"]}
      ins(%flat : memref<131072xf32>) outs(%w : memref<131072xf32>) {
  ^bb0(%d: f32, %old: f32):
    %new = arith.subf %old, %d : f32
    linalg.yield %new : f32
  }
  return
}

// -----

#nk = affine_map<(m, n, k) -> (k, n)>
#mk = affine_map<(m, n, k) -> (k, m)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0) -> (d0)>
#flag = affine_map<(d0) -> (3)>

// The gradient has 1.75 MiB and 4096 terms in each sum. All threads compute 266 rows (nineteen register
// tiles of 14), reading both factors in place, and then update these rows, each of them some.
// CHECK-LABEL: @a_long_sum_is_consumed_some_rows_at_a_time
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<458752xf32>, %[[FLAGS:[a-z0-9]+]]: memref<8xi32>
// CHECK: %[[ROWS:.*]] = memref.alloc() {{.*}} : memref<266x896xf32>
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: vector.fma
// CHECK: vector.store %{{.*}}, %{{.*}} : memref<238336xf32>
// CHECK: scf.parallel
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[ROWS]]
// CHECK: vector.load %[[FLAT]]
// CHECK: vector.store %{{.*}}, %[[W]]
// CHECK-NOT: linalg.generic
func.func @a_long_sum_is_consumed_some_rows_at_a_time(%w: memref<458752xf32>, %flags: memref<8xi32>, %dy: memref<4096x512xf32>, %x: memref<4096x896xf32>) {
  %zero = arith.constant 0.0 : f32
  %none = arith.constant 0 : i32
  %g = memref.alloc() : memref<512x896xf32>
  linalg.fill ins(%zero : f32) outs(%g : memref<512x896xf32>)
  linalg.generic {indexing_maps = [#mk, #nk, #mn], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<4096x512xf32>, memref<4096x896xf32>) outs(%g : memref<512x896xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  linalg.fill ins(%none : i32) outs(%flags : memref<8xi32>)
  %flat = memref.collapse_shape %g [[0, 1]] : memref<512x896xf32> into memref<458752xf32>
  linalg.generic {indexing_maps = [#id, #id, #flag], iterator_types = ["reduction"]}
      ins(%flat : memref<458752xf32>) outs(%w, %flags : memref<458752xf32>, memref<8xi32>) {
  ^bb0(%d: f32, %old: f32, %f: i32):
    %new = arith.subf %old, %d : f32
    %bad = arith.cmpf uno, %new, %new : f32
    %kept = arith.select %bad, %old, %new : f32
    %bit = arith.extui %bad : i1 to i32
    %found = arith.ori %f, %bit : i32
    linalg.yield %kept, %found : f32, i32
  }
  return
}

