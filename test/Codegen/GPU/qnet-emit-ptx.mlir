// RUN: qnet-opt %s -qnet-emit-ptx | FileCheck %s
// RUN: qnet-opt %s -qnet-emit-ptx=chip=sm_90 | FileCheck %s --check-prefix=SM90

// A multiply and an add stay two roundings, even where a flag would let them fuse.
// CHECK: gpu.binary @kernels {qnet.kernels = ["first", "second"]} [#gpu.object<#nvvm.target<chip = "sm_80", features = "+ptx76">, assembly = "
// CHECK-SAME: .version 7.6{{.*}}.target sm_80
// CHECK-SAME: .visible .entry first(
// CHECK-SAME: mul.rn.f32
// CHECK-SAME: add.rn.f32
// CHECK-SAME: .visible .entry second(
// CHECK-NOT: gpu.module
// SM90: chip = "sm_90", features = "+ptx80"
// SM90-SAME: .version 8.0{{.*}}.target sm_90
module attributes {gpu.container_module} {
  gpu.module @kernels {
    llvm.func @first(%x: !llvm.ptr, %rate: f32) attributes {gpu.kernel, nvvm.kernel} {
      %v = llvm.load %x : !llvm.ptr -> f32
      %p = llvm.fmul %v, %rate : f32
      %q = llvm.fadd %p, %v : f32
      llvm.store %q, %x : f32, !llvm.ptr
      llvm.return
    }
    llvm.func @second(%x: !llvm.ptr, %rate: f32) attributes {gpu.kernel, nvvm.kernel} {
      llvm.store %rate, %x : f32, !llvm.ptr
      llvm.return
    }
  }
}
