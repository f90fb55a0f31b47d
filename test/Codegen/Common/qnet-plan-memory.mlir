// RUN: qnet-opt %s -qnet-plan-memory -split-input-file | FileCheck %s
// RUN: qnet-opt %s -qnet-plan-memory=record -split-input-file | FileCheck %s --check-prefix=PLAN

// %a is dead when %c is born: they share a place. %b lives beside both.
// CHECK: module attributes {qnet.arena_bytes = 128 : i64}
// CHECK-LABEL: @buffers_that_never_meet_share_a_place
// CHECK-SAME: %[[ARENA:.*]]: memref<128xi8> {qnet.arena}
// CHECK-DAG: %[[A:.*]] = memref.view %[[ARENA]][%[[AT_A:.*]]][] : memref<128xi8> to memref<16xf32>
// CHECK-DAG: %[[AT_A]] = arith.constant 0 : index
// CHECK: %[[AT_B:.*]] = arith.constant 64 : index
// CHECK: memref.view %[[ARENA]][%[[AT_B]]]
// CHECK: %[[AT_C:.*]] = arith.constant 0 : index
// CHECK: memref.view %[[ARENA]][%[[AT_C]]]
// CHECK-NOT: memref.alloc
func.func @buffers_that_never_meet_share_a_place(%arena: memref<0xi8> {qnet.arena}, %x: f32) {
  %i = arith.constant 0 : index
  %a = memref.alloc() : memref<16xf32>
  memref.store %x, %a[%i] : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %a, %b : memref<16xf32> to memref<16xf32>
  %c = memref.alloc() : memref<16xf32>
  memref.copy %b, %c : memref<16xf32> to memref<16xf32>
  return
}

// -----

// A view of %a is read after %b is written: they must not share.
// CHECK: module attributes {qnet.arena_bytes = 128 : i64}
// CHECK-LABEL: @a_view_keeps_its_buffer_alive
func.func @a_view_keeps_its_buffer_alive(%arena: memref<0xi8> {qnet.arena}, %x: f32) -> f32 {
  %i = arith.constant 0 : index
  %a = memref.alloc() : memref<16xf32>
  memref.store %x, %a[%i] : memref<16xf32>
  %view = memref.expand_shape %a [[0, 1]] output_shape [4, 4] : memref<16xf32> into memref<4x4xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.store %x, %b[%i] : memref<16xf32>
  %y = memref.load %view[%i, %i] : memref<4x4xf32>
  return %y : f32
}

// -----

// The use inside of the loop counts at the loop.
// CHECK: module attributes {qnet.arena_bytes = 128 : i64}
// CHECK-LABEL: @uses_in_loops_count
func.func @uses_in_loops_count(%arena: memref<0xi8> {qnet.arena}, %x: f32) {
  %i = arith.constant 0 : index
  %n = arith.constant 16 : index
  %one = arith.constant 1 : index
  %a = memref.alloc() : memref<16xf32>
  memref.store %x, %a[%i] : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  scf.for %k = %i to %n step %one {
    %y = memref.load %a[%k] : memref<16xf32>
    memref.store %y, %b[%k] : memref<16xf32>
  }
  return
}

// -----

// Buffers of an iteration share places as those of a function do, also with %before,
// which is dead, but not with %outside: the next iteration reads it again.
// CHECK: module attributes {qnet.arena_bytes = 192 : i64}
// CHECK-LABEL: @buffers_of_loops
// CHECK-SAME: %[[ARENA:.*]]: memref<192xi8> {qnet.arena}
// CHECK: memref.store
// CHECK: %[[OUTSIDE:.*]] = arith.constant 64 : index
// CHECK-NEXT: memref.view %[[ARENA]][%[[OUTSIDE]]]
// CHECK: scf.for
// CHECK-NEXT: %[[AT_A:.*]] = arith.constant 0 : index
// CHECK-NEXT: memref.view %[[ARENA]][%[[AT_A]]]
// CHECK: %[[AT_B:.*]] = arith.constant 128 : index
// CHECK-NEXT: memref.view %[[ARENA]][%[[AT_B]]]
// CHECK: %[[AT_C:.*]] = arith.constant 0 : index
// CHECK-NEXT: memref.view %[[ARENA]][%[[AT_C]]]
func.func @buffers_of_loops(%arena: memref<0xi8> {qnet.arena}, %x: f32) {
  %i = arith.constant 0 : index
  %n = arith.constant 16 : index
  %one = arith.constant 1 : index
  %before = memref.alloc() : memref<16xf32>
  memref.store %x, %before[%i] : memref<16xf32>
  %outside = memref.alloc() : memref<16xf32>
  memref.copy %before, %outside : memref<16xf32> to memref<16xf32>
  scf.for %k = %i to %n step %one {
    %a = memref.alloc() : memref<16xf32>
    memref.copy %outside, %a : memref<16xf32> to memref<16xf32>
    %b = memref.alloc() : memref<16xf32>
    memref.copy %a, %b : memref<16xf32> to memref<16xf32>
    %c = memref.alloc() : memref<16xf32>
    memref.copy %b, %c : memref<16xf32> to memref<16xf32>
  }
  return
}

// -----

// The arena of the module is that of its largest function. One bit takes a byte, and
// places are whole cache lines.
// CHECK: module attributes {qnet.arena_bytes = 4096 : i64}
// CHECK-LABEL: @small
// CHECK-SAME: memref<64xi8> {qnet.arena}
// CHECK-LABEL: @large
// CHECK-SAME: memref<4096xi8> {qnet.arena}
func.func @small(%arena: memref<0xi8> {qnet.arena}) {
  %a = memref.alloc() : memref<33xi1>
  return
}
func.func @large(%arena: memref<0xi8> {qnet.arena}) {
  %a = memref.alloc() : memref<1024xf32>
  return
}

// -----

// CHECK-LABEL: @functions_without_an_arena_are_left_alone
// CHECK: memref.alloc
func.func @functions_without_an_arena_are_left_alone() {
  %a = memref.alloc() : memref<16xf32>
  return
}

// -----

// CHECK: module attributes {qnet.arena_bytes = 0 : i64}
// CHECK-LABEL: @no_buffer_no_arena
func.func @no_buffer_no_arena(%arena: memref<0xi8> {qnet.arena}) {
  return
}

// -----

// The plan is kept with the function on request: the name of a buffer is that of the op that first
// writes it, views do not count, and what code generation adds is a workspace.
// CHECK-NOT: qnet.memory_plan
// PLAN-LABEL: @buffers_are_named_after_their_writers
// PLAN-SAME: qnet.memory_plan = {arena = 192 : i64, buffers = [
// PLAN-SAME: {bytes = 64 : i64, first = {{[0-9]+}} : i64, kind = "activation", last = {{[0-9]+}} : i64, name = "conv1.relu", offset = {{[0-9]+}} : i64, type = "16xf32"}
// PLAN-SAME: {bytes = 64 : i64, {{[^}]*}}kind = "parameter gradient", {{[^}]*}}name = "fc.weight", {{[^}]*}}type = "4x4xf32"}
// PLAN-SAME: {bytes = 16 : i64, {{[^}]*}}kind = "workspace", {{[^}]*}}name = "fc.weight", {{[^}]*}}type = "4xi32"}]}
func.func @buffers_are_named_after_their_writers(%arena: memref<0xi8> {qnet.arena}, %x: f32, %n: i32) {
  %i = arith.constant 0 : index
  %a = memref.alloc() : memref<16xf32>
  %view = memref.expand_shape %a [[0, 1]] output_shape [4, 4] : memref<16xf32> into memref<4x4xf32> loc("not this")
  memref.store %x, %view[%i, %i] : memref<4x4xf32> loc("conv1.relu")
  %b = memref.alloc() : memref<4x4xf32> loc("nor this")
  %c = memref.alloc() : memref<4xi32> loc(fused<"workspace">["fc.weight"])
  memref.store %n, %c[%i] : memref<4xi32> loc("fc.weight")
  memref.copy %view, %b : memref<4x4xf32> to memref<4x4xf32> loc(fused<"parameter gradient">["fc.weight"])
  memref.store %x, %view[%i, %i] : memref<4x4xf32>
  memref.store %n, %c[%i] : memref<4xi32>
  return
}

// -----

// The largest first, %a and %c start at 0, %d lies above them, and %b, too large for the gap below %d, above
// that: 576 bytes. Where %b has its place first, nothing is lost: 512 bytes are live at once.
// CHECK: module attributes {qnet.arena_bytes = 512 : i64}
// CHECK-LABEL: @another_order_leaves_no_gap
func.func @another_order_leaves_no_gap(%arena: memref<0xi8> {qnet.arena}, %x: f32) {
  %i = arith.constant 0 : index
  %a = memref.alloc() : memref<64xf32>
  %b = memref.alloc() : memref<32xf32>
  %c = memref.alloc() : memref<48xf32>
  %d = memref.alloc() : memref<48xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  memref.store %x, %d[%i] : memref<48xf32>
  memref.store %x, %a[%i] : memref<64xf32>
  memref.store %x, %b[%i] : memref<32xf32>
  memref.store %x, %c[%i] : memref<48xf32>
  memref.store %x, %d[%i] : memref<48xf32>
  memref.store %x, %b[%i] : memref<32xf32>
  memref.store %x, %c[%i] : memref<48xf32>
  return
}

// -----

// %a, %c and %d take 6 lines of 64 bytes when %b, which takes 4, is gone and %e needs 3. Largest first
// leaves a gap; those that live longest first leave none: no more than the 9 lines that live at once.
// CHECK: module attributes {qnet.arena_bytes = 576 : i64}
// CHECK-LABEL: @long_lives_first
func.func @long_lives_first(%arena: memref<0xi8> {qnet.arena}) {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = memref.alloc() : memref<16xf32>
  %b = memref.alloc() : memref<64xf32>
  %c = memref.alloc() : memref<48xf32>
  %d = memref.alloc() : memref<32xf32>
  %e = memref.alloc() : memref<48xf32>
  memref.store %x, %a[%c0] : memref<16xf32>
  memref.store %x, %b[%c0] : memref<64xf32>
  memref.store %x, %c[%c0] : memref<48xf32>
  %0 = memref.load %b[%c0] : memref<64xf32>
  memref.store %x, %d[%c0] : memref<32xf32>
  memref.store %x, %e[%c0] : memref<48xf32>
  %1 = memref.load %a[%c0] : memref<16xf32>
  %2 = memref.load %c[%c0] : memref<48xf32>
  %3 = memref.load %d[%c0] : memref<32xf32>
  %4 = memref.load %e[%c0] : memref<48xf32>
  return
}
