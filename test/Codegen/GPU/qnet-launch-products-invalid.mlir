// RUN: not qnet-opt %s -qnet-launch-products=math=f16 2>&1 | FileCheck %s
// RUN: not qnet-opt %s -qnet-to-kernels-pipeline=math=fp8 2>&1 | FileCheck %s --check-prefix=PIPELINE

// CHECK: error: qnet-launch-products: expected math of f32, tf32 or bf16, got 'f16'
// PIPELINE: error: qnet-launch-products: expected math of f32, tf32 or bf16, got 'fp8'
func.func @nothing_to_do() {
  return
}
