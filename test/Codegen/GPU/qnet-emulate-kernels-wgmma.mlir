// RUN: qnet-opt %s -split-input-file -qnet-emulate-kernels | FileCheck %s

// An instruction of four warps ends a phase. The buffers of the workgroup are parts of one, and
// a descriptor, which each thread leaves in an array, says where in it a factor's rows are:
// groups of eight, and 64 bytes swizzled; sums stay in their registers from one instruction to the
// next.
// CHECK-LABEL: func.func @four_warps_multiply(
// CHECK-DAG: %[[ALL:.*]] = memref.alloca() {alignment = 1024 : i64} : memref<5120xi8>
// CHECK-DAG: %[[MATRIX:.*]] = memref.view %[[ALL]][%c1024{{.*}}][] : memref<5120xi8> to memref<64x16xi32>
// CHECK-DAG: %[[HALVES:.*]] = memref.view %[[ALL]][%c0{{.*}}][] : memref<5120xi8> to memref<2560xi16>
// CHECK-DAG: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<128x128xf32>
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %[[A:.*]][%{{.*}}] : memref<128xi64>
// CHECK: memref.store %{{.*}}, %[[B:.*]][%{{.*}}] : memref<128xi64>
// CHECK-COUNT-4: memref.store %{{.*}}, %[[SUMS]]
// CHECK: memref.load %[[A]]
// CHECK: arith.shrui %{{.*}}, %c62_i64
// CHECK: memref.load %[[B]]
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %c64
// CHECK: scf.for %[[COLUMN:.*]] = %{{.*}} to %c8
// CHECK: scf.for %[[K:.*]] = %{{.*}} to %c16
// CHECK: arith.xori
// CHECK: memref.load %[[HALVES]]
// CHECK: arith.xori
// CHECK: memref.load %[[HALVES]]
// CHECK: math.fma
// CHECK: memref.store %{{.*}}, %[[SUMS]]
// CHECK: scf.for
// CHECK-NOT: memref.store %{{.*}}, %[[SUMS]]
// CHECK: math.fma
// CHECK: memref.store %{{.*}}, %[[SUMS]]
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %arg0
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @four_warps_multiply(%y: memref<128xf32>) workgroup(%s : memref<128xf32, #gpu.address_space<workgroup>>, %m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %mask = arith.constant 262143 : i64
      %four = arith.constant 4 : i64
      %fields = arith.constant -9223371899415756800 : i64
      %p = memref.extract_aligned_pointer_as_index %m : memref<64x16xi32, #gpu.address_space<workgroup>> -> index
      %b = arith.index_castui %p : index to i64
      %l = arith.andi %b, %mask : i64
      %h = arith.shrui %l, %four : i64
      %d = arith.ori %h, %fields : i64
      %u = llvm.mlir.undef : !llvm.struct<(f32, f32, f32, f32)>
      %u0 = llvm.insertvalue %zero, %u[0] : !llvm.struct<(f32, f32, f32, f32)>
      %u1 = llvm.insertvalue %zero, %u0[1] : !llvm.struct<(f32, f32, f32, f32)>
      %u2 = llvm.insertvalue %zero, %u1[2] : !llvm.struct<(f32, f32, f32, f32)>
      %u3 = llvm.insertvalue %zero, %u2[3] : !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.fence.aligned
      %r = nvvm.wgmma.mma_async %d, %d, %u3, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      %q = nvvm.wgmma.mma_async %d, %d, %r, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.commit.group.sync.aligned
      nvvm.wgmma.wait.group.sync.aligned 0
      %e = llvm.extractvalue %q[3] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<128xf32>
      gpu.return
    }
  }
}

// -----

// Two halves are a word, whose 13 lowest bits the hardware leaves out.
// CHECK-LABEL: func.func @tf32_takes_words(
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %c64
// CHECK: scf.for %[[COLUMN:.*]] = %{{.*}} to %c8
// CHECK: scf.for %[[K:.*]] = %{{.*}} to %c8
// CHECK: %[[HIGH:.*]] = memref.load %[[HALVES:.*]][%{{.*}}] : memref<2560xi16>
// CHECK: %[[LOW:.*]] = memref.load %[[HALVES]]
// CHECK: %[[WORD:.*]] = arith.ori
// CHECK: arith.constant -8192 : i32
// CHECK-NEXT: arith.andi %[[WORD]]
// CHECK: arith.bitcast
// CHECK: math.fma
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @tf32_takes_words(%y: memref<128xf32>) workgroup(%s : memref<128xf32, #gpu.address_space<workgroup>>, %m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %mask = arith.constant 262143 : i64
      %four = arith.constant 4 : i64
      %fields = arith.constant -9223371899415756800 : i64
      %p = memref.extract_aligned_pointer_as_index %m : memref<64x16xi32, #gpu.address_space<workgroup>> -> index
      %b = arith.index_castui %p : index to i64
      %l = arith.andi %b, %mask : i64
      %h = arith.shrui %l, %four : i64
      %d = arith.ori %h, %fields : i64
      %u = llvm.mlir.undef : !llvm.struct<(f32, f32, f32, f32)>
      %u0 = llvm.insertvalue %zero, %u[0] : !llvm.struct<(f32, f32, f32, f32)>
      %u1 = llvm.insertvalue %zero, %u0[1] : !llvm.struct<(f32, f32, f32, f32)>
      %u2 = llvm.insertvalue %zero, %u1[2] : !llvm.struct<(f32, f32, f32, f32)>
      %u3 = llvm.insertvalue %zero, %u2[3] : !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.fence.aligned
      %r = nvvm.wgmma.mma_async %d, %d, %u3, <m = 64, n = 8, k = 8>, D[<f32>, <one>], A[<tf32>, <one>, <row>], B[<tf32>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.commit.group.sync.aligned
      nvvm.wgmma.wait.group.sync.aligned 0
      %e = llvm.extractvalue %r[3] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<128xf32>
      gpu.return
    }
  }
}
