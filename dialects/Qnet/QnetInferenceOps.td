//===- QnetInferenceOps.td - Inference graphs --------------*- tablegen -*-===//
//
// Constants of a trained net, and layers folded for inference. docs/export.md
// says how a trainer writes such a graph and qnet-compile reads it.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INFERENCE_OPS
#define QNET_INFERENCE_OPS

include "QnetOpBase.td"
include "mlir/IR/OpAsmInterface.td"

def Qnet_BatchNormFoldOp : Qnet_InferredOp<"batch_norm_fold", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "batch normalization by running statistics as factor and offset";
  let description = [{
    Per channel, in f32, each operation rounded on its own:

      factor = scale * (1/sqrt(variance + epsilon))
      offset = shift - mean * factor

    It depends on the state only, so that an exported net holds its results.

    Example:
    ```mlir
    %factor, %offset = qnet.batch_norm_fold %scale, %shift, %mean, %var {epsilon = 1.0e-5 : f32}
        : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<3xf32>, tensor<3xf32>)
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$scale, Qnet_F32Tensor:$shift,
                       Qnet_F32Tensor:$mean, Qnet_F32Tensor:$variance,
                       F32Attr:$epsilon);
  let results = (outs Qnet_F32Tensor:$factor, Qnet_F32Tensor:$offset);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Qnet_ScaleShiftOp : Qnet_InferredOp<"scale_shift"> {
  let summary = "y = x factor + offset, one factor and offset per channel";
  let description = [{
    Product and sum are rounded separately. Channels are the last dimension.

    Example:
    ```mlir
    %y = qnet.scale_shift %x, %factor, %offset
        : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_F32Tensor:$factor,
                       Qnet_F32Tensor:$offset);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_ThresholdOp : Qnet_InferredOp<"threshold"> {
  let summary = "y = 1 where low <= x <= high, else -1; bounds per channel";
  let description = [{
    The sign of a scaled and shifted value as one interval per channel: x factor +
    offset is monotone in x also when it is rounded, so the x of sign 1 are
    [threshold, high] for a positive factor and [low, threshold] for a negative one.
    NaN, as x or as a bound, gives -1. `qnet-fold-thresholds` makes these.

    Example:
    ```mlir
    %y = qnet.threshold %x, %low, %high
        : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_F32Tensor:$low,
                       Qnet_F32Tensor:$high);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_PackedConstantOp : Qnet_Op<"packed_constant", [Pure]> {
  let summary = "codes as packed words";
  let description = [{
    The codes lie in flat, row-major order, 32/b of them in a word for codes of b
    bits, the first in the least significant bits; unused high bits mean nothing.
    The words are any i32 elements, e.g. `dense_resource`, which keeps the text of a
    large net readable.

    Example:
    ```mlir
    %w = qnet.packed_constant dense<9> : tensor<1xi32> to tensor<2x2x!qnet.q<#qnet.binary<1.0>>>
    ```
  }];
  let arguments = (ins ElementsAttr:$words);
  let results = (outs Qnet_CodesTensor:$result);
  let assemblyFormat = "$words attr-dict `to` type($result)";
  let hasVerifier = 1;
}

#endif // QNET_INFERENCE_OPS
