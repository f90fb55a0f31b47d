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
