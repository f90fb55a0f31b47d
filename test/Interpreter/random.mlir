// RUN: qnet-interpret %s --all | FileCheck %s

// Philox4x32-7 of an all-zero counter and key begins with 5f6fb709 0d893f64
// (published): element 0 is word 0 of block 0, element 16 its word 1.
// CHECK-LABEL: @zero_key_gives_the_published_words
// CHECK-NEXT: 1601156873 : i32
// CHECK-NEXT: 227098468 : i32
func.func @zero_key_gives_the_published_words() -> (i32, i32) {
  %z = arith.constant 0 : i32
  %i0 = arith.constant 0 : index
  %i16 = arith.constant 16 : index
  %a = qnet.random_bits update of 0 seed %z step %z at %i0 {bits = 32 : i32} : i32
  %b = qnet.random_bits update of 0 seed %z step %z at %i16 {bits = 32 : i32} : i32
  return %a, %b : i32, i32
}

// 16 bits: element 0 takes the low half of word 0 (0xb709), element 64 the high
// half (0x5f6f).
// CHECK-LABEL: @narrow_draws_share_a_word
// CHECK-NEXT: 46857 : i32
// CHECK-NEXT: 24431 : i32
func.func @narrow_draws_share_a_word() -> (i32, i32) {
  %z = arith.constant 0 : i32
  %i0 = arith.constant 0 : index
  %i64 = arith.constant 64 : index
  %a = qnet.random_bits update of 0 seed %z step %z at %i0 {bits = 16 : i32} : i32
  %b = qnet.random_bits update of 0 seed %z step %z at %i64 {bits = 16 : i32} : i32
  return %a, %b : i32, i32
}

// CHECK-LABEL: @tensor_and_elements_agree
// CHECK-NEXT: true
func.func @tensor_and_elements_agree() -> i1 {
  %s = arith.constant 42 : i32
  %t = arith.constant 7 : i32
  %i = arith.constant 5 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %all = qnet.random_bits forward of 3 seed %s step %t {bits = 11 : i32} : tensor<2x3xi32>
  %one = qnet.random_bits forward of 3 seed %s step %t at %i {bits = 11 : i32} : i32
  %other = tensor.extract %all[%c1, %c2] : tensor<2x3xi32>
  %same = arith.cmpi eq, %one, %other : i32
  return %same : i1
}

// CHECK-LABEL: @a_base_is_added_to_the_number
// CHECK-NEXT: true
func.func @a_base_is_added_to_the_number() -> i1 {
  %s = arith.constant 42 : i32
  %t = arith.constant 7 : i32
  %i = arith.constant 5 : index
  %a = qnet.random_bits update of 49 seed %s step %t at %i {bits = 32 : i32} : i32
  %b = qnet.random_bits update of 7 + %s seed %s step %t at %i {bits = 32 : i32} : i32
  %same = arith.cmpi eq, %a, %b : i32
  return %same : i1
}

// CHECK-LABEL: @constants_need_no_randomness
// CHECK-NEXT: dense<2.500000e-01> : tensor<2x2xf32>
func.func @constants_need_no_randomness() -> tensor<2x2xf32> {
  %s = arith.constant 1 : i32
  %w = qnet.initial_value of 0 seed %s by(#qnet.constant<0.25>) : tensor<2x2xf32>
  return %w : tensor<2x2xf32>
}

// He's bound for 6 inputs is 1.
// CHECK-LABEL: @initial_values_lie_within_the_bound
// CHECK-NEXT: true
func.func @initial_values_lie_within_the_bound() -> i1 {
  %s = arith.constant 9 : i32
  %w = qnet.initial_value of 4 seed %s by(#qnet.he) : tensor<50x6xf32>
  %zero = arith.constant 0.0 : f32
  %bound = arith.constant 1.0 : f32
  %init = tensor.splat %zero : tensor<f32>
  %max = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>],
      iterator_types = ["reduction", "reduction"]}
      ins(%w : tensor<50x6xf32>) outs(%init : tensor<f32>) {
  ^bb0(%x: f32, %m: f32):
    %a = math.absf %x : f32
    %r = arith.maximumf %a, %m : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  %m = tensor.extract %max[] : tensor<f32>
  %half = arith.constant 0.9 : f32
  %within = arith.cmpf ole, %m, %bound : f32
  %spread = arith.cmpf oge, %m, %half : f32
  %both = arith.andi %within, %spread : i1
  return %both : i1
}
