// RUN: qnet-opt %s -qnet-emulate-kernels -split-input-file -verify-diagnostics

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @barriers_that_some_threads_skip(%x: memref<256xf32>, %c: i1) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      // expected-error @below {{expected barriers in the kernel's body or in loops}}
      scf.if %c {
        gpu.barrier
      }
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @loops_of_other_lengths(%x: memref<256xf32>) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %t = gpu.thread_id x
      // expected-error @below {{expected bounds that do not depend on the thread of a loop around a barrier}}
      scf.for %i = %c0 to %t step %c1 {
        gpu.barrier
      }
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @a_shuffle(%x: memref<256xf32>, %v: f32) kernel attributes {known_block_size = array<i32: 256, 1, 1>} {
      %c1 = arith.constant 1 : i32
      %c32 = arith.constant 32 : i32
      // expected-error @below {{expected no op on a grid but ids and barriers}}
      %w, %ok = gpu.shuffle xor %v, %c1, %c32 : f32
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    // expected-error @below {{expected a known block of one dimension}}
    gpu.func @an_unknown_block(%x: memref<256xf32>) kernel {
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @another_instruction(%x: memref<32xi32>, %y: memref<32xf32>) kernel attributes {known_block_size = array<i32: 32, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %v = memref.load %x[%t] : memref<32xi32>
      // expected-error @below {{expected mma.sync of bf16, m16n8k16, or of tf32, m16n8k8}}
      %d = nvvm.mma.sync A[%v, %v] B[%v] C[%zero, %zero, %zero, %zero] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 8>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
      %e = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<32xf32>
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @half_a_warp(%x: memref<16xi32>, %y: memref<16xf32>) kernel attributes {known_block_size = array<i32: 16, 1, 1>} {
      %t = gpu.thread_id x
      %zero = arith.constant 0.0 : f32
      %v = memref.load %x[%t] : memref<16xi32>
      // expected-error @below {{expected blocks of whole warps, got 16 threads}}
      %d = nvvm.mma.sync A[%v, %v, %v, %v] B[%v, %v] C[%zero, %zero, %zero, %zero] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, multiplicandAPtxType = #nvvm.mma_type<tf32>, multiplicandBPtxType = #nvvm.mma_type<tf32>, shape = #nvvm.shape<m = 16, n = 8, k = 8>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
      %e = llvm.extractvalue %d[0] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<16xf32>
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @half_a_warpgroup(%y: memref<64xf32>) workgroup(%s : memref<128xf32, #gpu.address_space<workgroup>>, %m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
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
      // expected-error @below {{expected blocks of whole warpgroups, got 64 threads}}
      %r = nvvm.wgmma.mma_async %d, %d, %u3, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      %q = nvvm.wgmma.mma_async %d, %d, %r, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      nvvm.wgmma.commit.group.sync.aligned
      nvvm.wgmma.wait.group.sync.aligned 0
      %e = llvm.extractvalue %q[3] : !llvm.struct<(f32, f32, f32, f32)>
      memref.store %e, %y[%t] : memref<64xf32>
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @another_instruction_of_warpgroups(%y: memref<128xf32>) workgroup(%s : memref<128xf32, #gpu.address_space<workgroup>>, %m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
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
      // expected-error @below {{expected wgmma.mma_async of bf16, m64nNk16, or tf32, m64nNk8, both factors K-major}}
      %r = nvvm.wgmma.mma_async %d, %d, %u3, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<f16>, <one>, <row>], B[<f16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @sums_of_nobody(%y: memref<128xf32>) workgroup(%s : memref<128xf32, #gpu.address_space<workgroup>>, %m : memref<64x16xi32, #gpu.address_space<workgroup>>) kernel attributes {known_block_size = array<i32: 128, 1, 1>} {
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
      // expected-error @below {{expected sums that insertvalue puts together}}
      %r = nvvm.wgmma.mma_async %d, %d, %u2, <m = 64, n = 8, k = 16>, D[<f32>, <one>], A[<bf16>, <one>, <row>], B[<bf16>, <one>, <col>] : !llvm.struct<(f32, f32, f32, f32)> -> !llvm.struct<(f32, f32, f32, f32)>
      gpu.return
    }
  }
}
