// RUN: qnet-opt %s -qnet-pad-in-place=keep-peak | FileCheck %s
// RUN: qnet-opt %s -qnet-pad-in-place | FileCheck %s --check-prefix=ALWAYS

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>

// Most bytes are live in the copy, where one buffer is less than two.
// CHECK-LABEL: @one_buffer_is_smaller_than_two
// CHECK-NOT: qnet.pad_low
// CHECK: return
func.func @one_buffer_is_smaller_than_two(%y: memref<2x4x3xf32>, %out: memref<2x7x5xf32>, %z: memref<2x4x3xf32>) {
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

// Most bytes are live with %big, where %x is alone: the copy in its place would be larger.
// CHECK-LABEL: @a_copy_that_would_live_longer_stays_apart
// CHECK: memref.alloc() : memref<2x4x3xf32>
// CHECK: memref.alloc() : memref<2x7x5xf32>
// CHECK: qnet.pad_low
// ALWAYS-LABEL: @a_copy_that_would_live_longer_stays_apart
// ALWAYS-NOT: memref.alloc() : memref<2x4x3xf32>
// ALWAYS-NOT: qnet.pad_low
// ALWAYS: return
func.func @a_copy_that_would_live_longer_stays_apart(%y: memref<2x4x3xf32>, %out: memref<2x7x5xf32>, %z: memref<2x4x3xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %c1f = arith.constant 1.0 : f32
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
  %big = memref.alloc() : memref<300xf32>
  linalg.fill ins(%zero : f32) outs(%big : memref<300xf32>)
  linalg.fill ins(%c1f : f32) outs(%big : memref<300xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<2x4x3xf32>) outs(%z : memref<2x4x3xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  }
  return
}

// Where the last op but one reads %x, it writes %w over %q: the copy in the place of %x is no
// more than both were before.
// CHECK-LABEL: @what_is_written_over_counts_once
// CHECK-NOT: qnet.pad_low
// CHECK: return
func.func @what_is_written_over_counts_once(%y: memref<2x4x3xf32>, %out: memref<2x7x5xf32>, %z: memref<2x4x3xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c6 = arith.constant 6 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %q = memref.alloc() : memref<2x4x3xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : memref<2x4x3xf32>) outs(%q : memref<2x4x3xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %r = arith.addf %a0, %a0 : f32
    linalg.yield %r : f32
  }
  %x = memref.alloc() : memref<2x4x3xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : memref<2x4x3xf32>) outs(%x : memref<2x4x3xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %r = arith.addf %a0, %a0 : f32
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
    %t = arith.select %inside, %v, %zero : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p : memref<2x7x5xf32>) outs(%out : memref<2x7x5xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.mulf %a, %a : f32
    linalg.yield %r : f32
  }
  %u = memref.alloc() : memref<2x4x3xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y : memref<2x4x3xf32>) outs(%u : memref<2x4x3xf32>) {
  ^bb0(%a0: f32, %o: f32):
    %r = arith.mulf %a0, %a0 : f32
    linalg.yield %r : f32
  }
  %w = memref.alloc() : memref<2x4x3xf32>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q, %x : memref<2x4x3xf32>, memref<2x4x3xf32>) outs(%w : memref<2x4x3xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %r = arith.addf %a0, %a1 : f32
    linalg.yield %r : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w, %u : memref<2x4x3xf32>, memref<2x4x3xf32>) outs(%z : memref<2x4x3xf32>) {
  ^bb0(%a0: f32, %a1: f32, %o: f32):
    %r = arith.addf %a0, %a1 : f32
    linalg.yield %r : f32
  }
  return
}
