// RUN: not qnet-opt %s -qnet-recompute-activations=max-work=0 2>&1 | FileCheck %s
// RUN: not qnet-opt %s -qnet-recompute-activations=product-percent=-1 2>&1 | FileCheck %s --check-prefix=PERCENT
// RUN: not qnet-opt %s -qnet-recompute-activations=product-percent=101 2>&1 | FileCheck %s --check-prefix=MORE

// CHECK: error: qnet-recompute-activations: expected max-work of at least 1, got 0
// PERCENT: error: qnet-recompute-activations: expected product-percent from 0 to 100, got -1
// MORE: error: qnet-recompute-activations: expected product-percent from 0 to 100, got 101
func.func @f() {
  return
}
