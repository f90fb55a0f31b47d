// RUN: qnet-opt %s -convert-qnet-to-llvm | FileCheck %s

// CHECK: #[[UNROLL:.*]] = #llvm.loop_unroll<disable = true>
// CHECK: #[[LOOP:.*]] = #llvm.loop_annotation<unroll = #[[UNROLL]]>

// The C ABI: a memref of static shape is one pointer.
// CHECK-LABEL: llvm.func @memrefs_are_pointers(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: i64) -> f32
// CHECK: llvm.load
func.func @memrefs_are_pointers(%m: memref<4xf32>, %i: index) -> f32 {
  %0 = memref.load %m[%i] : memref<4xf32>
  return %0 : f32
}

// No fast-math: a product and a sum stay two operations.
// CHECK-LABEL: llvm.func @nothing_fuses_that_was_not_fused
// CHECK: llvm.fmul %{{.*}}, %{{.*}} : f32
// CHECK-NEXT: llvm.fadd %{{.*}}, %{{.*}} : f32
// CHECK-NOT: fastmath
func.func @nothing_fuses_that_was_not_fused(%x: f32) -> f32 {
  %0 = arith.mulf %x, %x : f32
  %1 = arith.addf %0, %x : f32
  return %1 : f32
}

// fmuladd may round twice; fma may not.
// CHECK-LABEL: llvm.func @what_was_fused_stays_fused
// CHECK: llvm.intr.fma({{.*}}) : (vector<8xf32>,
// CHECK: llvm.intr.fma({{.*}}) : (f32,
// CHECK-NOT: fmuladd
func.func @what_was_fused_stays_fused(%v: vector<8xf32>, %x: f32) -> (vector<8xf32>, f32) {
  %0 = vector.fma %v, %v, %v : vector<8xf32>
  %1 = math.fma %x, %x, %x : f32
  return %0, %1 : vector<8xf32>, f32
}

// CHECK-LABEL: llvm.func @exact_functions_are_intrinsics
// CHECK: llvm.intr.sqrt
// CHECK: llvm.intr.floor
// CHECK: llvm.intr.roundeven
func.func @exact_functions_are_intrinsics(%x: f32) -> f32 {
  %0 = math.sqrt %x : f32
  %1 = math.floor %0 : f32
  %2 = math.roundeven %1 : f32
  return %2 : f32
}

// CHECK-LABEL: llvm.func @low_words_are_joined_in_one_shuffle
// CHECK-SAME: (%[[A:.*]]: vector<4xi64>, %[[B:.*]]: vector<4xi64>)
// CHECK-DAG: %[[LOW:.*]] = llvm.bitcast %[[A]] : vector<4xi64> to vector<8xi32>
// CHECK-DAG: %[[HIGH:.*]] = llvm.bitcast %[[B]] : vector<4xi64> to vector<8xi32>
// CHECK: llvm.shufflevector %[[LOW]], %[[HIGH]] [0, 2, 4, 6, 8, 10, 12, 14] : vector<8xi32>
func.func @low_words_are_joined_in_one_shuffle(%a: vector<4xi64>, %b: vector<4xi64>) -> vector<8xi32> {
  %0 = arith.trunci %a : vector<4xi64> to vector<4xi32>
  %1 = arith.trunci %b : vector<4xi64> to vector<4xi32>
  %2 = vector.shuffle %0, %1 [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xi32>, vector<4xi32>
  return %2 : vector<8xi32>
}

// CHECK-LABEL: llvm.func @other_orders_of_words_stay
// CHECK-COUNT-2: llvm.trunc
func.func @other_orders_of_words_stay(%a: vector<4xi64>, %b: vector<4xi64>) -> vector<8xi32> {
  %0 = arith.trunci %a : vector<4xi64> to vector<4xi32>
  %1 = arith.trunci %b : vector<4xi64> to vector<4xi32>
  %2 = vector.shuffle %0, %1 [0, 4, 1, 5, 2, 6, 3, 7] : vector<4xi32>, vector<4xi32>
  return %2 : vector<8xi32>
}

// What is said of a loop reaches LLVM: the branch back is the loop's.
// CHECK-LABEL: llvm.func @loops_keep_their_annotation
// CHECK:       llvm.br ^{{.*}} {loop_annotation = #[[LOOP]]}
func.func @loops_keep_their_annotation(%count: index) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  cf.br ^head(%zero : index)
^head(%i: index):
  %more = arith.cmpi slt, %i, %count : index
  cf.cond_br %more, ^body, ^end
^body:
  %next = arith.addi %i, %one : index
  cf.br ^head(%next : index) {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
^end:
  return
}
