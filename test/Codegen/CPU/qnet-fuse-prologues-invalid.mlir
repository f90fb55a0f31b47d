// RUN: not qnet-opt %s -qnet-fuse-prologues=vector-bits=64 2>&1 | FileCheck %s

// CHECK: error: qnet-fuse-prologues: expected vector-bits of 128, 256 or 512, got 64
func.func @empty() {
  return
}
