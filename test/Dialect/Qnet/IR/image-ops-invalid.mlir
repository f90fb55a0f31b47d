// RUN: qnet-opt %s -split-input-file -verify-diagnostics
//
// Every check of the layers on images has one case here.

// Windows: shown on pooling; convolution has the same checks -------------------

func.func @images_have_four_dimensions(%x: tensor<8x8x3xf32>) {
  // expected-error @+1 {{expected an input of rank 4 (n, h, w, c), got rank 3}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<8x8x3xf32>) -> tensor<4x4x3xf32>
  return
}

// -----

func.func @a_window_has_two_sizes(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'window', got 3}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2, 2>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @a_window_is_not_empty(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'window', got 0}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 0>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @there_are_two_strides(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'strides', got 0}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @strides_are_positive(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'strides', got 0}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 0, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @strides_are_not_huge(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{in 'strides', got 2147483648}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2147483648>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @there_are_four_pads(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected 4 values in 'pads', got 2}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @pads_are_not_negative(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected values from 0 to 2147483647 in 'pads', got -1}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, -1>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @a_window_fits_on_the_padded_rows(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected a window within the padded input, got a window of 10 on 9}}
  %0 = qnet.max_pool2d %x {window = array<i64: 10, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 0>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @a_window_fits_on_the_padded_columns(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected a window within the padded input, got a window of 10 on 9}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 10>, strides = array<i64: 2, 2>, pads = array<i64: 0, 1, 0, 0>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @an_image_has_pixels(%x: tensor<4x0x8x3xf32>) {
  // expected-error @+1 {{expected a window within the padded input, got a window of 2 on 2}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 1, 0>} : (tensor<4x0x8x3xf32>) -> tensor<4x1x4x3xf32>
  return
}

// -----

func.func @pads_before_are_smaller_than_the_window(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected pads smaller than the window of 2, got 2 and 1}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 2, 0, 1, 0>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @pads_after_are_smaller_than_the_window(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected pads smaller than the window of 2, got 0 and 3}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 3>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @a_pool_has_the_inferred_type(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x4x4x3xf32>', got 'tensor<4x3x4x3xf32>'}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x3x4x3xf32>
  return
}

// -----

func.func @an_average_pool_has_windows(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'window', got -2}}
  %0 = qnet.avg_pool2d %x {window = array<i64: -2, 2>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
  return
}

// -----

func.func @an_average_pool_has_the_inferred_type(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x4x4x3xf32>', got 'tensor<4x4x4x2xf32>'}}
  %0 = qnet.avg_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x2xf32>
  return
}

// -----

func.func @pooling_takes_f32(%x: tensor<4x8x8x3xf64>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of 32-bit float values}}
  %0 = qnet.max_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<4x8x8x3xf64>) -> tensor<4x4x4x3xf32>
  return
}

// Gradients of pooling ---------------------------------------------------------

// -----

func.func @a_max_pool_gradient_has_the_type_of_the_input(%dy: tensor<4x4x4x3xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected a result of type 'tensor<4x8x8x3xf32>', got 'tensor<4x8x9x3xf32>'}}
  %0 = qnet.max_pool2d_grad %dy, %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<4x4x4x3xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x9x3xf32>
  return
}

// -----

func.func @a_max_pool_gradient_comes_from_its_result(%dy: tensor<4x4x4x2xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4x4x4x3xf32>', got 'tensor<4x4x4x2xf32>'}}
  %0 = qnet.max_pool2d_grad %dy, %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
      : (tensor<4x4x4x2xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @a_max_pool_gradient_has_windows(%dy: tensor<4x4x4x3xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'strides', got 1}}
  %0 = qnet.max_pool2d_grad %dy, %x {window = array<i64: 2, 2>, strides = array<i64: 2>}
      : (tensor<4x4x4x3xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @an_average_pool_gradient_comes_from_its_result(%dy: tensor<3x4x4x3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4x4x4x3xf32>', got 'tensor<3x4x4x3xf32>'}}
  %0 = qnet.avg_pool2d_grad %dy {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<3x4x4x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @an_average_pool_gradient_is_an_image(%dy: tensor<4x4x4x3xf32>) {
  // expected-error @+1 {{expected an input of rank 4 (n, h, w, c), got rank 2}}
  %0 = qnet.avg_pool2d_grad %dy {window = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<4x4x4x3xf32>) -> tensor<4x192xf32>
  return
}

// Global pooling ---------------------------------------------------------------

// -----

func.func @global_pooling_takes_images(%x: tensor<4x8x3xf32>) {
  // expected-error @+1 {{expected an input of rank 4 (n, h, w, c), got 'tensor<4x8x3xf32>'}}
  %0 = qnet.global_avg_pool2d %x : (tensor<4x8x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @global_pooling_gives_a_row_per_sample(%x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x3xf32>', got 'tensor<3x4xf32>'}}
  %0 = qnet.global_avg_pool2d %x : (tensor<4x8x8x3xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @a_global_pooling_gradient_is_an_image(%dy: tensor<4x3xf32>) {
  // expected-error @+1 {{expected a gradient (n, c) for a result (n, h, w, c), got 'tensor<4x3xf32>' and 'tensor<4x8x3xf32>'}}
  %0 = qnet.global_avg_pool2d_grad %dy : (tensor<4x3xf32>) -> tensor<4x8x3xf32>
  return
}

// -----

func.func @a_global_pooling_gradient_comes_from_a_row_per_sample(%dy: tensor<4x1x1x3xf32>) {
  // expected-error @+1 {{expected a gradient (n, c) for a result (n, h, w, c), got 'tensor<4x1x1x3xf32>' and 'tensor<4x8x8x3xf32>'}}
  %0 = qnet.global_avg_pool2d_grad %dy : (tensor<4x1x1x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @a_global_pooling_gradient_keeps_the_samples(%dy: tensor<5x3xf32>) {
  // expected-error @+1 {{expected a gradient (n, c) for a result (n, h, w, c), got 'tensor<5x3xf32>' and 'tensor<4x8x8x3xf32>'}}
  %0 = qnet.global_avg_pool2d_grad %dy : (tensor<5x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @a_global_pooling_gradient_keeps_the_channels(%dy: tensor<4x2xf32>) {
  // expected-error @+1 {{expected a gradient (n, c) for a result (n, h, w, c), got 'tensor<4x2xf32>' and 'tensor<4x8x8x3xf32>'}}
  %0 = qnet.global_avg_pool2d_grad %dy : (tensor<4x2xf32>) -> tensor<4x8x8x3xf32>
  return
}

// Convolution ------------------------------------------------------------------

// -----

func.func @convolution_takes_images(%x: tensor<4x8x3xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected an input (n, h, w, c) and a kernel (f, kh, kw, c) of rank 4, got 'tensor<4x8x3xf32>' and 'tensor<5x3x3x3xf32>'}}
  %0 = qnet.conv2d %x, %k : (tensor<4x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_kernel_has_four_dimensions(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3xf32>) {
  // expected-error @+1 {{expected an input (n, h, w, c) and a kernel (f, kh, kw, c) of rank 4, got 'tensor<4x8x8x3xf32>' and 'tensor<5x3x3xf32>'}}
  %0 = qnet.conv2d %x, %k : (tensor<4x8x8x3xf32>, tensor<5x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_kernel_has_the_channels_of_the_input(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x2xf32>) {
  // expected-error @+1 {{expected the kernel's channels to be 3, got 2}}
  %0 = qnet.conv2d %x, %k : (tensor<4x8x8x3xf32>, tensor<5x3x3x2xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_kernel_has_taps(%x: tensor<4x8x8x3xf32>, %k: tensor<5x0x3x3xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'window', got 0}}
  %0 = qnet.conv2d %x, %k : (tensor<4x8x8x3xf32>, tensor<5x0x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_kernel_fits_on_the_padded_input(%x: tensor<4x8x8x3xf32>, %k: tensor<5x11x3x3xf32>) {
  // expected-error @+1 {{expected a window within the padded input, got a window of 11 on 10}}
  %0 = qnet.conv2d %x, %k {pads = array<i64: 1, 0, 1, 0>} : (tensor<4x8x8x3xf32>, tensor<5x11x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_1x1_kernel_takes_no_pads(%x: tensor<4x8x8x3xf32>, %k: tensor<5x1x1x3xf32>) {
  // expected-error @+1 {{expected pads smaller than the window of 1, got 1 and 0}}
  %0 = qnet.conv2d %x, %k {pads = array<i64: 1, 0, 0, 0>} : (tensor<4x8x8x3xf32>, tensor<5x1x1x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @convolution_has_two_strides(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'strides', got 4}}
  %0 = qnet.conv2d %x, %k {strides = array<i64: 1, 2, 2, 1>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @a_convolution_has_the_inferred_type(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x3x6x5xf32>', got 'tensor<4x6x6x5xf32>'}}
  %0 = qnet.conv2d %x, %k {strides = array<i64: 2, 1>} : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x6x6x5xf32>
  return
}

// -----

func.func @an_input_gradient_comes_from_the_result(%dy: tensor<4x8x8x5xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4x6x6x5xf32>', got 'tensor<4x8x8x5xf32>'}}
  %0 = qnet.conv2d_input_grad %dy, %k : (tensor<4x8x8x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x8x8x3xf32>
  return
}

// -----

func.func @an_input_gradient_has_the_kernels_channels(%dy: tensor<4x6x6x5xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected the kernel's channels to be 2, got 3}}
  %0 = qnet.conv2d_input_grad %dy, %k : (tensor<4x6x6x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x8x8x2xf32>
  return
}

// -----

func.func @an_input_gradient_is_an_image(%dy: tensor<4x6x6x5xf32>, %k: tensor<5x3x3x3xf32>) {
  // expected-error @+1 {{expected an input (n, h, w, c) and a kernel (f, kh, kw, c) of rank 4, got 'tensor<4x192xf32>' and 'tensor<5x3x3x3xf32>'}}
  %0 = qnet.conv2d_input_grad %dy, %k : (tensor<4x6x6x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x192xf32>
  return
}

// -----

func.func @a_weight_gradient_has_the_filters_of_the_result(%dy: tensor<4x6x6x5xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected a gradient of type 'tensor<4x6x6x4xf32>', got 'tensor<4x6x6x5xf32>'}}
  %0 = qnet.conv2d_weight_grad %dy, %x : (tensor<4x6x6x5xf32>, tensor<4x8x8x3xf32>) -> tensor<4x3x3x3xf32>
  return
}

// -----

func.func @a_weight_gradient_is_a_kernel(%dy: tensor<4x6x6x5xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{expected an input (n, h, w, c) and a kernel (f, kh, kw, c) of rank 4, got 'tensor<4x8x8x3xf32>' and 'tensor<5x27xf32>'}}
  %0 = qnet.conv2d_weight_grad %dy, %x : (tensor<4x6x6x5xf32>, tensor<4x8x8x3xf32>) -> tensor<5x27xf32>
  return
}

// -----

func.func @a_weight_gradient_is_no_code(%dy: tensor<4x6x6x5xf32>, %x: tensor<4x8x8x3xf32>) {
  // expected-error @+1 {{result #0 must be statically shaped tensor of 32-bit float values}}
  %0 = qnet.conv2d_weight_grad %dy, %x
      : (tensor<4x6x6x5xf32>, tensor<4x8x8x3xf32>) -> tensor<5x3x3x3x!qnet.q<#qnet.binary<1.0>>>
  return
}

// Reshape ----------------------------------------------------------------------

// -----

func.func @a_reshape_keeps_the_elements(%x: tensor<4x2x3xf32>) {
  // expected-error @+1 {{expected a result of 24 elements, got 20}}
  %0 = qnet.reshape %x : tensor<4x2x3xf32> to tensor<4x5xf32>
  return
}

// -----

func.func @a_reshape_keeps_the_batch(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{expected the batch to stay, got 'tensor<4x6xf32>' to 'tensor<6x4xf32>'}}
  %0 = qnet.reshape %x : tensor<4x6xf32> to tensor<6x4xf32>
  return
}

// -----

func.func @a_reshape_takes_a_batch(%x: tensor<f32>) {
  // expected-error @+1 {{expected the batch to stay, got 'tensor<f32>' to 'tensor<1xf32>'}}
  %0 = qnet.reshape %x : tensor<f32> to tensor<1xf32>
  return
}

// -----

func.func @a_reshape_gives_a_batch(%x: tensor<1xf32>) {
  // expected-error @+1 {{expected the batch to stay, got 'tensor<1xf32>' to 'tensor<f32>'}}
  %0 = qnet.reshape %x : tensor<1xf32> to tensor<f32>
  return
}

// Pad and slice ----------------------------------------------------------------

// -----

func.func @padding_starts_every_dimension(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'low', got 1}}
  %0 = qnet.pad %x {low = array<i64: 0>, high = array<i64: 0, 1>} : (tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @padding_ends_every_dimension(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected 2 values in 'high', got 3}}
  %0 = qnet.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, 1, 0>} : (tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @padding_before_is_not_negative(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected values from 0 to 2147483647 in 'low', got -1}}
  %0 = qnet.pad %x {low = array<i64: 0, -1>, high = array<i64: 0, 3>} : (tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @padding_after_is_not_negative(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected values from 0 to 2147483647 in 'high', got -2}}
  %0 = qnet.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, -2>} : (tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @a_padded_tensor_has_the_inferred_type(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x6xf32>', got 'tensor<4x5xf32>'}}
  %0 = qnet.pad %x {low = array<i64: 0, 1>, high = array<i64: 0, 2>} : (tensor<4x3xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @a_slice_has_an_offset_per_dimension(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected 2 values in 'offsets', got 1}}
  %0 = qnet.slice %x {offsets = array<i64: 0>, sizes = array<i64: 4, 2>, strides = array<i64: 1, 2>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @a_slice_has_a_size_per_dimension(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected 2 values in 'sizes', got 3}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 2, 1>, strides = array<i64: 1, 2>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @a_slice_has_a_stride_per_dimension(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected 2 values in 'strides', got 1}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 2>, strides = array<i64: 1>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @slice_offsets_are_not_negative(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected values from 0 to 2147483647 in 'offsets', got -1}}
  %0 = qnet.slice %x {offsets = array<i64: 0, -1>, sizes = array<i64: 4, 2>, strides = array<i64: 1, 2>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @slice_sizes_are_positive(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'sizes', got 0}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 0>, strides = array<i64: 1, 2>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @slice_strides_are_positive(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'strides', got -1}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 2>, strides = array<i64: 1, -1>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @a_slice_ends_inside(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected the slice to end before 5 in dimension 1, got 5}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 2>, strides = array<i64: 1, 4>}
      : (tensor<4x5xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @a_slice_has_the_inferred_type(%x: tensor<4x5xf32>) {
  // expected-error @+1 {{expected results of type 'tensor<4x2xf32>', got 'tensor<4x3xf32>'}}
  %0 = qnet.slice %x {offsets = array<i64: 0, 1>, sizes = array<i64: 4, 2>, strides = array<i64: 1, 2>}
      : (tensor<4x5xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @a_slice_gradient_keeps_the_rank(%dy: tensor<4x2xf32>) {
  // expected-error @+1 {{expected a result of rank 2, got 'tensor<4x5x1xf32>'}}
  %0 = qnet.slice_grad %dy {offsets = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<4x2xf32>) -> tensor<4x5x1xf32>
  return
}

// -----

func.func @a_slice_gradient_ends_inside(%dy: tensor<4x2xf32>) {
  // expected-error @+1 {{expected the slice to end before 3 in dimension 1, got 3}}
  %0 = qnet.slice_grad %dy {offsets = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<4x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @a_slice_gradient_has_an_offset_per_dimension(%dy: tensor<4x2xf32>) {
  // expected-error @+1 {{expected 2 values in 'offsets', got 1}}
  %0 = qnet.slice_grad %dy {offsets = array<i64: 1>, strides = array<i64: 1, 2>} : (tensor<4x2xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @a_slice_gradient_is_not_empty(%dy: tensor<4x0xf32>) {
  // expected-error @+1 {{expected values from 1 to 2147483647 in 'sizes', got 0}}
  %0 = qnet.slice_grad %dy {offsets = array<i64: 0, 1>, strides = array<i64: 1, 2>} : (tensor<4x0xf32>) -> tensor<4x5xf32>
  return
}

// Gates ------------------------------------------------------------------------

// -----

func.func @gates_keep_the_type(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "qnet.hard_tanh"(%x) : (tensor<4x3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @signs_keep_the_type(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "qnet.sign"(%x) : (tensor<4x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @gate_gradients_keep_the_type(%dy: tensor<4x3xf32>, %x: tensor<4x2xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %0 = "qnet.hard_tanh_grad"(%dy, %x) : (tensor<4x3xf32>, tensor<4x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @a_bias_has_one_value_per_filter(%x: tensor<4x8x8x3xf32>, %k: tensor<5x3x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{expected a bias of 5 values, got 'tensor<3xf32>'}}
  %0 = qnet.conv2d %x, %k, %b : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>, tensor<3xf32>) -> tensor<4x6x6x5xf32>
  return
}
