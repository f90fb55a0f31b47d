// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -emit-bytecode | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
//
// Every layer on images reads back as it was written; attributes at their defaults
// are not printed.

// GENERIC-LABEL: "func.func"{{.*}}sym_name = "convolution"
// GENERIC: "qnet.conv2d"{{.*}}<{pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>}> : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x4x4x5xf32>

// CHECK-LABEL: func.func @convolution
func.func @convolution(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>, %c: tensor<5x3x3x3x!qnet.q<#qnet.binary<1.0>>>, %dy: tensor<4x4x4x5xf32>) {
  // CHECK: qnet.conv2d %{{.*}}, %{{.*}} {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x4x4x5xf32>
  %0 = qnet.conv2d %x, %k {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x4x4x5xf32>
  // CHECK: qnet.conv2d %{{.*}}, %{{.*}} {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3x!qnet.q<#qnet.binary<1.000000e+00>>>) -> tensor<4x4x4x5xf32>
  %1 = qnet.conv2d %x, %c {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x4x4x5xf32>
  // CHECK: qnet.conv2d %{{.*}}, %{{.*}} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  %2 = qnet.conv2d %x, %k : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  // CHECK: qnet.conv2d_input_grad %{{.*}}, %{{.*}} {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x8x8x3xf32>
  %3 = qnet.conv2d_input_grad %dy, %k {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x8x8x3xf32>
  // CHECK: qnet.conv2d_input_grad %{{.*}}, %{{.*}} {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<5x3x3x3x!qnet.q<#qnet.binary<1.000000e+00>>>) -> tensor<4x8x8x3xf32>
  %4 = qnet.conv2d_input_grad %dy, %c {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<5x3x3x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x8x8x3xf32>
  // CHECK: qnet.conv2d_weight_grad %{{.*}}, %{{.*}} {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<4x8x8x3xf32>) -> tensor<5x3x3x3xf32>
  %5 = qnet.conv2d_weight_grad %dy, %x {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} : (tensor<4x4x4x5xf32>, tensor<4x8x8x3xf32>) -> tensor<5x3x3x3xf32>
  return
}

// CHECK-LABEL: func.func @convolution_with_bias
func.func @convolution_with_bias(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>, %b: tensor<5xf32>) {
  // CHECK: qnet.conv2d %{{.*}}, %{{.*}}, %{{.*}} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>, tensor<5xf32>) -> tensor<4x6x6x5xf32>
  %0 = qnet.conv2d %x, %k, %b : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>, tensor<5xf32>) -> tensor<4x6x6x5xf32>
  return
}

// CHECK-LABEL: func.func @defaults_are_not_printed
func.func @defaults_are_not_printed(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>) {
  // CHECK: qnet.conv2d %{{.*}}, %{{.*}} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>)
  %0 = qnet.conv2d %x, %k {pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// CHECK-LABEL: func.func @pooling
func.func @pooling(%x: tensor<4x8x8x3xf32>, %dy: tensor<4x4x4x3xf32>, %g: tensor<4x3xf32>) {
  // CHECK: qnet.max_pool2d %{{.*}} {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  %0 = qnet.max_pool2d %x {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  // CHECK: qnet.max_pool2d %{{.*}} {strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  %1 = qnet.max_pool2d %x {strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  // CHECK: qnet.max_pool2d_grad %{{.*}}, %{{.*}} {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x4x4x3xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xf32>
  %2 = qnet.max_pool2d_grad %dy, %x {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x4x4x3xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xf32>
  // CHECK: qnet.avg_pool2d %{{.*}} {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  %3 = qnet.avg_pool2d %x {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  // CHECK: qnet.avg_pool2d_grad %{{.*}} {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x4x4x3xf32>) -> tensor<4x8x8x3xf32>
  %4 = qnet.avg_pool2d_grad %dy {pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>, window = array<i64: 3, 3>} : (tensor<4x4x4x3xf32>) -> tensor<4x8x8x3xf32>
  // CHECK: qnet.global_avg_pool2d %{{.*}} : (tensor<4x8x8x3xf32>) -> tensor<4x3xf32>
  %5 = qnet.global_avg_pool2d %x : (tensor<4x8x8x3xf32>) -> tensor<4x3xf32>
  // CHECK: qnet.global_avg_pool2d_grad %{{.*}} : (tensor<4x3xf32>) -> tensor<4x8x8x3xf32>
  %6 = qnet.global_avg_pool2d_grad %g : (tensor<4x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// CHECK-LABEL: func.func @shapes_and_gates
func.func @shapes_and_gates(%x: tensor<4x8x8x3xf32>, %s: tensor<4x4x4x3xf32>) {
  // CHECK: qnet.reshape %{{.*}} : tensor<4x8x8x3xf32> to tensor<4x192xf32>
  %0 = qnet.reshape %x : tensor<4x8x8x3xf32> to tensor<4x192xf32>
  // CHECK: qnet.pad %{{.*}} {high = array<i64: 0, 0, 1, 4>, low = array<i64: 0, 0, 0, 5>} : (tensor<4x4x4x3xf32>) -> tensor<4x4x5x12xf32>
  %1 = qnet.pad %s {high = array<i64: 0, 0, 1, 4>, low = array<i64: 0, 0, 0, 5>} : (tensor<4x4x4x3xf32>) -> tensor<4x4x5x12xf32>
  // CHECK: qnet.slice %{{.*}} {offsets = array<i64: 0, 1, 0, 0>, sizes = array<i64: 4, 4, 4, 3>, strides = array<i64: 1, 2, 2, 1>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  %2 = qnet.slice %x {offsets = array<i64: 0, 1, 0, 0>, sizes = array<i64: 4, 4, 4, 3>, strides = array<i64: 1, 2, 2, 1>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  // CHECK: qnet.slice_grad %{{.*}} {offsets = array<i64: 0, 1, 0, 0>, strides = array<i64: 1, 2, 2, 1>} : (tensor<4x4x4x3xf32>) -> tensor<4x8x8x3xf32>
  %3 = qnet.slice_grad %s {offsets = array<i64: 0, 1, 0, 0>, strides = array<i64: 1, 2, 2, 1>} : (tensor<4x4x4x3xf32>) -> tensor<4x8x8x3xf32>
  // CHECK: qnet.hard_tanh %{{.*}} : tensor<4x8x8x3xf32>
  %4 = qnet.hard_tanh %x : tensor<4x8x8x3xf32>
  // CHECK: qnet.sign %{{.*}} : tensor<4x8x8x3xf32>
  %5 = qnet.sign %x : tensor<4x8x8x3xf32>
  // CHECK: qnet.hard_tanh_grad %{{.*}}, %{{.*}} : tensor<4x8x8x3xf32>
  %6 = qnet.hard_tanh_grad %x, %x : tensor<4x8x8x3xf32>
  return
}
