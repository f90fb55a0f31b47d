// RUN: qnet-opt %s -qnet-share-loops=min-ops=3 -split-input-file | FileCheck %s
// RUN: qnet-opt %s -qnet-share-loops -split-input-file | FileCheck %s --check-prefix=SMALL

// Loops of few ops stay, unless min-ops says otherwise.
// SMALL-NOT: _shared

// The view is made again inside, with its constant; the buffer and the bound are arguments. Each caller
// keeps its buffers apart, so they are in the function.
// CHECK-LABEL: func private @one
// CHECK-SAME: (%[[X:.*]]: memref<400xi8> {llvm.noalias}, %[[N:.*]]: index)
// CHECK-NOT: scf.for
// CHECK: call @one_shared(%[[N]], %[[X]]) : (index, memref<400xi8>) -> ()
// CHECK: memref.store
// CHECK: func private @one_shared(%[[M:.*]]: index, %[[B:.*]]: memref<400xi8> {llvm.noalias})
// CHECK-SAME: llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline", "nounwind"]
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[Z:.*]] = arith.constant 0.0
// CHECK: %[[V:.*]] = memref.view %[[B]][%[[OFFSET]]][]
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[M]]
// CHECK-NEXT: memref.store %[[Z]], %[[V]][%[[I]]]
// CHECK: return
// CHECK-LABEL: func private @other
// CHECK-SAME: (%[[K:.*]]: index, %[[Y:.*]]: memref<400xi8> {llvm.noalias})
// CHECK-NOT: scf.for
// CHECK: call @one_shared(%[[K]], %[[Y]])
// CHECK-NOT: func private @other_shared
func.func private @one(%x: memref<400xi8> {llvm.noalias}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %z = arith.constant 0.0 : f32
  %v = memref.view %x[%c64][] : memref<400xi8> to memref<16xf32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %z, %v[%i] : memref<16xf32>
  }
  memref.store %z, %v[%c0] : memref<16xf32>
  return
}
func.func private @other(%k: index, %y: memref<400xi8> {llvm.noalias}) {
  %z = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %v = memref.view %y[%c64][] : memref<400xi8> to memref<16xf32>
  scf.for %i = %c0 to %k step %c1 {
    memref.store %z, %v[%i] : memref<16xf32>
  }
  return
}

// -----

// Another constant, another type, one buffer where there are two: not equal. One may be read as the
// other (%a) where the other keeps them apart: then there is no llvm.noalias.
// CHECK-LABEL: func private @copies
// CHECK: call @copies_shared(
// CHECK: func private @copies_shared(
// CHECK-NOT: noalias
// CHECK-SAME: {
// CHECK-LABEL: func private @copies_too
// CHECK: call @copies_shared(
// CHECK-LABEL: func private @from_another_place
// CHECK: scf.for
// CHECK-LABEL: func private @of_another_type
// CHECK: scf.for
// CHECK-LABEL: func private @one_buffer
// CHECK: scf.for
func.func private @copies(%a: memref<8xf32>, %b: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %a[%i] : memref<8xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  }
  return
}
func.func private @copies_too(%a: memref<8xf32> {llvm.noalias}, %b: memref<8xf32> {llvm.noalias}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %a[%i] : memref<8xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  }
  return
}
func.func private @from_another_place(%a: memref<8xf32>, %b: memref<8xf32>) {
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c1 to %c8 step %c1 {
    %v = memref.load %a[%i] : memref<8xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  }
  return
}
func.func private @of_another_type(%a: memref<9xf32>, %b: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %a[%i] : memref<9xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  }
  return
}
func.func private @one_buffer(%b: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %v = memref.load %b[%i] : memref<8xf32>
    memref.store %v, %b[%i] : memref<8xf32>
  }
  return
}

// -----

// The loops around differ, those inside are equal: one function of these. Their stack buffers are apart
// from all else.
// CHECK-LABEL: func private @outer
// CHECK: scf.for
// CHECK: call @outer_shared(
// CHECK-NEXT: memref.store
// CHECK: func private @outer_shared(%{{.*}}: index, %{{.*}}: memref<8xf32> {llvm.noalias})
// CHECK: scf.for
// CHECK-LABEL: func private @outer_too
// CHECK: scf.for
// CHECK: call @outer_shared(
// CHECK-NEXT: memref.store
func.func private @outer(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %s = memref.alloca() : memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %i step %c1 {
      memref.store %z, %s[%j] : memref<8xf32>
    }
    memref.store %z, %s[%c0] : memref<8xf32>
  }
  return
}
func.func private @outer_too(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %s = memref.alloca() : memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %i step %c1 {
      memref.store %z, %s[%j] : memref<8xf32>
    }
    memref.store %z, %s[%i] : memref<8xf32>
  }
  return
}

// -----

// The outer loops are equal, and one of them has gone with its inner loop when this is compared with
// that of a third function: all three call one function of the inner loop.
// CHECK-LABEL: func private @both
// CHECK: call @both_shared(
// CHECK: func private @both_shared(
// CHECK: scf.for
// CHECK: call @both_shared_shared(
// CHECK: func private @both_shared_shared(
// CHECK: scf.for
// CHECK-LABEL: func private @both_too
// CHECK: call @both_shared(
// CHECK-LABEL: func private @inner_only
// CHECK: call @both_shared_shared(
func.func private @both(%n: index, %s: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %i step %c1 {
      memref.store %z, %s[%j] : memref<8xf32>
    }
  }
  return
}
func.func private @both_too(%n: index, %s: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    scf.for %j = %c0 to %i step %c1 {
      memref.store %z, %s[%j] : memref<8xf32>
    }
  }
  return
}
func.func private @inner_only(%n: index, %s: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %j = %c0 to %n step %c1 {
    memref.store %z, %s[%j] : memref<8xf32>
  }
  return
}

// -----

// Two loops of one function, with a value that both use: it is an argument, too. In the third, which
// uses that value in the place of another as well, they are not one to one.
// CHECK-LABEL: func private @twice
// CHECK-SAME: (%[[N:.*]]: index, %[[X:.*]]: memref<8xf32>, %[[Y:.*]]: memref<8xf32>)
// CHECK: call @twice_shared(%[[N]], %[[X]], %[[Y]])
// CHECK: call @twice_shared(%[[N]], %[[Y]], %[[X]])
// CHECK: scf.for
// CHECK: return
func.func private @twice(%n: index, %x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %x[%i] : memref<8xf32>
    memref.store %v, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %y[%i] : memref<8xf32>
    memref.store %v, %x[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %y[%i] : memref<8xf32>
    memref.store %v, %y[%i] : memref<8xf32>
  }
  return
}

// -----

// A loop with results stays, and so does one that uses a buffer that is no plain pointer.
// CHECK-LABEL: module
// CHECK-NOT: _shared
func.func private @results(%n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %c0) -> index {
    %t = arith.addi %s, %i : index
    scf.yield %t : index
  }
  return %r : index
}
func.func private @results_too(%n: index) -> index {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %c0) -> index {
    %t = arith.addi %s, %i : index
    scf.yield %t : index
  }
  return %r : index
}
func.func private @dynamic(%n: index, %x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %z, %x[%i] : memref<?xf32>
  }
  return
}
func.func private @dynamic_too(%n: index, %x: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  scf.for %i = %c0 to %n step %c1 {
    memref.store %z, %x[%i] : memref<?xf32>
  }
  return
}
