// RUN: qnet-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(qnet-call-libraries{math=tf32}))' | FileCheck %s
// RUN: qnet-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(qnet-call-libraries{keep-kernels}))' | FileCheck %s --check-prefix=KEEP
// RUN: qnet-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(qnet-call-libraries{math=bf16}))' | FileCheck %s --check-prefix=BF16

#lhs = affine_map<(m, n, k) -> (m, k)>
#lhs_t = affine_map<(m, n, k) -> (k, m)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#rhs_t = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// Weights are [outputs, inputs].
// CHECK-LABEL: func.func @dense_starts_from_zero
// CHECK-NOT:     linalg
// CHECK:         qnet.library_matmul %{{.*}}, %{{.*}}, %{{.*}} {math = "tf32", transpose_right} : memref<7x5xf32>, memref<3x5xf32>, memref<7x3xf32>
// CHECK-NEXT:    return
// KEEP-LABEL: func.func @dense_starts_from_zero
// KEEP:         %[[TAKEN:.*]] = qnet.library_matmul %{{.*}}, %{{.*}}, %{{.*}} {transpose_right}
// KEEP:         %[[OURS:.*]] = arith.xori %[[TAKEN]], %true
// KEEP-NEXT:    scf.if %[[OURS]] {
// KEEP-NEXT:      linalg.fill
// KEEP-NEXT:      linalg.generic
// BF16-LABEL: func.func @dense_starts_from_zero
// BF16:         qnet.library_matmul {{.*}}math = "bf16"
func.func @dense_starts_from_zero(%x: memref<7x5xf32>, %w: memref<3x5xf32>, %y: memref<7x3xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<7x3xf32>)
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<7x5xf32>, memref<3x5xf32>) outs(%y : memref<7x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#lhs_t = affine_map<(m, n, k) -> (k, m)>
#rhs_t = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// A gradient by weights goes on from that of the samples before.
// CHECK-LABEL: func.func @gradient_is_added
// CHECK:         qnet.library_matmul %arg0, %arg1, %arg2 {accumulate, math = "tf32", transpose_left}
func.func @gradient_is_added(%dy: memref<7x3xf32>, %x: memref<7x5xf32>, %dw: memref<3x5xf32>) {
  linalg.generic {indexing_maps = [#lhs_t, #rhs_t, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<7x3xf32>, memref<7x5xf32>) outs(%dw : memref<3x5xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @codes_and_computed_factors_stay
// CHECK-NOT:     qnet.library
func.func @codes_and_computed_factors_stay(%x: memref<7x5xf32>,
    %w: memref<3x5x!qnet.q<#qnet.binary<1.0>>>, %v: memref<3x5xf32>, %y: memref<7x3xf32>) {
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<7x5xf32>, memref<3x5x!qnet.q<#qnet.binary<1.0>>>) outs(%y : memref<7x3xf32>) {
  ^bb0(%a: f32, %b: !qnet.q<#qnet.binary<1.0>>, %c: f32):
    %d = qnet.decode %b : !qnet.q<#qnet.binary<1.0>> to f32
    %p = arith.mulf %a, %d : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %v : memref<7x5xf32>, memref<3x5xf32>) outs(%y : memref<7x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %d = arith.negf %b : f32
    %p = arith.mulf %a, %d : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#image = affine_map<(n, p, q, f, i, j, c) -> (n, p * 2 + i, q + j, c)>
#weights = affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>
#output = affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>

// CHECK-LABEL: func.func @strides_are_found
// CHECK:         qnet.library_conv2d %arg0, %arg1, %arg2 {accumulate, math = "tf32", strides = array<i64: 2, 1>} : memref<2x9x8x3xf32>, memref<5x3x2x3xf32>, memref<2x4x7x5xf32>
// cuDNN would take f16.
// BF16-LABEL: func.func @strides_are_found
// BF16-NOT:     qnet.library
func.func @strides_are_found(%x: memref<2x9x8x3xf32>, %k: memref<5x3x2x3xf32>, %y: memref<2x4x7x5xf32>) {
  linalg.generic {indexing_maps = [#image, #weights, #output],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x9x8x3xf32>, memref<5x3x2x3xf32>) outs(%y : memref<2x4x7x5xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#gradient = affine_map<(n, h, w, c, i, j, f) -> (n, h - i + 2, w - j + 2, f)>
#weights = affine_map<(n, h, w, c, i, j, f) -> (f, i, j, c)>
#result = affine_map<(n, h, w, c, i, j, f) -> (n, h, w, c)>
#inner = affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>
#image = affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>
#filters = affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>

// The gradient by the input reads the output's with a border of zeros, as that of a
// convolution with two zeros around the input; the one by the weights, too: one zero.
// CHECK-LABEL: func.func @zeros_around_a_gradient_are_padding
// CHECK:         qnet.library_conv2d_input_grad %arg0, %arg1, %arg2 {math = "tf32", pads = array<i64: 2, 2>} : memref<2x8x8x5xf32>, memref<5x3x3x3xf32>, memref<2x6x6x3xf32>
// CHECK:         qnet.library_conv2d_weight_grad %arg0, %arg3, %arg4 {accumulate, math = "tf32", pads = array<i64: 1, 1>} : memref<2x8x8x5xf32>, memref<2x8x8x3xf32>, memref<5x3x3x3xf32>
func.func @zeros_around_a_gradient_are_padding(%dy: memref<2x8x8x5xf32>, %k: memref<5x3x3x3xf32>,
    %dx: memref<2x6x6x3xf32>, %x: memref<2x8x8x3xf32>, %dk: memref<5x3x3x3xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%dx : memref<2x6x6x3xf32>)
  linalg.generic {indexing_maps = [#gradient, #weights, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%dy, %k : memref<2x8x8x5xf32>, memref<5x3x3x3xf32>) outs(%dx : memref<2x6x6x3xf32>)
      attrs = {qnet.zero_border = array<i64: 0, 1, 1, 1, 1>} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  %part = memref.subview %dy[0, 1, 1, 0] [2, 6, 6, 5] [1, 1, 1, 1]
      : memref<2x8x8x5xf32> to memref<2x6x6x5xf32, strided<[320, 40, 5, 1], offset: 45>>
  linalg.generic {indexing_maps = [#inner, #image, #filters],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%part, %x : memref<2x6x6x5xf32, strided<[320, 40, 5, 1], offset: 45>>, memref<2x8x8x3xf32>)
      outs(%dk : memref<5x3x3x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#inner = affine_map<(f, i, j, c, n, p, q) -> (n, p, q, f)>
#image = affine_map<(f, i, j, c, n, p, q) -> (n, p + i, q + j, c)>
#filters = affine_map<(f, i, j, c, n, p, q) -> (f, i, j, c)>

// Nobody says that there are zeros around it.
// CHECK-LABEL: func.func @slices_of_unknown_surroundings_stay
// CHECK-NOT:     qnet.library
func.func @slices_of_unknown_surroundings_stay(%dy: memref<2x8x8x5xf32>, %x: memref<2x8x8x3xf32>, %dk: memref<5x3x3x3xf32>) {
  %part = memref.subview %dy[0, 1, 1, 0] [2, 6, 6, 5] [1, 1, 1, 1]
      : memref<2x8x8x5xf32> to memref<2x6x6x5xf32, strided<[320, 40, 5, 1], offset: 45>>
  linalg.generic {indexing_maps = [#inner, #image, #filters],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%part, %x : memref<2x6x6x5xf32, strided<[320, 40, 5, 1], offset: 45>>, memref<2x8x8x3xf32>)
      outs(%dk : memref<5x3x3x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#gradient = affine_map<(n, h, w, c, i, j, f) -> (n, h - i + 1, w - j + 1, f)>
#weights = affine_map<(n, h, w, c, i, j, f) -> (f, i * 2, j * 2, c)>
#taps = affine_map<(n, h, w, c, i, j, f) -> (i, j)>
#result = affine_map<(n, h, w, c, i, j, f) -> (n, h, w, c)>

// A part of a strided convolution's gradient by its input.
// CHECK-LABEL: func.func @phases_stay
// CHECK-NOT:     qnet.library
func.func @phases_stay(%dy: memref<2x5x5x5xf32>, %k: memref<5x3x3x3xf32>, %t: memref<2x2xf32>, %dx: memref<2x4x4x3xf32>) {
  linalg.generic {indexing_maps = [#gradient, #weights, #taps, #result],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%dy, %k, %t : memref<2x5x5x5xf32>, memref<5x3x3x3xf32>, memref<2x2xf32>) outs(%dx : memref<2x4x4x3xf32>) {
  ^bb0(%a: f32, %b: f32, %u: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}

// -----

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// The inputs of a micro-batch.
// CHECK-LABEL: func.func @slices_of_samples_stay
// CHECK-NOT:     qnet.library
func.func @slices_of_samples_stay(%x: memref<7x5xf32, strided<[5, 1], offset: ?>>, %w: memref<3x5xf32>, %y: memref<7x3xf32>) {
  linalg.generic {indexing_maps = [#lhs, #rhs, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<7x5xf32, strided<[5, 1], offset: ?>>, memref<3x5xf32>) outs(%y : memref<7x3xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  return
}
