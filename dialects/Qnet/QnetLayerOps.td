//===- QnetLayerOps.td - Layers and their gradients --------*- tablegen -*-===//
//
// Layers with train-mode semantics, and the ops that their adjoints are made of.
// B is the batch, I and O are inputs and outputs of a layer, C channels.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LAYER_OPS
#define QNET_LAYER_OPS

include "QnetOpBase.td"

//===----------------------------------------------------------------------===//
// Dense
//===----------------------------------------------------------------------===//

def Qnet_DenseOp : Qnet_LayerOp<"dense", [Qnet_TakesCodes, Qnet_Bilinear]> {
  let summary = "fully connected layer: y[b,o] = sum_i x[b,i] w[o,i]";
  let description = [{
    The weights are [O, I], f32 or codes; codes are decoded on the way into the
    product and never stored as floats.

    Example:
    ```mlir
    %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_WeightsTensor:$weights);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_DenseInputGradOp : Qnet_InferredOp<"dense_input_grad"> {
  let summary = "gradient of dense by its input: dx[b,i] = sum_o dy[b,o] w[o,i]";
  let description = [{
    Example:
    ```mlir
    %dx = qnet.dense_input_grad %dy, %w : (tensor<4x2xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_WeightsTensor:$weights);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_DenseWeightGradOp : Qnet_InferredOp<"dense_weight_grad"> {
  let summary = "gradient of dense by its weights: dw[o,i] = sum_b dy[b,o] x[b,i]";
  let description = [{
    Always f32, also where the weights are codes: the gradient is taken at the
    rounded weights.

    Example:
    ```mlir
    %dw = qnet.dense_weight_grad %dy, %x : (tensor<4x2xf32>, tensor<4x3xf32>) -> tensor<2x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Bias
//===----------------------------------------------------------------------===//

def Qnet_BiasOp : Qnet_LayerOp<"bias", [Qnet_Affine]> {
  let summary = "adds one value per channel, the last dimension";
  let description = [{
    Example:
    ```mlir
    %y = qnet.bias %x, %b : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_F32Tensor:$bias);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_BiasGradOp : Qnet_InferredOp<"bias_grad"> {
  let summary = "sums over all dimensions but the last";
  let description = [{
    The gradient of `qnet.bias` by its bias, summed in ascending order.

    Example:
    ```mlir
    %db = qnet.bias_grad %dy : (tensor<4x3xf32>) -> tensor<3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Activations and sums
//===----------------------------------------------------------------------===//

def Qnet_ReluOp : Qnet_ElementwiseLayerOp<"relu"> {
  let summary = "max(x, 0); its gradient at 0 is 0";
  let description = [{
    Example: `%y = qnet.relu %x : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$input);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
  let hasFolder = 1;
}

def Qnet_ReluGradOp : Qnet_ElementwiseOp<"relu_grad"> {
  let summary = "dx = dy where y > 0, else 0";
  let description = [{
    `output` is the result of the `qnet.relu`: its input is then not kept.

    Example: `%dx = qnet.relu_grad %dy, %y : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$output);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

def Qnet_AddOp : Qnet_ElementwiseLayerOp<"add", [Commutative, Qnet_Affine]> {
  let summary = "elementwise sum";
  let description = [{
    Example: `%z = qnet.add %x, %y : tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$lhs, Qnet_F32Tensor:$rhs);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Batch normalization
//===----------------------------------------------------------------------===//

def Qnet_BatchNormOp : Qnet_InferredOp<"batch_norm", [
    DeclareOpInterfaceMethods<Qnet_ModalOpInterface, ["buildStatistics"]>]> {
  let summary = "batch normalization over all dimensions but the last";
  let description = [{
    y = scale (x - mean)/sqrt(variance + epsilon) + shift, per channel. In training,
    mean and (biased) variance are the batch's, and the running statistics move:
    r <- momentum r + (1 - momentum) s, with the unbiased variance. In inference they
    are the running statistics, which are state called NAME.mean and NAME.variance,
    folded into a factor and an offset (`qnet.batch_norm_fold`, `qnet.scale_shift`).

    Example:
    ```mlir
    %y = qnet.batch_norm "bn1" %x, %scale, %shift
        : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
    ```
  }];
  let arguments = (ins StrAttr:$layer_name,
                       Qnet_F32Tensor:$input, Qnet_F32Tensor:$scale,
                       Qnet_F32Tensor:$shift,
                       DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon,
                       DefaultValuedAttr<F32Attr, "0.9f">:$momentum);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = [{
    $layer_name operands attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Qnet_BatchNormTrainOp : Qnet_LayerOp<"batch_norm_train"> {
  let summary = "batch normalization by the statistics of the batch";
  let description = [{
    `mean` and `variance` (biased) are per channel, `inverse` is
    1/sqrt(variance + epsilon). Gradients reach only through `result`.

    Example:
    ```mlir
    %y, %mean, %var, %inv = qnet.batch_norm_train %x, %scale, %shift {epsilon = 1.0e-5 : f32}
        : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$input, Qnet_F32Tensor:$scale,
                       Qnet_F32Tensor:$shift, F32Attr:$epsilon);
  let results = (outs Qnet_F32Tensor:$result, Qnet_F32Tensor:$mean,
                      Qnet_F32Tensor:$variance, Qnet_F32Tensor:$inverse);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Qnet_BatchNormGradOp : Qnet_InferredOp<"batch_norm_grad"> {
  let summary = "gradients of batch_norm_train";
  let description = [{
    With n samples per channel and z = (x - mean) inverse:
    dshift = sum dy;  dscale = sum dy z;
    dx = scale inverse (dy - dshift/n - z dscale/n).

    Example:
    ```mlir
    %dx, %dscale, %dshift = qnet.batch_norm_grad %dy, %x, %scale, %mean, %inv
        : (tensor<4x3xf32>, tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>)
        -> (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>)
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$input,
                       Qnet_F32Tensor:$scale, Qnet_F32Tensor:$mean,
                       Qnet_F32Tensor:$inverse);
  let results = (outs Qnet_F32Tensor:$input_gradient,
                      Qnet_F32Tensor:$scale_gradient,
                      Qnet_F32Tensor:$shift_gradient);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_RunningAverageOp : Qnet_ElementwiseOp<"running_average"> {
  let summary = "r <- momentum r + (1 - momentum) correction s";
  let description = [{
    Moves running statistics towards those of a batch; `correction` is n/(n-1) for
    variances (unbiased estimate), 1 for means.

    Example:
    ```mlir
    %r1 = qnet.running_average %r, %s {momentum = 0.9 : f32, correction = 1.0 : f32} : tensor<3xf32>
    ```
  }];
  let arguments = (ins Qnet_F32Tensor:$running, Qnet_F32Tensor:$batch,
                       F32Attr:$momentum, F32Attr:$correction);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` type($result)";
}

#endif // QNET_LAYER_OPS
