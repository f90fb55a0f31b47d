//===- QnetShapeOps.td - Shapes, gates and dropout ---------*- tablegen -*-===//
//
// Layers that move values around, and elementwise gates.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_SHAPE_OPS
#define QNET_SHAPE_OPS

include "QnetOpBase.td"

def Qnet_ReshapeOp : Qnet_Op<"reshape", [Pure, Qnet_Affine,
    DeclareOpInterfaceMethods<Qnet_BatchedOpInterface>,
    DeclareOpInterfaceMethods<Qnet_DifferentiableOpInterface>]> {
  let summary = "the same values, in row-major order, in another shape";
  let description = [{
    The first dimension, the batch, stays.

    Example: `%y = qnet.reshape %x : tensor<4x8x8x3xf32> to tensor<4x192xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Qnet_PadOp : Qnet_LayerOp<"pad", [Qnet_Affine]> {
  let summary = "adds zeros around a tensor";
  let description = [{
    `low` and `high` give the zeros before and after each dimension. With
    `qnet.slice` it makes the parameter-free shortcut of a residual net.

    Example:
    ```mlir
    %y = qnet.pad %x {low = array<i64: 0, 0, 0, 8>, high = array<i64: 0, 0, 0, 8>}
        : (tensor<4x8x8x16xf32>) -> tensor<4x8x8x32xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_SliceOp : Qnet_LayerOp<"slice", [Qnet_Affine,
    DeclareOpInterfaceMethods<Qnet_BatchedOpInterface>]> {
  let summary = "every stride-th value from an offset, per dimension";
  let description = [{
    The result has `sizes` values per dimension, at offset + i stride.

    Example:
    ```mlir
    %y = qnet.slice %x {offsets = array<i64: 0, 0, 0, 0>, sizes = array<i64: 4, 4, 4, 3>,
                        strides = array<i64: 1, 2, 2, 1>}
        : (tensor<4x8x8x3xf32>) -> tensor<4x4x4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, DenseI64ArrayAttr:$offsets,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_SliceGradOp : Qnet_Op<"slice_grad", [Pure]> {
  let summary = "gradient of slice: the values at their places, zeros elsewhere";
  let description = [{
    Example:
    ```mlir
    %dx = qnet.slice_grad %dy {offsets = array<i64: 0, 0>, strides = array<i64: 1, 2>}
        : (tensor<4x4xf32>) -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, DenseI64ArrayAttr:$offsets,
                       DenseI64ArrayAttr:$strides);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Qnet_HardTanhOp : Qnet_ElementwiseLayerOp<"hard_tanh"> {
  let summary = "x limited to [-1, 1]; its gradient is dy where |x| <= 1";
  let description = [{
    Example: `%y = qnet.hard_tanh %x : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

def Qnet_SignOp : Qnet_ElementwiseLayerOp<"sign"> {
  let summary = "+1 where x >= 0, else -1; straight-through gradient";
  let description = [{
    The gradient is that of `qnet.hard_tanh`: dy where |x| <= 1, else 0.

    Example: `%y = qnet.sign %x : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

def Qnet_HardTanhGradOp : Qnet_ElementwiseOp<"hard_tanh_grad"> {
  let summary = "dx = dy where |x| <= 1, else 0";
  let description = [{
    Example: `%dx = qnet.hard_tanh_grad %dy, %x : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

def Qnet_DropoutOp : Qnet_ElementwiseOp<"dropout", [
    DeclareOpInterfaceMethods<Qnet_ModalOpInterface>]> {
  let summary = "in training drops each value with a probability, else passes it on";
  let description = [{
    Training: each value becomes 0 with `probability` p, and x/(1 - p) otherwise
    (`qnet.dropout_train`). Inference: the values themselves.

    Example: `%y = qnet.dropout %x {probability = 0.5 : f32} : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input, F32Attr:$probability);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Qnet_DropoutTrainOp : Qnet_LayerOp<"dropout_train"> {
  let summary = "dropout of one step: 0 where random bits say so, else x/(1 - p)";
  let description = [{
    The value with flat index i is dropped iff its 24 random bits, as an integer, are
    below round(p 2^24) (ties to even). They are those of `qnet.random_bits dropout of
    NUMBER` for element first n + i, where n values make a sample and `first` is the
    number of the first sample within the batch, 0 if it is not given: parts of a batch
    drop what the batch would. NUMBER counts the dropouts of the model. The adjoint is the same op on the
    gradient: it computes the mask again.

    Example:
    ```mlir
    %y = qnet.dropout_train of 0 %x seed %seed step %step first %first {probability = 0.5 : f32}
        : tensor<4x3xf32>
    ```
  }];
  let arguments = (ins I32Attr:$number, Qnet_F32Tensor:$input, I32:$seed, I32:$step,
                       Optional<Index>:$first, F32Attr:$probability);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = [{
    `of` $number $input `seed` $seed `step` $step (`first` $first^)? attr-dict
    `:` type($input)
  }];
  let hasVerifier = 1;
}

#endif // QNET_SHAPE_OPS
