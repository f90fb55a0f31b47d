//===- QnetConvOps.td - Convolution and pooling ------------*- tablegen -*-===//
//
// Layers on images, in NHWC: N samples, H rows, W columns, C channels. Kernels are
// F filters of KH x KW taps. `strides` is [rows, columns], `pads` is [top, left,
// bottom, right], so that padding may be asymmetric. Output rows are
// (H + top + bottom - KH)/stride + 1, rounded down, and columns likewise.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CONV_OPS
#define QNET_CONV_OPS

include "QnetOpBase.td"

class Qnet_WindowOp<string mnemonic, list<Trait> traits = []>
    : Qnet_LayerOp<mnemonic, traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Qnet_WindowGradOp<string mnemonic, list<Trait> traits = []>
    : Qnet_Op<mnemonic, !listconcat(traits, [Pure])> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Qnet_Conv2DOp : Qnet_WindowOp<"conv2d", [Qnet_TakesCodes, Qnet_Bilinear]> {
  let summary = "2-d convolution (cross-correlation), zero padded";
  let description = [{
    y[n,h,w,f] = sum_{i,j,c} x[n, h sh + i - top, w sw + j - left, c] k[f,i,j,c], where
    x is 0 outside. The kernel is [F, KH, KW, C], f32 or codes. Where there is a third
    operand, the bias, one f32 per filter, it is added to the sum.

    Example:
    ```mlir
    %y = qnet.conv2d %x, %k {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>}
        : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>) -> tensor<4x4x4x5xf32>
    %z = qnet.conv2d %x, %k, %b
        : (tensor<4x8x8x3xf32>, tensor<5x3x3x3xf32>, tensor<5xf32>) -> tensor<4x6x6x5xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_WeightsTensor:$weights,
                       Optional<Qnet_F32Tensor>:$bias,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_Conv2DInputGradOp : Qnet_WindowGradOp<"conv2d_input_grad"> {
  let summary = "gradient of conv2d by its input";
  let description = [{
    dx[n,h,w,c] = sum of dy[n,p,q,f] k[f,i,j,c] over the p, q, i, j with
    p sh + i - top = h and q sw + j - left = w.

    Example:
    ```mlir
    %dx = qnet.conv2d_input_grad %dy, %k {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>}
        : (tensor<4x4x4x5xf32>, tensor<5x3x3x3xf32>) -> tensor<4x8x8x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_WeightsTensor:$weights,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_Conv2DWeightGradOp : Qnet_WindowGradOp<"conv2d_weight_grad"> {
  let summary = "gradient of conv2d by its kernel";
  let description = [{
    dk[f,i,j,c] = sum_{n,p,q} dy[n,p,q,f] x[n, p sh + i - top, q sw + j - left, c].

    Example:
    ```mlir
    %dk = qnet.conv2d_weight_grad %dy, %x {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>}
        : (tensor<4x4x4x5xf32>, tensor<4x8x8x3xf32>) -> tensor<5x3x3x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$input,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_MaxPool2DOp : Qnet_WindowOp<"max_pool2d"> {
  let summary = "largest value of each window; padding counts as minus infinity";
  let description = [{
    Windows may overlap. The gradient goes to the first largest value of a window, in
    row-major order.

    Example:
    ```mlir
    %y = qnet.max_pool2d %x {window = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>}
        : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, DenseI64ArrayAttr:$window,
                       DenseI64ArrayAttr:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_MaxPool2DGradOp : Qnet_WindowGradOp<"max_pool2d_grad"> {
  let summary = "gradient of max_pool2d";
  let description = [{
    Adds, to each input, the gradients of the windows whose first largest value it
    is. The windows are searched anew in `input`; nothing is kept for it.

    Example:
    ```mlir
    %dx = qnet.max_pool2d_grad %dy, %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
        : (tensor<4x4x4x3xf32>, tensor<4x8x8x3xf32>) -> tensor<4x8x8x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$input,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_AvgPool2DOp : Qnet_WindowOp<"avg_pool2d", [Qnet_Affine]> {
  let summary = "mean of each window; padding counts as zeros";
  let description = [{
    The divisor is the size of the window, also where it reaches into the padding.

    Example:
    ```mlir
    %y = qnet.avg_pool2d %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
        : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, DenseI64ArrayAttr:$window,
                       DenseI64ArrayAttr:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_AvgPool2DGradOp : Qnet_WindowGradOp<"avg_pool2d_grad"> {
  let summary = "gradient of avg_pool2d";
  let description = [{
    Example:
    ```mlir
    %dx = qnet.avg_pool2d_grad %dy {window = array<i64: 2, 2>, strides = array<i64: 2, 2>}
        : (tensor<4x4x4x3xf32>) -> tensor<4x8x8x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_GlobalAvgPool2DOp : Qnet_WindowOp<"global_avg_pool2d", [Qnet_Affine]> {
  let summary = "mean over rows and columns: [N, H, W, C] to [N, C]";
  let description = [{
    Example: `%y = qnet.global_avg_pool2d %x : (tensor<4x8x8x3xf32>) -> tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
}

def Qnet_GlobalAvgPool2DGradOp : Qnet_WindowGradOp<"global_avg_pool2d_grad"> {
  let summary = "gradient of global_avg_pool2d";
  let description = [{
    Example: `%dx = qnet.global_avg_pool2d_grad %dy : (tensor<4x3xf32>) -> tensor<4x8x8x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient);
  let results = (outs Qnet_F32Tensor:$result);
}

#endif // QNET_CONV_OPS
