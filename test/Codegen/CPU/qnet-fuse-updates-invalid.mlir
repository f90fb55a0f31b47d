// RUN: not qnet-opt %s -qnet-fuse-updates=vector-bits=100 2>&1 | FileCheck %s

// CHECK: error: qnet-fuse-updates: expected vector-bits of 128, 256 or 512, got 100
func.func @f() {
  return
}
