// RUN: qnet-opt %s -qnet-emulate-kernels -split-input-file | FileCheck %s

// An instruction of a warp ends a phase: registers go to arrays with a place for each
// thread; lane and register of an element are the PTX ISA's.
// CHECK-LABEL: func.func @a_warp_multiplies(
// CHECK-DAG: %[[A:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4x64xi32>
// CHECK-DAG: %[[B:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2x64xi32>
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<64xi32>
// CHECK: }
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %[[A]][%c0{{.*}}, %{{.*}}]
// CHECK: memref.store %{{.*}}, %[[A]][%c1{{.*}}, %{{.*}}]
// CHECK: memref.store %{{.*}}, %[[A]][%c2{{.*}}, %{{.*}}]
// CHECK: memref.store %{{.*}}, %[[A]][%c3{{.*}}, %{{.*}}]
// CHECK: memref.store %{{.*}}, %[[B]]
// CHECK: memref.store %{{.*}}, %[[B]]
// CHECK: scf.for %[[WARP:.*]] = %{{.*}} to %c2{{.*}} step
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %c16{{.*}} step
// CHECK: scf.for %[[COLUMN:.*]] = %{{.*}} to %c8{{.*}} step
// CHECK: scf.for %[[K:.*]] = %{{.*}} to %c16{{.*}} step
// CHECK: memref.load %[[A]]
// CHECK: arith.shrui
// CHECK: arith.shli
// CHECK: arith.bitcast
// CHECK: memref.load %[[B]]
// CHECK: math.fma
// CHECK: scf.for
// CHECK: memref.store
// CHECK: }
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %arg1
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @a_warp_multiplies(%x: memref<64xi32>, %y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %v = memref.load %x[%t] : memref<64xi32>
      %d = nvvm.mma.sync A[%v, %v, %v, %v] B[%v, %v] C[%zero, %zero, %zero, %zero] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 16>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
      %e = llvm.extractvalue %d[2] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<64xf32>
      gpu.return
    }
  }
}

// -----

// A conversion to tf32 is arithmetic on bits; NaN stays NaN.
// CHECK-LABEL: func.func @a_conversion_is_arithmetic(
// CHECK: %[[V:.*]] = memref.load
// CHECK: %[[BITS:.*]] = arith.bitcast %[[V]] : f32 to i32
// CHECK: arith.addi %[[BITS]], %c4096_i32
// CHECK: arith.andi %{{.*}}, %c-8192_i32
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[V]], %[[V]]
// CHECK: arith.select %[[NAN]], %c2147475456_i32
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @a_conversion_is_arithmetic(%x: memref<32xf32>, %y: memref<32xi32>) kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<32xf32>
      %r = nvvm.convert.float.to.tf32 %v {rnd = #nvvm.fp_rnd_mode<rna>}
      memref.store %r, %y[%t] : memref<32xi32>
      gpu.return
    }
  }
}

// -----

// An asynchronous copy is done where its group is waited for, with zeros behind what it
// reads; one that nobody waits for is not done.
// CHECK-LABEL: func.func @copies_are_late(
// CHECK-NOT: memref.load %arg2
// CHECK: %[[FIRST:.*]] = arith.cmpi ult, %c0{{.*}}, %c1
// CHECK: %[[SECOND:.*]] = arith.cmpi ult, %c1{{.*}}, %c1
// CHECK: memref.store %{{.*}}, %arg1
// CHECK-NEXT: %[[V:.*]] = memref.load %arg0
// CHECK-NEXT: %[[KEPT:.*]] = arith.select %[[FIRST]], %[[V]], %
// CHECK-NEXT: memref.store %[[KEPT]], %[[SHARED:.*]][
// CHECK: %[[W:.*]] = memref.load %arg0
// CHECK-NEXT: %[[ZEROED:.*]] = arith.select %[[SECOND]], %[[W]], %
// CHECK: memref.store %[[ZEROED]], %[[SHARED]][
// CHECK-NOT: memref.load %arg2
// CHECK: memref.load %[[SHARED]]
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @copies_are_late(%x: memref<64xf32>, %y: memref<32xf32>, %z: memref<64xf32>) workgroup(%s : memref<64xf32, #gpu.address_space<workgroup>>, %u : memref<64xf32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
      %t = gpu.thread_id x
      %c1 = arith.constant 1 : index
      %zero = arith.constant 0.0 : f32
      %i = arith.addi %t, %t : index
      %copy = nvgpu.device_async_copy %x[%i], %s[%i], 2, %c1 : memref<64xf32> to memref<64xf32, #gpu.address_space<workgroup>>
      %group = nvgpu.device_async_create_group %copy
      %lost = nvgpu.device_async_copy %z[%i], %u[%i], 2 : memref<64xf32> to memref<64xf32, #gpu.address_space<workgroup>>
      memref.store %zero, %y[%t] : memref<32xf32>
      nvgpu.device_async_wait %group
      gpu.barrier
      %v = memref.load %s[%i] : memref<64xf32, #gpu.address_space<workgroup>>
      memref.store %v, %y[%t] : memref<32xf32>
      gpu.return
    }
  }
}
