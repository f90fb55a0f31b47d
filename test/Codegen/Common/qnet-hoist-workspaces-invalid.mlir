// RUN: qnet-opt %s -qnet-hoist-workspaces -split-input-file -verify-diagnostics

func.func @one_buffer_for_each_iteration(%x: memref<64xf32>) {
  call @parallel(%x) : (memref<64xf32>) -> ()
  return
}
func.func private @parallel(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
    // expected-error @+1 {{expected a workspace of static shape, outside of parallel loops and branches, got 'memref<8xf32>'}}
    %w = memref.alloc() : memref<8xf32>
    %v = memref.load %w[%c0] : memref<8xf32>
    memref.store %v, %x[%i] : memref<64xf32>
    scf.reduce
  }
  return
}

// -----

func.func @a_size_of_its_own(%n: index) {
  call @dynamic(%n) : (index) -> ()
  return
}
func.func private @dynamic(%n: index) {
  // expected-error @+1 {{expected a workspace of static shape, outside of parallel loops and branches, got 'memref<?xf32>'}}
  %w = memref.alloc(%n) : memref<?xf32>
  return
}
