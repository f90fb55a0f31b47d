// RUN: not qnet-opt %s -qnet-share-loops=min-ops=0 2>&1 | FileCheck %s

// CHECK: error: qnet-share-loops: expected min-ops of at least 1, got 0
func.func @f() {
  return
}
