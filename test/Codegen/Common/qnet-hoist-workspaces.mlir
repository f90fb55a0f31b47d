// RUN: qnet-opt %s -qnet-hoist-workspaces | FileCheck %s
// RUN: qnet-opt %s -qnet-hoist-workspaces -qnet-plan-memory | FileCheck %s --check-prefix=PLAN

// Both calls use the same place of the arena, one after the other.
// PLAN: qnet.arena_bytes = 512 : i64

// CHECK-LABEL: func.func @callers_allocate
// CHECK-SAME: %[[ARENA:[a-z0-9]+]]: memref<0xi8> {qnet.arena}, %[[X:[a-z0-9]+]]: memref<64xf32>
// CHECK: %[[A:.*]] = memref.alloc() {alignment = 64 : i64} : memref<128xf32>
// CHECK-NEXT: call @kernel(%[[X]], %[[A]])
// CHECK: scf.for
// CHECK: %[[B:.*]] = memref.alloc() {alignment = 64 : i64} : memref<128xf32>
// CHECK-NEXT: func.call @kernel(%[[X]], %[[B]])
func.func @callers_allocate(%arena: memref<0xi8> {qnet.arena}, %x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  call @kernel(%x) : (memref<64xf32>) -> ()
  scf.for %i = %c0 to %c4 step %c1 {
    func.call @kernel(%x) : (memref<64xf32>) -> ()
  }
  return
}

// CHECK-LABEL: func.func private @kernel
// CHECK-SAME: (%{{.*}}: memref<64xf32>, %[[W:.*]]: memref<128xf32> {llvm.noalias})
// CHECK-NOT: memref.alloc
// CHECK: memref.store %{{.*}}, %[[W]]
func.func private @kernel(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %w = memref.alloc() {alignment = 64 : i64} : memref<128xf32>
  %v = memref.load %x[%c0] : memref<64xf32>
  memref.store %v, %w[%c0] : memref<128xf32>
  return
}

// CHECK-LABEL: func.func @what_others_may_call_keeps_its_buffers
// CHECK: memref.alloc
func.func @what_others_may_call_keeps_its_buffers() -> memref<4xf32> {
  %w = memref.alloc() : memref<4xf32>
  return %w : memref<4xf32>
}
