// RUN: not qnet-opt %s -qnet-emit-ptx 2>&1 | FileCheck %s
// RUN: not qnet-opt %s -qnet-emit-ptx=chip=sm_70 2>&1 | FileCheck %s --check-prefix=CHIP
// CHECK: error: expected kernels that call no function, got a call of '__nv_expf'
// CHIP: error: qnet-emit-ptx: expected a chip of sm_80, sm_90 or sm_90a, got 'sm_70'

module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @__nv_expf(f32) -> f32
    llvm.func @k(%x: !llvm.ptr, %rate: f32) attributes {gpu.kernel, nvvm.kernel} {
      %v = llvm.call @__nv_expf(%rate) : (f32) -> f32
      llvm.store %v, %x : f32, !llvm.ptr
      llvm.return
    }
  }
}
