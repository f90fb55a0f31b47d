// RUN: qnet-opt %s -qnet-expand-random-bits | FileCheck %s
// RUN: qnet-opt %s -qnet-expand-random-bits -canonicalize | FileCheck %s --check-prefix=VALUE

// CHECK-LABEL: func @one_call_serves_an_element
// CHECK-COUNT-14: arith.muli {{.*}} : i64
// CHECK-NOT: qnet.random_bits
func.func @one_call_serves_an_element(%i: index, %seed: i32, %step: i32) -> i32 {
  %b = qnet.random_bits update of 3 seed %seed step %step at %i {bits = 16 : i32} : i32
  return %b : i32
}

// The expected bits are those of the formula in docs/randomness.md, computed apart:
// one element in the first word, others in later words, slots and groups.
// VALUE-LABEL: func @bits_are_those_of_the_formula
// VALUE-DAG: %[[A:.*]] = arith.constant 10866 : i32
// VALUE-DAG: %[[B:.*]] = arith.constant 6283 : i32
// VALUE-DAG: %[[C:.*]] = arith.constant 58680 : i32
// VALUE-DAG: %[[D:.*]] = arith.constant 140 : i32
// VALUE-DAG: %[[E:.*]] = arith.constant 1210647 : i32
// VALUE: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
func.func @bits_are_those_of_the_formula() -> (i32, i32, i32, i32, i32) {
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %c0 = arith.constant 0 : index
  %c17 = arith.constant 17 : index
  %c130 = arith.constant 130 : index
  %c77 = arith.constant 77 : index
  %c1000 = arith.constant 1000 : index
  %a = qnet.random_bits update of 3 seed %seed step %step at %c0 {bits = 16 : i32} : i32
  %b = qnet.random_bits update of 3 seed %seed step %step at %c17 {bits = 16 : i32} : i32
  %c = qnet.random_bits update of 3 seed %seed step %step at %c130 {bits = 16 : i32} : i32
  %d = qnet.random_bits forward of 3 seed %seed step %step at %c77 {bits = 8 : i32} : i32
  %e = qnet.random_bits update of 3 seed %seed step %step at %c1000 {bits = 24 : i32} : i32
  return %a, %b, %c, %d, %e : i32, i32, i32, i32, i32
}

// VALUE-LABEL: func @a_base_is_added_to_the_number
// VALUE: %[[B:.*]] = arith.constant 6283 : i32
// VALUE: return %[[B]]
func.func @a_base_is_added_to_the_number() -> i32 {
  %seed = arith.constant 77 : i32
  %step = arith.constant 5 : i32
  %two = arith.constant 2 : i32
  %c17 = arith.constant 17 : index
  %b = qnet.random_bits update of 1 + %two seed %seed step %step at %c17 {bits = 16 : i32} : i32
  return %b : i32
}
