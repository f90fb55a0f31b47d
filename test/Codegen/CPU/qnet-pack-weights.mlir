// RUN: qnet-opt %s -qnet-pack-weights | FileCheck %s

!q = !qnet.q<#qnet.ternary<0.5>>

// CHECK: func private @callee(memref<2xi32>)
func.func private @callee(memref<4x5x!q>)

// CHECK-LABEL: func @codes_become_words_everywhere
// CHECK-SAME: (%[[ARG:.*]]: memref<2xi32> {qnet.role = "outputs"}, %[[ARENA:.*]]: memref<400xi8>, %[[C:.*]]: i1) -> memref<2xi32>
// CHECK: %[[VIEW:.*]] = memref.view %[[ARENA]][%c64][] : memref<400xi8> to memref<2xi32>
// CHECK: %[[ALLOC:.*]] = memref.alloc() {alignment = 64 : i64} : memref<2xi32>
// CHECK: memref.copy %[[VIEW]], %[[ALLOC]] : memref<2xi32> to memref<2xi32>
// CHECK: %[[CHOSEN:.*]] = scf.if %[[C]] -> (memref<2xi32>)
// CHECK:   scf.yield %[[ARG]]
// CHECK:   scf.yield %[[ALLOC]]
// CHECK: memref.load %[[CHOSEN]][%c64]
// CHECK: call @callee(%[[CHOSEN]]) : (memref<2xi32>) -> ()
// CHECK: memref.dealloc %[[ALLOC]] : memref<2xi32>
// CHECK: return %[[CHOSEN]] : memref<2xi32>
func.func @codes_become_words_everywhere(%arg: memref<20x!q> {qnet.role = "outputs"},
    %arena: memref<400xi8>, %c: i1) -> memref<4x5x!q> {
  %c64 = arith.constant 64 : index
  %view = memref.view %arena[%c64][] : memref<400xi8> to memref<4x5x!q>
  %flat = memref.collapse_shape %view [[0, 1]] : memref<4x5x!q> into memref<20x!q>
  %alloc = memref.alloc() {alignment = 64 : i64} : memref<20x!q>
  memref.copy %flat, %alloc : memref<20x!q> to memref<20x!q>
  %chosen = scf.if %c -> memref<20x!q> {
    scf.yield %arg : memref<20x!q>
  } else {
    scf.yield %alloc : memref<20x!q>
  }
  %grid = memref.expand_shape %chosen [[0, 1]] output_shape [4, 5] : memref<20x!q> into memref<4x5x!q>
  %words = qnet.words %grid : memref<4x5x!q> to memref<2xi32>
  %word = memref.load %words[%c64] : memref<2xi32>
  call @callee(%grid) : (memref<4x5x!q>) -> ()
  memref.dealloc %alloc : memref<20x!q>
  return %grid : memref<4x5x!q>
}

// CHECK-LABEL: func @one_bit_codes_take_a_word_for_32
// CHECK-SAME: memref<25088xi32>
func.func @one_bit_codes_take_a_word_for_32(%w: memref<1024x784x!qnet.q<#qnet.binary<1.0>>>) {
  return
}
