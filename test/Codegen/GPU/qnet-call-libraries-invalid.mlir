// RUN: not qnet-opt %s -pass-pipeline='builtin.module(func.func(qnet-call-libraries{math=f16}))' 2>&1 | FileCheck %s
// RUN: not qnet-opt %s -qnet-to-kernels-pipeline=library=always 2>&1 | FileCheck %s --check-prefix=PIPELINE

// CHECK: error: qnet-call-libraries: expected math of f32, tf32 or bf16, got 'f16'
// PIPELINE: for the --library option: Cannot find option named 'always'!
func.func @nothing_to_do() {
  return
}
