// RUN: qnet-opt %s -qnet-merge-kernels | FileCheck %s

// CHECK-LABEL: func.func @equal_kernels_are_one
// CHECK: gpu.launch_func @kernels::@step_map blocks in (%c1, {{.*}} args(%arg0
// CHECK: gpu.launch_func @kernels::@step_map blocks in (%c2, {{.*}} args(%arg1
// CHECK: gpu.launch_func @kernels::@step_map_1 blocks in (%c1, {{.*}} args(%arg1
// CHECK: gpu.module @kernels
// CHECK: gpu.func @step_map(
// CHECK-NOT: gpu.func @step_map_0(
// CHECK: gpu.func @step_map_1(
module attributes {gpu.container_module} {
  func.func @equal_kernels_are_one(%a: memref<64xf32>, %b: memref<64xf32>) {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c64 = arith.constant 64 : index
    gpu.launch_func @kernels::@step_map blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1) args(%a : memref<64xf32>)
    gpu.launch_func @kernels::@step_map_0 blocks in (%c2, %c1, %c1) threads in (%c64, %c1, %c1) args(%b : memref<64xf32>)
    gpu.launch_func @kernels::@step_map_1 blocks in (%c1, %c1, %c1) threads in (%c64, %c1, %c1) args(%b : memref<64xf32>)
    return
  }
  gpu.module @kernels {
    gpu.func @step_map(%x: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, known_grid_size = array<i32: 1, 1, 1>} {
      %one = arith.constant 1.0 : f32
      %t = gpu.thread_id x
      memref.store %one, %x[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @step_map_0(%y: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, known_grid_size = array<i32: 2, 1, 1>} {
      %one = arith.constant 1.0 : f32
      %t = gpu.thread_id x
      memref.store %one, %y[%t] : memref<64xf32>
      gpu.return
    }
    gpu.func @step_map_1(%x: memref<64xf32>) kernel attributes {known_block_size = array<i32: 64, 1, 1>, known_grid_size = array<i32: 1, 1, 1>} {
      %two = arith.constant 2.0 : f32
      %t = gpu.thread_id x
      memref.store %two, %x[%t] : memref<64xf32>
      gpu.return
    }
  }
}
