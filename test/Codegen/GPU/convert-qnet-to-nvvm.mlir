// RUN: qnet-opt %s -pass-pipeline='builtin.module(gpu.module(convert-qnet-to-nvvm,canonicalize))' | FileCheck %s

// Indices are 32 bits wide, buffers bare pointers, scalars words of memory; math is IEEE
// 754's, no call.
// CHECK-NOT: __nv_
// CHECK: llvm.mlir.global internal @{{.*}}() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<256 x f32>
// CHECK: llvm.func @math_is_exact(%{{.*}}: !llvm.ptr, %[[SCALARS:.*]]: !llvm.ptr) attributes {{{.*}}nvvm.kernel
// CHECK: %[[RATE:.*]] = llvm.load %[[SCALARS]] invariant {alignment = 8 : i64} : !llvm.ptr -> f32
// CHECK: nvvm.read.ptx.sreg.tid.x {{.*}}: i32
// CHECK: llvm.getelementptr {{.*}} : (!llvm.ptr, i32) -> !llvm.ptr, f32
// CHECK: %[[V:.*]] = llvm.load
// CHECK: llvm.fmul %[[V]], %[[RATE]]
// CHECK: llvm.fadd
// CHECK: llvm.intr.fma
// CHECK: llvm.intr.sqrt
// CHECK: llvm.fdiv
// CHECK: llvm.intr.roundeven
// CHECK: nvvm.barrier
// CHECK-NOT: __nv_
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @math_is_exact(%x: memref<256xf32>, %rate: f32) workgroup(%s : memref<256xf32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<256xf32>
      %p = arith.mulf %v, %rate : f32
      %q = arith.addf %p, %v : f32
      %f = math.fma %q, %v, %rate : f32
      %r = math.sqrt %f : f32
      %d = arith.divf %v, %r : f32
      %e = math.roundeven %d : f32
      memref.store %e, %s[%t] : memref<256xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      gpu.return
    }
  }
}
