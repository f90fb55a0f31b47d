// RUN: not qnet-opt %s -qnet-recompute-activations=max-work=0 2>&1 | FileCheck %s

// CHECK: error: qnet-recompute-activations: expected max-work of at least 1, got 0
func.func @f() {
  return
}
