// RUN: not qnet-opt %s -qnet-plan-memory=budget=100 2>&1 | FileCheck %s
// RUN: qnet-opt %s -qnet-plan-memory=budget=128 -o /dev/null
// RUN: not qnet-opt %s -qnet-plan-memory=budget=1Z 2>&1 | FileCheck %s --check-prefix=SIZE

// CHECK: error: expected at most 100 bytes of memory, got 128: 0 of state and 128 of buffers in 'two_live'; the largest are 'x' (activation, 64), '15xf32' (activation, 60){{$}}
// SIZE: error: qnet-plan-memory: expected a budget in bytes, or with K, M or G after the number, got '1Z'
func.func @two_live(%arena: memref<0xi8> {qnet.arena}, %x: f32) {
  %i = arith.constant 0 : index
  %a = memref.alloc() : memref<16xf32>
  memref.store %x, %a[%i] : memref<16xf32> loc("x")
  %b = memref.alloc() : memref<15xf32>
  memref.store %x, %b[%i] : memref<15xf32>
  memref.store %x, %a[%i] : memref<16xf32>
  return
}
