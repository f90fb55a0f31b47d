// RUN: not qnet-opt %s -qnet-vectorize-updates=chunk=0 2>&1 | FileCheck %s

// CHECK: error: qnet-vectorize-updates: expected a chunk of at least 1 element, got 0
func.func @f() {
  return
}
