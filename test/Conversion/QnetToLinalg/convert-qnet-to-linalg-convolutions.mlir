// RUN: qnet-opt %s -convert-qnet-to-linalg -split-input-file | FileCheck %s

// CHECK-DAG: #[[UNDER:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d6)>
// CHECK-DAG: #[[KERNEL:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d3, d4, d5, d6)>
// CHECK-LABEL: func.func @windows_are_read_from_the_padded_input
// CHECK-NOT:     tensor<{{[0-9]+}}x144x
// CHECK:         linalg.generic {{.*}} outs(%{{.*}} : tensor<2x8x10x16xf32>)
// CHECK:         linalg.generic {indexing_maps = [#[[UNDER]], #[[KERNEL]], {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%{{.*}}, %{{.*}} : tensor<2x8x10x16xf32>, tensor<5x3x3x16xf32>)
func.func @windows_are_read_from_the_padded_input(
    %x: tensor<2x7x9x16xf32>, %k: tensor<5x3x3x16xf32>) -> tensor<2x3x4x5xf32> {
  %y = qnet.conv2d %x, %k {strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 1>}
      : (tensor<2x7x9x16xf32>, tensor<5x3x3x16xf32>) -> tensor<2x3x4x5xf32>
  return %y : tensor<2x3x4x5xf32>
}

// -----

// CHECK-LABEL: func.func @few_channels_have_no_columns_matrix
// CHECK-NOT:     tensor<2x5x7x3x3x3xf32>
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x7x9x3xf32>, tensor<5x3x3x3xf32>)
func.func @few_channels_have_no_columns_matrix(
    %x: tensor<2x7x9x3xf32>, %k: tensor<5x3x3x3xf32>) -> tensor<2x5x7x5xf32> {
  %y = qnet.conv2d %x, %k : (tensor<2x7x9x3xf32>, tensor<5x3x3x3xf32>) -> tensor<2x5x7x5xf32>
  return %y : tensor<2x5x7x5xf32>
}

// -----

// CHECK-DAG: #[[BACK:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 - d4 + 2, d2 - d5 + 2, d6)>
// CHECK-LABEL: func.func @input_gradient_of_stride_one_is_a_convolution_of_the_gradient
// CHECK:         linalg.generic {indexing_maps = [#[[BACK]], {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x9x11x16xf32>, tensor<16x3x3x3x!qnet.q<#qnet.binary<1.000000e+00>>>)
// CHECK:           qnet.decode
func.func @input_gradient_of_stride_one_is_a_convolution_of_the_gradient(
    %dy: tensor<2x5x7x16xf32>, %k: tensor<16x3x3x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<2x7x9x3xf32> {
  %dx = qnet.conv2d_input_grad %dy, %k
      : (tensor<2x5x7x16xf32>, tensor<16x3x3x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<2x7x9x3xf32>
  return %dx : tensor<2x7x9x3xf32>
}

// -----

// Of 3 x 3 taps, those of the odd rows and columns meet the even rows and columns, padded
// by one: 1, 2, 2 and 4 of them.
// CHECK-DAG: #[[EVEN:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d6, d4 * 2 + 1, d5 * 2 + 1, d3)>
// CHECK-DAG: #[[ODD:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d6, d4 * 2, d5 * 2, d3)>
// CHECK-LABEL: func.func @input_gradient_of_stride_two_is_four_convolutions
// CHECK:         linalg.fill {{.*}} tensor<2x8x8x16xf32>
// CHECK:         tensor.extract_slice %{{.*}}[0, 0, 0, 0] [2, 4, 4, 16] [1, 2, 2, 1]
// CHECK:         linalg.generic {indexing_maps = [#{{.*}}, #[[EVEN]], {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x5x5x16xf32>, tensor<16x3x3x16xf32>, tensor<1x1xf32>)
// CHECK:           qnet.zero_border = array<i64: 0, 0, 1, 0, 1>
// CHECK-COUNT-2: tensor<{{[12]x[12]}}xf32>)
// CHECK:         tensor.extract_slice %{{.*}}[0, 1, 1, 0] [2, 4, 4, 16] [1, 2, 2, 1]
// CHECK:         linalg.generic {indexing_maps = [#{{.*}}, #[[ODD]], {{.*}} tensor<2x2xf32>)
// CHECK:         tensor.insert_slice %{{.*}}[0, 1, 1, 0] [2, 4, 4, 16] [1, 2, 2, 1]
func.func @input_gradient_of_stride_two_is_four_convolutions(
    %dy: tensor<2x4x4x16xf32>, %k: tensor<16x3x3x16xf32>) -> tensor<2x8x8x16xf32> {
  %dx = qnet.conv2d_input_grad %dy, %k {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>}
      : (tensor<2x4x4x16xf32>, tensor<16x3x3x16xf32>) -> tensor<2x8x8x16xf32>
  return %dx : tensor<2x8x8x16xf32>
}
