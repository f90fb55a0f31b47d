// RUN: qnet-opt %s -qnet-fuse-sums -split-input-file | FileCheck %s --implicit-check-not=qnet.part_sums

#input = affine_map<(n, h, w, f, i, j, c) -> (n, h + i, w + j, c)>
#filter = affine_map<(n, h, w, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, h, w, f, i, j, c) -> (n, h, w, f)>
#size = affine_map<(s, r, n, h, w, f) -> (n, h)>
#whole = affine_map<(s, r, n, h, w, f) -> (s * 2 + n, r * 8 + h, w, f)>
#channels = affine_map<(s, r, n, h, w, f) -> (f)>
#sums = affine_map<(s, r, n, h, w, f) -> (s, r, f)>
#id = affine_map<(n, h, w, f) -> (n, h, w, f)>

// The result changes before it is summed.
// CHECK-LABEL: func.func @sums_of_something_else
func.func @sums_of_something_else(%x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %y: memref<4x8x8x16xf32>) -> memref<2x1x16xf32> {
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
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%y : memref<4x8x8x16xf32>) {
  ^bb0(%o: f32):
    %m = arith.mulf %o, %o : f32
    linalg.yield %m : f32
  }
  %sums = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<2x1x16xf32>)
  linalg.generic {indexing_maps = [#size, #whole, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y : memref<2x8xf32>, memref<4x8x8x16xf32>) outs(%sums : memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  return %sums : memref<2x1x16xf32>
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

// The sums go on from what is there, or start over what the product reads.
// CHECK-LABEL: func.func @sums_that_start_elsewhere
func.func @sums_that_start_elsewhere(%x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %y: memref<4x8x8x16xf32>, %sums: memref<2x1x16xf32>) {
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
  linalg.generic {indexing_maps = [#size, #whole, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y : memref<2x8xf32>, memref<4x8x8x16xf32>) outs(%sums : memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  %inside = memref.subview %w[0, 0, 0, 0] [2, 1, 1, 16] [1, 1, 1, 1] : memref<16x3x3x16xf32> to memref<2x1x16xf32, strided<[144, 48, 1]>>
  linalg.fill ins(%zero : f32) outs(%inside : memref<2x1x16xf32, strided<[144, 48, 1]>>)
  linalg.generic {indexing_maps = [#size, #whole, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y : memref<2x8xf32>, memref<4x8x8x16xf32>) outs(%inside : memref<2x1x16xf32, strided<[144, 48, 1]>>) {
  ^bb0(%n: f32, %a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  return
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
#mirrored = affine_map<(s, r, n, h, w, f) -> (s * 2 - n + 1, r * 8 + h, w, f)>

// Parts that go backwards over the images are no parts of the product.
// CHECK-LABEL: func.func @sums_in_another_order
func.func @sums_in_another_order(%x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %y: memref<4x8x8x16xf32>) -> memref<2x1x16xf32> {
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
  %sums = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<2x1x16xf32>)
  linalg.generic {indexing_maps = [#size, #mirrored, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y : memref<2x8xf32>, memref<4x8x8x16xf32>) outs(%sums : memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  return %sums : memref<2x1x16xf32>
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

// What the sums read besides is computed from the result.
// CHECK-LABEL: func.func @sums_that_read_what_follows
func.func @sums_that_read_what_follows(%x: memref<4x10x10x16xf32>, %w: memref<16x3x3x16xf32>, %y: memref<4x8x8x16xf32>) -> memref<2x1x16xf32> {
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
  %mean = memref.alloc() : memref<16xf32>
  linalg.fill ins(%zero : f32) outs(%mean : memref<16xf32>)
  linalg.generic {indexing_maps = [#id, affine_map<(n, h, w, f) -> (f)>], iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
      ins(%y : memref<4x8x8x16xf32>) outs(%mean : memref<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  }
  %size = memref.alloc() : memref<2x8xf32>
  %sums = memref.alloc() : memref<2x1x16xf32>
  linalg.fill ins(%zero : f32) outs(%sums : memref<2x1x16xf32>)
  linalg.generic {indexing_maps = [#size, #whole, #channels, #sums],
      iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction", "parallel"]}
      ins(%size, %y, %mean : memref<2x8xf32>, memref<4x8x8x16xf32>, memref<16xf32>) outs(%sums : memref<2x1x16xf32>) {
  ^bb0(%n: f32, %a: f32, %c: f32, %o: f32):
    %d = arith.subf %a, %c : f32
    %m = arith.mulf %d, %d : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  }
  return %sums : memref<2x1x16xf32>
}
