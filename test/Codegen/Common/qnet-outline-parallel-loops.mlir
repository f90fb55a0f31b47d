// RUN: qnet-opt %s -qnet-outline-parallel-loops | FileCheck %s

// CHECK-LABEL: func @views_and_constants_are_computed_again
// CHECK-SAME: (%[[RT:.*]]: !llvm.ptr {qnet.context}, %[[ARENA:.*]]: memref<400xi8>, %[[N:.*]]: index)
// CHECK: qnet.parallel_for @views_and_constants_are_computed_again_loop0(%[[RT]] : !llvm.ptr, %[[N]]) captures(%[[ARENA]] : memref<400xi8>)
// CHECK-NEXT: return
// CHECK: func private @views_and_constants_are_computed_again_loop0(%[[A:.*]]: memref<400xi8>, %[[BEGIN:.*]]: index, %[[END:.*]]: index)
// CHECK-SAME: llvm.linkage = #llvm.linkage<internal>, passthrough = ["nounwind"]
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant 64 : index
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.0
// CHECK: %[[V:.*]] = memref.view %[[A]][%[[OFFSET]]][]
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: memref.store %[[ZERO]], %[[V]][%[[I]]]
func.func @views_and_constants_are_computed_again(
    %rt: !llvm.ptr {qnet.context}, %arena: memref<400xi8>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %z = arith.constant 0.0 : f32
  %v = memref.view %arena[%c64][] : memref<400xi8> to memref<16xf32>
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    memref.store %z, %v[%i] : memref<16xf32>
  }
  return
}

// Each thread has its own stack buffers: both are in the loop's function.
// CHECK-LABEL: func @inner_loops_run_on_their_thread
// CHECK-NOT: memref.alloca
// CHECK: func private @inner_loops_run_on_their_thread_loop0
// CHECK-DAG: memref.alloca() : memref<4xf32>
// CHECK-DAG: memref.alloca() : memref<2xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloca
// CHECK: scf.for
// CHECK-NOT: scf.parallel
func.func @inner_loops_run_on_their_thread(%rt: !llvm.ptr {qnet.context}, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.parallel (%i) = (%c0) to (%c5) step (%c1) {
    %a = memref.alloca() : memref<4xf32>
    memref.store %z, %a[%c0] : memref<4xf32>
    scf.parallel (%j) = (%c0) to (%c5) step (%c1) {
      %b = memref.alloca() : memref<2xf32>
      memref.store %z, %b[%c0] : memref<2xf32>
    }
  }
  return
}

// CHECK-LABEL: func @one_iteration_is_not_worth_a_thread
// CHECK: %[[B:.*]] = memref.alloca()
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %[[B]]
// CHECK-NOT: qnet.parallel_for
func.func @one_iteration_is_not_worth_a_thread(%rt: !llvm.ptr {qnet.context}, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%c1) step (%c1) {
    %b = memref.alloca() : memref<2xf32>
    memref.store %z, %b[%i] : memref<2xf32>
  }
  return
}

// CHECK-LABEL: func @without_a_runtime_loops_are_sequential
// CHECK: scf.for
func.func @without_a_runtime_loops_are_sequential(%m: memref<8xf32>, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
    memref.store %z, %m[%i] : memref<8xf32>
  }
  return
}

// A buffer on the stack inside a sequential loop would take more of the stack in each
// iteration.
// CHECK-LABEL: func.func @stack_buffers_of_sequential_loops_move_to_the_entry
// CHECK-NEXT: memref.alloca() : memref<16xf32>
// CHECK: scf.for
// CHECK-NOT: memref.alloca
func.func @stack_buffers_of_sequential_loops_move_to_the_entry(%n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    %b = memref.alloca() : memref<16xf32>
    memref.store %x, %b[%c0] : memref<16xf32>
  }
  return
}

// Rounds that need nothing of other iterations: threads do not wait for one another.
// CHECK-LABEL: func @private_rounds_move_along
// CHECK-SAME: (%[[RT:.*]]: !llvm.ptr {qnet.context}, %[[A:.*]]: memref<8xf32>, %[[B:.*]]: memref<3xf32>)
// CHECK: %[[N:.*]] = arith.constant 8 : index
// CHECK-NOT: scf.for
// CHECK: qnet.parallel_for @private_rounds_move_along_loop0(%[[RT]] : !llvm.ptr, %[[N]])
// CHECK-NOT: scf.for
// CHECK: func private @private_rounds_move_along_loop0({{.*}}%[[BEGIN:[^ ]*]]: index, %[[END:[^ ]*]]: index)
// CHECK: scf.for %[[ROUND:.*]] = %{{.*}} to %{{.*}} step
// CHECK-NEXT: %[[TWICE:.*]] = arith.addi %[[ROUND]], %[[ROUND]]
// CHECK-NOT: private_rounds}
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: memref.load %{{.*}}[%[[TWICE]]]
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]]]
func.func @private_rounds_move_along(
    %rt: !llvm.ptr {qnet.context}, %a: memref<8xf32>, %b: memref<3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  scf.for %round = %c0 to %c2 step %c1 {
    %twice = arith.addi %round, %round : index
    %c8 = arith.constant 8 : index
    scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
      %x = memref.load %b[%twice] : memref<3xf32>
      %y = memref.load %a[%i] : memref<8xf32>
      %z = arith.addf %x, %y : f32
      memref.store %z, %a[%i] : memref<8xf32>
    }
  } {qnet.private_rounds}
  return
}

// Not if something else is done in a round.
// CHECK-LABEL: func @rounds_with_more_in_them_stay
// CHECK: scf.for
// CHECK: memref.store
// CHECK: qnet.parallel_for
func.func @rounds_with_more_in_them_stay(
    %rt: !llvm.ptr {qnet.context}, %a: memref<8xf32>, %b: memref<3xf32>, %z: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  scf.for %round = %c0 to %c3 step %c1 {
    memref.store %z, %b[%round] : memref<3xf32>
    scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
      memref.store %z, %a[%i] : memref<8xf32>
    }
  } {qnet.private_rounds}
  return
}
