// Products of layers: dense forward of f32 and of codes, both gradients, a convolution,
// and one with many terms.
!binary = !qnet.q<#qnet.binary<0.5>>
func.func @forward(%x: memref<33x96xf32>, %w: memref<40x96xf32>, %y: memref<33x40xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<33x40xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<33x96xf32>, memref<40x96xf32>) outs(%y : memref<33x40xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @codes(%x: memref<33x96xf32>, %w: memref<72x96x!binary>, %y: memref<33x72xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<33x96xf32>, memref<72x96x!binary>) outs(%y : memref<33x72xf32>) {
  ^bb0(%a: f32, %code: !binary, %sum: f32):
    %b = qnet.decode %code : !binary to f32
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @input_gradient(%dy: memref<33x40xf32>, %w: memref<40x96xf32>, %dx: memref<33x96xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %w : memref<33x40xf32>, memref<40x96xf32>) outs(%dx : memref<33x96xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @weight_gradient(%dy: memref<33x40xf32>, %x: memref<33x96xf32>, %dw: memref<40x96xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%dy, %x : memref<33x40xf32>, memref<33x96xf32>) outs(%dw : memref<40x96xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @convolution(%x: memref<2x18x18x16xf32>, %k: memref<8x3x3x16xf32>,
                       %y: memref<2x16x16x8xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x18x18x16xf32>, memref<8x3x3x16xf32>)
      outs(%y : memref<2x16x16x8xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @many_terms(%x: memref<8x8192xf32>, %w: memref<40x8192xf32>, %y: memref<8x40xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<8x8192xf32>, memref<40x8192xf32>) outs(%y : memref<8x40xf32>) {
  ^bb0(%a: f32, %b: f32, %sum: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
func.func @no_product(%x: memref<8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>], iterator_types = ["parallel"]}
      outs(%x : memref<8xf32>) {
  ^bb0(%a: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  }
  return
}
