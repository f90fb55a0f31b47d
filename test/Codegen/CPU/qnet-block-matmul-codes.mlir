// RUN: qnet-opt %s -qnet-block-matmul=vector-bits=512 -canonicalize -cse | FileCheck %s

!binary = !qnet.q<#qnet.binary<0.5>>

// Along k, a lane gathers one word of its column, and shifts through it, eight codes in an
// iteration.
// CHECK-LABEL: func.func @forward_gathers_one_word_per_column
// CHECK:           %[[WORDS:.*]] = qnet.words %arg1 : memref<32x64x!qnet.q<{{.*}}>> to memref<64xi32>
// CHECK:           scf.for %{{.*}} = %c0 to %c64 step %c32 {
// CHECK:             %[[CODES:.*]] = vector.gather %[[WORDS]]
// CHECK-NOT:         vector.gather
// CHECK:             scf.for %{{.*}} = %c0 to %c1024 step %c256 iter_args(%[[REST:.*]] = %[[CODES]])
// CHECK:               %[[BIT:.*]] = arith.andi %[[REST]], %{{.*}} : vector<16xi32>
// CHECK:               %[[ZERO:.*]] = arith.cmpi eq, %[[BIT]], %{{.*}} : vector<16xi32>
// CHECK:               arith.select %[[ZERO]], %{{.*}}, %{{.*}} : vector<16xi1>, vector<16xf32>
// CHECK-COUNT-8:       arith.shrui %[[REST]]
// CHECK-NEXT:          scf.yield
// CHECK:             llvm.loop_annotation
// CHECK:           vector.fma
// CHECK-NOT:     from_code
func.func @forward_gathers_one_word_per_column(
    %a: memref<8x64xf32>, %b: memref<32x64x!binary>, %c: memref<8x32xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64xf32>, memref<32x64x!binary>)
      outs(%c : memref<8x32xf32>) {
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

// 784 / 32 is not whole: a window of 32 bits straddles two words.
// CHECK-LABEL: func.func @columns_within_words_need_two_words
// CHECK:         scf.for %{{.*}} step %c32 {
// CHECK-COUNT-2:   vector.gather
// CHECK:           arith.ori
func.func @columns_within_words_need_two_words(
    %a: memref<8x784xf32>, %b: memref<32x784x!binary>, %c: memref<8x32xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x784xf32>, memref<32x784x!binary>)
      outs(%c : memref<8x32xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// Along the columns, one word serves all lanes.
// CHECK-LABEL: func.func @input_gradient_broadcasts_one_word
// CHECK:         %[[WORDS:.*]] = qnet.words
// CHECK-NOT:     vector.gather
// CHECK:         %[[WORD:.*]] = memref.load %[[WORDS]]
// CHECK:         vector.broadcast %{{.*}} : i32 to vector<16xi32>
// CHECK-NOT:     vector.gather
// CHECK:         vector.fma
func.func @input_gradient_broadcasts_one_word(
    %a: memref<8x64xf32>, %b: memref<64x32x!binary>, %c: memref<8x32xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64xf32>, memref<64x32x!binary>)
      outs(%c : memref<8x32xf32>) {
  ^bb0(%x: f32, %code: !binary, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @codes_of_rows_are_left_alone
// CHECK:         linalg.generic
// CHECK-NOT:     scf.parallel
func.func @codes_of_rows_are_left_alone(
    %a: memref<8x64x!binary>, %b: memref<64x32xf32>, %c: memref<8x32xf32>) {
  linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (k, n)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x64x!binary>, memref<64x32xf32>)
      outs(%c : memref<8x32xf32>) {
  ^bb0(%code: !binary, %x: f32, %sum: f32):
    %w = qnet.decode %code : !binary to f32
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %sum, %p : f32
    linalg.yield %s : f32
  }
  return
}
