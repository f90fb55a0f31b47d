// RUN: qnet-opt %s -qnet-emit-kernel-entries | FileCheck %s

// CHECK: llvm.func @k(%[[PARAMETERS:.*]]: !llvm.ptr, %[[BLOCK:.*]]: i64, %[[ORDER:.*]]: i32) {
// CHECK: %[[P0:.*]] = llvm.getelementptr %[[PARAMETERS]][0] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// CHECK: %[[A0:.*]] = llvm.load %[[P0]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[X:.*]] = llvm.load %[[A0]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[P1:.*]] = llvm.getelementptr %[[PARAMETERS]][1]
// CHECK: %[[A1:.*]] = llvm.load %[[P1]]
// CHECK: %[[RATE:.*]] = llvm.load %[[A1]] : !llvm.ptr -> f32
// CHECK: %[[DESCENDING:.*]] = llvm.trunc %[[ORDER]] : i32 to i1
// CHECK: llvm.call @k_body(%[[X]], %[[RATE]], %[[BLOCK]], %[[DESCENDING]])
// CHECK: llvm.func internal @k_body(
llvm.func @k(%x: !llvm.ptr, %rate: f32, %block: i64, %descending: i1) {
  llvm.store %rate, %x : f32, !llvm.ptr
  llvm.return
}
