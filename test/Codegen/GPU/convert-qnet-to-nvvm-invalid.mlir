// RUN: qnet-opt %s -pass-pipeline='builtin.module(gpu.module(convert-qnet-to-nvvm))' -split-input-file -verify-diagnostics

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @functions_of_libdevice_are_refused(%x: memref<256xf32>) kernel {
      %t = gpu.thread_id x
      %v = memref.load %x[%t] : memref<256xf32>
      // expected-error @below {{target cuda does not support 'math.exp', supported: arith, cf, gpu, memref, vector and exact math ops}}
      %e = math.exp %v : f32
      memref.store %e, %x[%t] : memref<256xf32>
      gpu.return
    }
  }
}

// -----

module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @indices_have_32_bits(%x: memref<65536x65536xf32>) kernel {
      %t = gpu.thread_id x
      // expected-error @below {{target cuda does not support buffers of more than 2^31 elements, got 'memref<65536x65536xf32>'}}
      %v = memref.load %x[%t, %t] : memref<65536x65536xf32>
      memref.store %v, %x[%t, %t] : memref<65536x65536xf32>
      gpu.return
    }
  }
}
