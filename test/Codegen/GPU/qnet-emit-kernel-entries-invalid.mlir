// RUN: not qnet-opt %s -split-input-file -qnet-emit-kernel-entries 2>&1 | FileCheck %s

// CHECK: error: expected a kernel's function, whose last parameters are the block, i64, and the order, i1; got '!llvm.func<void (ptr)>'
llvm.func @lacks_a_block(%x: !llvm.ptr) {
  llvm.return
}

// -----

// CHECK: error: expected parameters that are pointers or scalars of at most 64 bits, got 'vector<4xf32>'
llvm.func @takes_a_vector(%x: vector<4xf32>, %block: i64, %descending: i1) {
  llvm.return
}
