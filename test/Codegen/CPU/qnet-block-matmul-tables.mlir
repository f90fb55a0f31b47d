// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=512 table-products" -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: qnet-opt %s -qnet-block-matmul="vector-bits=256 table-products" -canonicalize -cse | FileCheck %s --check-prefixes=CHECK,NARROW
// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=512 | FileCheck %s --check-prefix=CHAIN
// RUN: not qnet-opt %s -qnet-block-matmul="vector-bits=128 table-products" 2>&1 | FileCheck %s --check-prefix=WIDTH

// WIDTH: error: qnet-block-matmul: expected vector-bits of 256 or 512 for table-products, got 128

// Nothing is looked up unless it is asked for.
// CHAIN-NOT: call_intrinsic

!binary = !qnet.q<#qnet.binary<0.5>>
!ternary = !qnet.q<#qnet.ternary<0.5>>

// Words lie along k: squares of them are transposed, their bits stay. The tables of four
// terms are products with +-1; the sum is scaled once.
// CHECK-LABEL: func.func @forward_moves_words
// CHECK:         %[[PACKED:.*]] = memref.alloc() {alignment = 64 : i64} : memref<512xi32>
// CHECK:         scf.parallel
// CHECK-NOT:       llvm.intr.fshl
// CHECK:           vector.shuffle
// CHECK:           vector.store %{{.*}}, %[[PACKED]]
// CHECK:         scf.parallel
// CHECK-DAG:       %[[TABLES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<{{2048|8192}}xf32>
// CHECK:           scf.for
// WIDE-COUNT-2:      arith.mulf
// NARROW-COUNT-2:    arith.mulf
// CHECK:             vector.store %{{.*}}, %[[TABLES]]
// CHECK:           scf.for
// CHECK:             vector.load %[[PACKED]]
// WIDE:              vector.load %[[TABLES]]{{.*}} vector<16xf32>
// WIDE:              llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// NARROW:            vector.load %[[TABLES]]{{.*}} vector<4xf32>
// NARROW:            llvm.call_intrinsic "llvm.x86.avx.vpermilvar.ps.256"
// NARROW:            llvm.call_intrinsic "llvm.x86.avx.vpermilvar.ps.256"
// CHECK-NOT:         vector.fma
// CHECK:             arith.addf
// CHECK:           %[[SUM:.*]] = arith.mulf
// CHECK:           vector.store %[[SUM]], %arg2
func.func @forward_moves_words(
    %a: memref<16x256xf32>, %b: memref<64x256x!binary>, %c: memref<16x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<16x64xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<16x256xf32>, memref<64x256x!binary>)
      outs(%c : memref<16x64xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %n = qnet.from_code %code : !binary to i32
    %low = arith.constant -0.5 : f32
    %high = arith.constant 0.5 : f32
    %i = arith.constant 0 : i32
    %isLow = arith.cmpi eq, %n, %i : i32
    %w = arith.select %isLow, %low, %high : f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Words lie along the columns: squares of 32 x 32 bits are transposed in five steps. A sum
// in memory is added to, at the end.
// CHECK-LABEL: func.func @input_gradient_transposes_bits
// CHECK:         scf.parallel
// WIDE-COUNT-20:   llvm.intr.fshl
// NARROW-COUNT-40: llvm.intr.fshl
// CHECK-NOT:       llvm.intr.fshl
// CHECK:         scf.parallel
// CHECK:           llvm.call_intrinsic
// CHECK:           vector.load %arg2
// CHECK:           %[[SUM:.*]] = vector.fma
// CHECK:           vector.store %[[SUM]], %arg2
func.func @input_gradient_transposes_bits(
    %a: memref<16x64xf32>, %b: memref<64x64x!binary>, %c: memref<16x64xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<16x64xf32>, memref<64x64x!binary>)
      outs(%c : memref<16x64xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// One row: one loop, which packs its words on the stack.
// CHECK-LABEL: func.func @one_row_needs_no_workspace
// CHECK-NOT:     memref.alloc(
// CHECK:         scf.parallel
// CHECK:           llvm.call_intrinsic
// CHECK-NOT:     scf.parallel
func.func @one_row_needs_no_workspace(
    %a: memref<1x64xf32>, %b: memref<1024x64x!binary>, %c: memref<1x1024xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<1x1024xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<1x64xf32>, memref<1024x64x!binary>)
      outs(%c : memref<1x1024xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// A convolution: the tables are of the padded input as it lies, and serve all taps.
// CHECK-LABEL: func.func @windows_share_tables
// CHECK:         %[[X:.*]] = memref.collapse_shape %arg0
// CHECK:         scf.parallel
// CHECK:         scf.parallel
// CHECK:           scf.for
// CHECK:             memref.load %[[X]]
// CHECK:             vector.store
// CHECK-NOT:       memref.load %[[X]]{{.*}}vector
// CHECK:           llvm.call_intrinsic
func.func @windows_share_tables(%x: memref<2x10x10x16xf32>,
    %k: memref<64x3x3x16x!binary>, %y: memref<2x8x8x64xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<2x8x8x64xf32>)
  linalg.generic {
      indexing_maps = [affine_map<(n, p, q, f, i, j, c) -> (n, p + i, q + j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (f, i, j, c)>,
                       affine_map<(n, p, q, f, i, j, c) -> (n, p, q, f)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel",
                        "reduction", "reduction", "reduction"]}
      ins(%x, %k : memref<2x10x10x16xf32>, memref<64x3x3x16x!binary>)
      outs(%y : memref<2x8x8x64xf32>) {
  ^bb0(%v: f32, %code: !binary, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %v, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// A body with other values than -D and +D, a grid of three, and few columns are chains.
// CHECK-LABEL: func.func @zero_and_one_are_no_signs
// CHECK-NOT:     call_intrinsic
// CHECK:         vector.fma
func.func @zero_and_one_are_no_signs(
    %a: memref<8x64xf32>, %b: memref<64x64x!binary>, %c: memref<8x64xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64xf32>, memref<64x64x!binary>)
      outs(%c : memref<8x64xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %n = qnet.from_code %code : !binary to i32
    %w = arith.sitofp %n : i32 to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @ternary_codes_are_no_signs
// CHECK-NOT:     call_intrinsic
// CHECK:         vector.fma
func.func @ternary_codes_are_no_signs(
    %a: memref<8x64xf32>, %b: memref<64x64x!ternary>, %c: memref<8x64xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64xf32>, memref<64x64x!ternary>)
      outs(%c : memref<8x64xf32>) {
  ^bb0(%x: f32, %code: !ternary, %sum: f32):
    %w = qnet.decode %code : !ternary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Any symmetric pair, however the body decodes it.
// CHECK-LABEL: func.func @folded_signs_are_looked_up
// CHECK-NOT:     vector.fma{{.*}}arg
// CHECK:         call_intrinsic
func.func @folded_signs_are_looked_up(
    %a: memref<8x64xf32>, %b: memref<64x64x!binary>, %c: memref<8x64xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64xf32>, memref<64x64x!binary>)
      outs(%c : memref<8x64xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %two = arith.constant 2 : i32
    %one = arith.constant 1 : i32
    %n = qnet.from_code %code : !binary to i32
    %twice = arith.muli %n, %two : i32
    %sign = arith.subi %one, %twice : i32
    %w = arith.sitofp %sign : i32 to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
