// RUN: qnet-opt %s -split-input-file -verify-diagnostics

func.func @terms(%a: memref<2x3xf32>, %b: memref<4x3xf32>, %c: memref<2x3xf32>) {
  // expected-error @+1 {{expected factors of as many terms, got 3 and 4}}
  %0 = qnet.library_matmul %a, %b, %c : memref<2x3xf32>, memref<4x3xf32>, memref<2x3xf32>
  return
}

// -----

func.func @output(%a: memref<2x3xf32>, %b: memref<3x4xf32>, %c: memref<4x2xf32>) {
  // expected-error @+1 {{expected an output of 2 x 4, got 'memref<4x2xf32>'}}
  %0 = qnet.library_matmul %a, %b, %c : memref<2x3xf32>, memref<3x4xf32>, memref<4x2xf32>
  return
}

// -----

func.func @math(%a: memref<2x3xf32>, %b: memref<3x4xf32>, %c: memref<2x4xf32>) {
  // expected-error @+1 {{expected math of f32, tf32 or bf16, got 'f16'}}
  %0 = qnet.library_matmul %a, %b, %c {math = "f16"} : memref<2x3xf32>, memref<3x4xf32>, memref<2x4xf32>
  return
}

// -----

func.func @layout(%a: memref<2x3xf32, strided<[4, 1]>>, %b: memref<3x4xf32>, %c: memref<2x4xf32>) {
  // expected-error @+1 {{expected buffers of static shape without a layout, got 'memref<2x3xf32, strided<[4, 1]>>'}}
  %0 = qnet.library_matmul %a, %b, %c : memref<2x3xf32, strided<[4, 1]>>, memref<3x4xf32>, memref<2x4xf32>
  return
}

// -----

func.func @channels(%x: memref<4x9x9x3xf32>, %k: memref<5x3x3x2xf32>, %y: memref<4x7x7x5xf32>) {
  // expected-error @+1 {{expected weights of 3 channels, got 'memref<5x3x3x2xf32>'}}
  %0 = qnet.library_conv2d %x, %k, %y : memref<4x9x9x3xf32>, memref<5x3x3x2xf32>, memref<4x7x7x5xf32>
  return
}

// -----

func.func @conv_output(%x: memref<4x9x9x3xf32>, %k: memref<5x3x3x3xf32>, %dy: memref<4x9x9x5xf32>) {
  // expected-error @+1 {{expected a convolution's output of 'memref<4x7x7x5xf32>', got 'memref<4x9x9x5xf32>'}}
  %0 = qnet.library_conv2d_weight_grad %dy, %x, %k : memref<4x9x9x5xf32>, memref<4x9x9x3xf32>, memref<5x3x3x3xf32>
  return
}

// -----

func.func @pads(%x: memref<4x9x9x3xf32>, %k: memref<5x3x3x3xf32>, %y: memref<4x7x7x5xf32>) {
  // expected-error @+1 {{expected two strides and two pads}}
  %0 = qnet.library_conv2d_input_grad %y, %k, %x {pads = array<i64: 0, 0, 0, 0>}
      : memref<4x7x7x5xf32>, memref<5x3x3x3xf32>, memref<4x9x9x3xf32>
  return
}
