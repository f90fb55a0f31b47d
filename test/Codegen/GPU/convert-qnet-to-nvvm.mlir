// RUN: qnet-opt %s -pass-pipeline='builtin.module(gpu.module(convert-qnet-to-nvvm,canonicalize))' -split-input-file | FileCheck %s

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

// -----

// wgmma becomes PTX, and the buffers that its descriptors name start at multiples of 1024
// bytes.
// CHECK: llvm.mlir.global {{.*}}{addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<1024 x i32>
// CHECK-LABEL: llvm.func @a_warpgroup_multiplies
// CHECK: nvvm.wgmma.fence.aligned
// CHECK: llvm.inline_asm has_side_effects {{.*}}wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16
// CHECK: nvvm.wgmma.wait.group.sync.aligned 0
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @a_warpgroup_multiplies(%y: memref<128xf32>) workgroup(%m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %p = memref.extract_aligned_pointer_as_index %m : memref<64x16xi32, #gpu.address_space<workgroup>> -> index
      %d = arith.index_castui %p : index to i64
      %u = llvm.mlir.undef : !llvm.struct<(f32, f32, f32, f32)>
      %v = llvm.insertvalue %zero, %u[0] : !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.fence.aligned
      %r = nvvm.wgmma.mma_async %d, %d, %v, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.commit.group.sync.aligned
      nvvm.wgmma.wait.group.sync.aligned 0
      %e = llvm.extractvalue %r[3] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<128xf32>
      gpu.return
    }
  }
}
