// RUN: qnet-opt %s -qnet-fuse-prologues=vector-bits=256 | FileCheck %s
// RUN: qnet-opt %s -qnet-fuse-prologues="vector-bits=256 winograd-products" | FileCheck %s --check-prefix=FILTERED
// RUN: qnet-opt %s -qnet-fuse-prologues=vector-bits=256 -qnet-block-matmul=vector-bits=256 -canonicalize -cse | FileCheck %s --check-prefix=LOOPS
// RUN: qnet-opt %s -qnet-fuse-prologues=vector-bits=256 -qnet-block-matmul="vector-bits=256 method=packed" | FileCheck %s --check-prefix=PACKED

#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
#image = affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>
#filters = affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>
#result = affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>
#pixel = affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>
#under = affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>
#tap = affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>

// The product is the only reader, and leaves out all terms with zeros. The copy moves to it;
// after that, the image is read where it lies: the place of a window starts a row and a pixel
// before it.
// CHECK-LABEL: func.func @a_copy_for_one_product
// CHECK:         memref.store
// CHECK-NEXT:    memref.alloc() : memref<2x18x18x16xf32>
// CHECK-NEXT:    linalg.generic {{.*}}qnet.pad_low = array<i64: 0, 1, 1, 0>, qnet.prologue}
// CHECK:         linalg.generic {{.*}}qnet.zero_border
// FILTERED-LABEL: func.func @a_copy_for_one_product
// FILTERED-NOT:  qnet.prologue
// FILTERED:      return
// LOOPS-LABEL: func.func @a_copy_for_one_product
// LOOPS-SAME:    %[[X:[a-z0-9]+]]: memref<2x16x16x16xf32>
// LOOPS-NOT:     memref.alloc()
// LOOPS:         %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// LOOPS:         scf.parallel
// LOOPS:           memref.load %[[FLAT]]
// LOOPS:           vector.fma
// LOOPS-NOT:     linalg.generic
// LOOPS:         return
// Packing needs the zeros.
// PACKED-LABEL: func.func @a_copy_for_one_product
// PACKED:        memref.alloc() : memref<2x18x18x16xf32>
// PACKED:        qnet.prologue
// PACKED:        return
func.func @a_copy_for_one_product(
    %x: memref<2x16x16x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x16x16x16xf32>,
    %other: memref<f32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x18x18x16xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%p : memref<2x18x18x16xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.subi %h, %c1 : index
    %s = arith.subi %w, %c1 : index
    %rowIn = arith.cmpi ult, %r, %c16 : index
    %columnIn = arith.cmpi ult, %s, %c16 : index
    %in = arith.andi %rowIn, %columnIn : i1
    %i = arith.select %rowIn, %r, %c0 : index
    %j = arith.select %columnIn, %s, %c0 : index
    %v = memref.load %x[%n, %i, %j, %c] : memref<2x16x16x16xf32>
    %t = arith.select %in, %v, %zero : f32
    linalg.yield %t : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x16xf32>)
  memref.store %zero, %other[] : memref<f32>
  linalg.generic {indexing_maps = [#image, #filters, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%p, %k : memref<2x18x18x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x16x16x16xf32>) attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}

// The filter gradient leaves out the zeros, too: both products get a copy of their own, and
// read the image where it lies.
// CHECK-LABEL: func.func @a_copy_for_two_products
// CHECK:         linalg.generic {{.*}}qnet.prologue}
// CHECK:         linalg.generic {{.*}}qnet.zero_border
// CHECK:         linalg.generic {{.*}}qnet.prologue}
// CHECK:         linalg.generic {{.*}}qnet.zero_border
// CHECK:         return
// LOOPS-LABEL: func.func @a_copy_for_two_products
// LOOPS-SAME:    %[[X:[a-z0-9]+]]: memref<2x16x16x16xf32>, {{.*}}, %[[DY:[a-z0-9]+]]: memref<2x16x16x16xf32>, %{{[a-z0-9]+}}: memref<16x3x3x16xf32>
// LOOPS-NOT:     memref.alloc()
// LOOPS-DAG:     %[[FLATX:.*]] = memref.collapse_shape %[[X]]
// LOOPS-DAG:     %[[FLATY:.*]] = memref.collapse_shape %[[DY]]
// LOOPS:         vector.load %[[FLATX]]
// LOOPS:         memref.load %[[FLATY]]
// LOOPS-NOT:     linalg.generic
// LOOPS:         return
func.func @a_copy_for_two_products(
    %x: memref<2x16x16x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x16x16x16xf32>,
    %dy: memref<2x16x16x16xf32>, %dk: memref<16x3x3x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x18x18x16xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%p : memref<2x18x18x16xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.subi %h, %c1 : index
    %s = arith.subi %w, %c1 : index
    %rowIn = arith.cmpi ult, %r, %c16 : index
    %columnIn = arith.cmpi ult, %s, %c16 : index
    %in = arith.andi %rowIn, %columnIn : i1
    %i = arith.select %rowIn, %r, %c0 : index
    %j = arith.select %columnIn, %s, %c0 : index
    %v = memref.load %x[%n, %i, %j, %c] : memref<2x16x16x16xf32>
    %t = arith.select %in, %v, %zero : f32
    linalg.yield %t : f32
  }
  // What another pass left behind.
  %unused = memref.collapse_shape %p [[0, 1, 2, 3]] : memref<2x18x18x16xf32> into memref<10368xf32>
  linalg.generic {indexing_maps = [#image, #filters, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%p, %k : memref<2x18x18x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x16x16x16xf32>) attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#pixel, #under, #tap],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %p : memref<2x16x16x16xf32>, memref<2x18x18x16xf32>)
      outs(%dk : memref<16x3x3x16xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %m = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}

// Three channels fill no vector: the elements under several taps are broadcast together,
// those of zeros among them.
// CHECK-LABEL: func.func @few_channels_need_the_zeros
// CHECK-NOT:     qnet.prologue
// CHECK:         return
func.func @few_channels_need_the_zeros(
    %x: memref<2x16x16x3xf32>, %dy: memref<2x16x16x16xf32>, %dk: memref<16x3x3x3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x18x18x3xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%p : memref<2x18x18x3xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.subi %h, %c1 : index
    %s = arith.subi %w, %c1 : index
    %rowIn = arith.cmpi ult, %r, %c16 : index
    %columnIn = arith.cmpi ult, %s, %c16 : index
    %in = arith.andi %rowIn, %columnIn : i1
    %i = arith.select %rowIn, %r, %c0 : index
    %j = arith.select %columnIn, %s, %c0 : index
    %v = memref.load %x[%n, %i, %j, %c] : memref<2x16x16x3xf32>
    %t = arith.select %in, %v, %zero : f32
    linalg.yield %t : f32
  }
  linalg.generic {indexing_maps = [#pixel, #under, #tap],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%dy, %p : memref<2x16x16x16xf32>, memref<2x18x18x3xf32>)
      outs(%dk : memref<16x3x3x3xf32>) attrs = {qnet.zero_border = array<i64: 1, 1, 1, 1, 1>} {
  ^bb0(%g: f32, %a: f32, %sum: f32):
    %m = arith.mulf %g, %a : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}

// The image is written before the product reads the copy; and without `qnet.zero_border`,
// nothing says that the zeros are zeros.
// CHECK-LABEL: func.func @an_image_that_changes
// CHECK-NOT:     qnet.prologue
// CHECK:         return
func.func @an_image_that_changes(
    %x: memref<2x16x16x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x16x16x16xf32>,
    %z: memref<2x16x16x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x18x18x16xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%p : memref<2x18x18x16xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.subi %h, %c1 : index
    %s = arith.subi %w, %c1 : index
    %rowIn = arith.cmpi ult, %r, %c16 : index
    %columnIn = arith.cmpi ult, %s, %c16 : index
    %in = arith.andi %rowIn, %columnIn : i1
    %i = arith.select %rowIn, %r, %c0 : index
    %j = arith.select %columnIn, %s, %c0 : index
    %v = memref.load %x[%n, %i, %j, %c] : memref<2x16x16x16xf32>
    %t = arith.select %in, %v, %zero : f32
    linalg.yield %t : f32
  }
  linalg.fill ins(%zero : f32) outs(%x : memref<2x16x16x16xf32>)
  linalg.generic {indexing_maps = [#image, #filters, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%p, %k : memref<2x18x18x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x16x16x16xf32>) attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  %q = memref.alloc() : memref<2x18x18x16xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%q : memref<2x18x18x16xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.minui %h, %c1 : index
    %s = arith.minui %w, %c1 : index
    %v = memref.load %x[%n, %r, %s, %c] : memref<2x16x16x16xf32>
    linalg.yield %v : f32
  }
  linalg.generic {indexing_maps = [#image, #filters, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%q, %k : memref<2x18x18x16xf32>, memref<16x3x3x16xf32>)
      outs(%z : memref<2x16x16x16xf32>) {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}

// Images at a place that is known at run time, as of micro-batches, have no flat view.
// CHECK-LABEL: func.func @a_part_that_a_loop_chooses
// CHECK-NOT:     qnet.prologue
// CHECK:         return
func.func @a_part_that_a_loop_chooses(
    %all: memref<8x16x16x16xf32>, %k: memref<16x3x3x16xf32>, %y: memref<2x16x16x16xf32>,
    %first: index) {
  %x = memref.subview %all[%first, 0, 0, 0] [2, 16, 16, 16] [1, 1, 1, 1]
      : memref<8x16x16x16xf32> to memref<2x16x16x16xf32, strided<[4096, 256, 16, 1], offset: ?>>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant 0.0 : f32
  %p = memref.alloc() : memref<2x18x18x16xf32>
  linalg.generic {indexing_maps = [#id],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%p : memref<2x18x18x16xf32>) attrs = {qnet.pad_low = array<i64: 0, 1, 1, 0>} {
  ^bb0(%o: f32):
    %n = linalg.index 0 : index
    %h = linalg.index 1 : index
    %w = linalg.index 2 : index
    %c = linalg.index 3 : index
    %r = arith.subi %h, %c1 : index
    %s = arith.subi %w, %c1 : index
    %rowIn = arith.cmpi ult, %r, %c16 : index
    %columnIn = arith.cmpi ult, %s, %c16 : index
    %in = arith.andi %rowIn, %columnIn : i1
    %i = arith.select %rowIn, %r, %c0 : index
    %j = arith.select %columnIn, %s, %c0 : index
    %v = memref.load %x[%n, %i, %j, %c]
        : memref<2x16x16x16xf32, strided<[4096, 256, 16, 1], offset: ?>>
    %t = arith.select %in, %v, %zero : f32
    linalg.yield %t : f32
  }
  linalg.fill ins(%zero : f32) outs(%y : memref<2x16x16x16xf32>)
  linalg.generic {indexing_maps = [#image, #filters, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%p, %k : memref<2x18x18x16xf32>, memref<16x3x3x16xf32>)
      outs(%y : memref<2x16x16x16xf32>) attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %w: f32, %sum: f32):
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %sum, %m : f32
    linalg.yield %s : f32
  }
  return
}
