// RUN: qnet-opt %s -qnet-pad-in-place -split-input-file | FileCheck %s
//
// The pass refuses nothing: a copy that it cannot do without stays as it is.

#id = affine_map<(d0) -> (d0)>

// The caller's buffer stays where it is.
// CHECK-LABEL: @not_allocated_here
// CHECK-NOT: memref.subview
// CHECK: qnet.pad_low
func.func @not_allocated_here(%x: memref<4xf32>) -> memref<6xf32> {
  %p = memref.alloc() : memref<6xf32>
  %c0 = arith.constant 0 : index
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%p : memref<6xf32>) attrs = {qnet.pad_low = array<i64: 1>} {
  ^bb0(%o: f32):
    %v = memref.load %x[%c0] : memref<4xf32>
    linalg.yield %v : f32
  }
  return %p : memref<6xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// A later write to the source would show in the copy.
// CHECK-LABEL: @written_after_the_copy
// CHECK-NOT: memref.subview
// CHECK: qnet.pad_low
func.func @written_after_the_copy(%out: memref<6xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %x = memref.alloc() : memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<4xf32>)
  %p = memref.alloc() : memref<6xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%p : memref<6xf32>) attrs = {qnet.pad_low = array<i64: 1>} {
  ^bb0(%o: f32):
    %v = memref.load %x[%c0] : memref<4xf32>
    linalg.yield %v : f32
  }
  linalg.fill ins(%zero : f32) outs(%x : memref<4xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%p : memref<6xf32>) outs(%out : memref<6xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A reshape wants the source to be contiguous.
// CHECK-LABEL: @reshaped
// CHECK-NOT: memref.subview
// CHECK: qnet.pad_low
func.func @reshaped(%out: memref<12xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %x = memref.alloc() : memref<3x4xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<3x4xf32>)
  %p = memref.alloc() : memref<5x6xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%p : memref<5x6xf32>) attrs = {qnet.pad_low = array<i64: 1, 1>} {
  ^bb0(%o: f32):
    %v = memref.load %x[%c0, %c0] : memref<3x4xf32>
    linalg.yield %v : f32
  }
  %flat = memref.collapse_shape %x [[0, 1]] : memref<3x4xf32> into memref<12xf32>
  memref.copy %flat, %out : memref<12xf32> to memref<12xf32>
  return
}

// -----

#in = affine_map<(d0, d1) -> (d0, d1)>
#out = affine_map<(d0, d1) -> (d0)>
#id = affine_map<(d0) -> (d0)>

// Sums keep a buffer of their own: products want it whole.
// CHECK-LABEL: @written_by_a_reduction
// CHECK-NOT: memref.subview
// CHECK: qnet.pad_low
func.func @written_by_a_reduction(%y: memref<4x8xf32>, %out: memref<6xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %x = memref.alloc() : memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<4xf32>)
  linalg.generic {indexing_maps = [#in, #out], iterator_types = ["parallel", "reduction"]}
      ins(%y : memref<4x8xf32>) outs(%x : memref<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %r = arith.addf %o, %a : f32
    linalg.yield %r : f32
  }
  %p = memref.alloc() : memref<6xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]}
      outs(%p : memref<6xf32>) attrs = {qnet.pad_low = array<i64: 1>} {
  ^bb0(%o: f32):
    %v = memref.load %x[%c0] : memref<4xf32>
    linalg.yield %v : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%p : memref<6xf32>) outs(%out : memref<6xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}
