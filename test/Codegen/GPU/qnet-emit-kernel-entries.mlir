// RUN: qnet-opt %s -qnet-emit-kernel-entries | FileCheck %s

// Buffers are parameters of their own; scalars are words behind the last parameter.
// CHECK: llvm.func @k(%[[PARAMETERS:.*]]: !llvm.ptr, %[[BLOCK:.*]]: i64, %[[ORDER:.*]]: i32) {
// CHECK: %[[P2:.*]] = llvm.getelementptr %[[PARAMETERS]][2] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// CHECK: %[[A2:.*]] = llvm.load %[[P2]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[WORDS:.*]] = llvm.load %[[A2]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[S0:.*]] = llvm.getelementptr %[[WORDS]][0] : (!llvm.ptr) -> !llvm.ptr, i64
// CHECK: %[[RATE:.*]] = llvm.load %[[S0]] invariant {alignment = 8 : i64} : !llvm.ptr -> f32
// CHECK: %[[P0:.*]] = llvm.getelementptr %[[PARAMETERS]][0]
// CHECK: %[[A0:.*]] = llvm.load %[[P0]]
// CHECK: %[[X:.*]] = llvm.load %[[A0]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[S1:.*]] = llvm.getelementptr %[[WORDS]][1]
// CHECK: %[[STEP:.*]] = llvm.load %[[S1]] invariant {alignment = 8 : i64} : !llvm.ptr -> i32
// CHECK: %[[P1:.*]] = llvm.getelementptr %[[PARAMETERS]][1]
// CHECK: %[[A1:.*]] = llvm.load %[[P1]]
// CHECK: %[[Y:.*]] = llvm.load %[[A1]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[DESCENDING:.*]] = llvm.trunc %[[ORDER]] : i32 to i1
// CHECK: llvm.call @k_body(%[[RATE]], %[[X]], %[[STEP]], %[[Y]], %[[BLOCK]], %[[DESCENDING]])
// CHECK: llvm.func internal @k_body(
llvm.func @k(%rate: f32, %x: !llvm.ptr, %step: i32, %y: !llvm.ptr, %block: i64, %descending: i1) {
  llvm.store %rate, %x : f32, !llvm.ptr
  llvm.store %step, %y : i32, !llvm.ptr
  llvm.return
}

// CHECK: llvm.func @only_buffers(%[[PARAMETERS:.*]]: !llvm.ptr, %[[BLOCK:.*]]: i64, %[[ORDER:.*]]: i32) {
// CHECK: llvm.getelementptr %[[PARAMETERS]][0]
// CHECK-NOT: llvm.getelementptr
// CHECK: llvm.call @only_buffers_body(
llvm.func @only_buffers(%x: !llvm.ptr, %block: i64, %descending: i1) {
  llvm.return
}
