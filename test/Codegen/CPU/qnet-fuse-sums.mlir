// RUN: qnet-opt %s -qnet-fuse-sums -split-input-file | FileCheck %s
// RUN: qnet-opt %s -qnet-fuse-sums -qnet-block-matmul=vector-bits=256 -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=DIRECT
// RUN: qnet-opt %s -qnet-fuse-sums -qnet-block-matmul="vector-bits=256 winograd-products" -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=FILTERED
// RUN: qnet-opt %s -qnet-fuse-sums -qnet-block-matmul="vector-bits=256 method=tall" -split-input-file | FileCheck %s --check-prefix=APART
// RUN: qnet-opt %s -qnet-fuse-sums -qnet-outline-kernels -split-input-file | FileCheck %s --check-prefix=OUTLINED
// RUN: qnet-opt %s -qnet-fuse-sums -qnet-block-matmul=vector-bits=256 -qnet-vectorize-linalg=vector-bits=256 -split-input-file | FileCheck %s --check-prefix=VECTORS

#input = affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>
#filter = affine_map<(n, h, w, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>
#size = affine_map<(s, r, n, h, w, f) -> (n, h)>
#whole = affine_map<(s, r, n, h, w, f) -> (s * 2 + n, r * 8 + h, w, f)>
#channels = affine_map<(s, r, n, h, w, f) -> (f)>
#sums = affine_map<(s, r, n, h, w, f) -> (s, r, f)>
#id = affine_map<(n, h, w, f) -> (n, h, w, f)>

// The sums of two images each: what stands between them and the product stays, their fill moves
// before it.
// CHECK-LABEL: func.func @sums_of_a_result
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<4x10x10x16xf32>, %[[W:[a-z0-9]+]]: memref<16x3x3x16xf32>, %[[Y:[a-z0-9]+]]: memref<4x8x8x16xf32>
// CHECK:         %[[SUMS:.*]] = memref.alloc() : memref<2x1x16xf32>
// CHECK:         linalg.fill {{.*}} outs(%[[SUMS]]
// CHECK-NEXT:    linalg.fill {{.*}} outs(%[[Y]]
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[X]], %[[W]] {{.*}} outs(%[[Y]]
// CHECK:         %[[SIZE:.*]] = memref.alloc() : memref<2x8xf32>
// CHECK:         linalg.generic {{.*}} ins(%[[SIZE]], %[[Y]] {{.*}} outs(%[[SUMS]] {{.*}}qnet.part_sums
// CHECK:         linalg.fill {{.*}} outs(%{{.*}} : memref<16xf32>)

// A part is 16 image rows of 8 pixels, in two tiles each: it is summed after 16 of the items.
// DIRECT-LABEL: func.func @sums_of_a_result
// DIRECT:        scf.parallel
// DIRECT:          scf.for
// DIRECT:            vector.fma
// DIRECT:            linalg.fill
// DIRECT:            linalg.generic {{.*}}iterator_types = ["reduction", "reduction", "reduction", "parallel"]
// DIRECT:        scf.reduce
// DIRECT-NOT:    qnet.part_sums

// Four tiles of 4 x 4 an image: 16 tiles that are filtered at a time are two parts.
// FILTERED-LABEL: func.func @sums_of_a_result
// FILTERED:      vector.fma
// FILTERED:      scf.for %{{.*}} = %c0 to %c2
// FILTERED:        linalg.generic {{.*}}iterator_types = ["reduction", "reduction", "reduction", "parallel"]
// FILTERED-NOT:  qnet.part_sums
// FILTERED:      return

// Other nests leave the op as it is.
// APART-LABEL: func.func @sums_of_a_result
// APART:         vector.fma
// APART:         scf.reduce
// APART:         linalg.generic {{.*}}qnet.part_sums

// VECTORS-LABEL: func.func @sums_of_a_result
// VECTORS:       scf.parallel
// VECTORS:         vector.fma
// VECTORS-NOT:     scf.parallel
// VECTORS:         arith.addf {{.*}} : vector<8xf32>
// VECTORS-NOT:     scf.parallel
// VECTORS:       scf.reduce
func.func @sums_of_a_result(%x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %y: memref<4x8x8x16xf32>) -> (memref<2x1x16xf32>, memref<16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<4x8x8x16xf32>)
  linalg.generic {indexing_maps = [#input, #filter, #output],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<4x10x10x16xf32>, memref<16x3x3x16xf32>) outs(%y : memref<4x8x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  %size = memref.alloc() : memref<2x8xf32>
  %other = memref.alloc() : memref<16xf32>
  linalg.fill ins(%zero : f32) outs(%other : memref<16xf32>)
  %sums = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<2x1x16xf32>)
  linalg.generic {indexing_maps = [#size, #whole, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y : memref<2x8xf32>, memref<4x8x8x16xf32>) outs(%sums : memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  return %sums, %other : memref<2x1x16xf32>, memref<16xf32>
}

// -----

#input = affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>
#filter = affine_map<(n, h, w, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>
#size = affine_map<(s, r, n, h, w, f) -> (n, h)>
#whole = affine_map<(s, r, n, h, w, f) -> (s * 2 + n, r * 8 + h, w, f)>
#channels = affine_map<(s, r, n, h, w, f) -> (f)>
#sums = affine_map<(s, r, n, h, w, f) -> (s, r, f)>
#id = affine_map<(n, h, w, f) -> (n, h, w, f)>

// Sums of what the epilogue makes of the result, and of an activation that is computed again after
// the product: it moves before it. One function has all.
// CHECK-LABEL: func.func @sums_of_a_gradient
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<4x10x10x16xf32>, %[[W:[a-z0-9]+]]: memref<16x3x3x16xf32>, %[[A:[a-z0-9]+]]: memref<4x8x8x16xf32>
// CHECK-DAG:     linalg.fill {{.*}} outs(%[[S:.*]] : memref<2x1x16xf32>)
// CHECK-DAG:     linalg.fill {{.*}} outs(%[[T:.*]] : memref<2x1x16xf32>)
// CHECK-DAG:     linalg.generic {{.*}} ins(%[[A]] : memref<4x8x8x16xf32>) outs(%[[B:.*]] : memref<4x8x8x16xf32>)
// CHECK:         linalg.fill {{.*}} outs(%[[G:.*]] : memref<4x8x8x16xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[X]], %[[W]] {{.*}} outs(%[[G]]
// CHECK:         linalg.generic {{.*}} ins(%[[G]], %[[A]] {{.*}} outs(%[[G]] {{.*}}qnet.epilogue = "consumes"
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[G]], %[[B]], {{.*}} outs(%[[S]], %[[T]] {{.*}}qnet.part_sums
// CHECK:         linalg.fill {{.*}} outs(%[[W]]
// OUTLINED-LABEL: func.func @sums_of_a_gradient
// OUTLINED:      call @[[SQUARE:kernel_4x8x8x16]](
// OUTLINED:      call @[[KERNEL:kernel_4x8x8x16x3x3x16]](
// OUTLINED-NOT:  qnet.part_sums
// OUTLINED:      func.func private @[[KERNEL]](
// OUTLINED-COUNT-3: linalg.fill
// OUTLINED:      linalg.generic {{.*}}"parallel", "reduction", "reduction", "reduction"]
// OUTLINED:      qnet.epilogue
// OUTLINED:      qnet.part_sums
func.func @sums_of_a_gradient(%context: !llvm.ptr {qnet.context}, %x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %activation: memref<4x8x8x16xf32>, %mean: memref<16xf32>) -> (memref<4x8x8x16xf32>, memref<2x1x16xf32>, memref<2x1x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %g = memref.alloc() : memref<4x8x8x16xf32>
  linalg.fill ins(%zero : f32) outs(%g : memref<4x8x8x16xf32>)
  linalg.generic {indexing_maps = [#input, #filter, #output],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<4x10x10x16xf32>, memref<16x3x3x16xf32>) outs(%g : memref<4x8x8x16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%g, %activation : memref<4x8x8x16xf32>, memref<4x8x8x16xf32>) outs(%g : memref<4x8x8x16xf32>)
      attrs = {qnet.epilogue = "consumes"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %c = arith.cmpf ole, %b, %zero : f32
    %r = arith.select %c, %zero, %a : f32
    linalg.yield %r : f32
  }
  %again = memref.alloc() : memref<4x8x8x16xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%activation : memref<4x8x8x16xf32>) outs(%again : memref<4x8x8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.mulf %a, %a : f32
    linalg.yield %m : f32
  }
  linalg.fill ins(%zero : f32) outs(%w : memref<16x3x3x16xf32>)
  %size = memref.alloc() : memref<2x8xf32>
  %sums = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<2x1x16xf32>)
  %products = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%products : memref<2x1x16xf32>)
  linalg.generic {indexing_maps = [#size, #whole, #whole, #channels, #sums, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %g, %again, %mean : memref<2x8xf32>, memref<4x8x8x16xf32>, memref<4x8x8x16xf32>, memref<16xf32>)
      outs(%sums, %products : memref<2x1x16xf32>, memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %b: f32, %c: f32, %o: f32, %p: f32):
    %d = arith.subf %b, %c : f32
    %m = arith.mulf %a, %d : f32
    %s = arith.addf %o, %a : f32
    %t = arith.addf %p, %m : f32
    linalg.yield %s, %t : f32, f32
  }
  return %g, %sums, %products : memref<4x8x8x16xf32>, memref<2x1x16xf32>, memref<2x1x16xf32>
}
