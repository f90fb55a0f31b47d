//===- QnetLossOps.td - Losses and predictions -------------*- tablegen -*-===//
//
// Per-sample losses with their gradients, and predicted classes. B is the batch,
// C the number of classes or targets.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LOSS_OPS
#define QNET_LOSS_OPS

include "QnetOpBase.td"

class Qnet_LossOp<string mnemonic, Type labels> : Qnet_LayerOp<mnemonic> {
  let arguments = (ins Qnet_F32Tensor:$outputs, labels:$labels);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

class Qnet_LossGradOp<string mnemonic, Type labels>
    : Qnet_InferredOp<mnemonic> {
  let arguments = (ins Qnet_F32Tensor:$gradient, Qnet_F32Tensor:$outputs,
                       labels:$labels);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_SoftmaxCrossEntropyOp
    : Qnet_LossOp<"softmax_cross_entropy", Qnet_I32Tensor> {
  let summary = "loss[b] = log(sum_c exp(y[b,c] - max)) - (y[b,label] - max)";
  let description = [{
    Example:
    ```mlir
    %l = qnet.softmax_cross_entropy %y, %labels : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
    ```
  }];
}

def Qnet_SoftmaxCrossEntropyGradOp
    : Qnet_LossGradOp<"softmax_cross_entropy_grad", Qnet_I32Tensor> {
  let summary = "dy[b,c] = dloss[b] (softmax(y)[b,c] - [c = label])";
  let description = [{
    Example:
    ```mlir
    %dy = qnet.softmax_cross_entropy_grad %dl, %y, %labels
        : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
    ```
  }];
}

def Qnet_SquaredHingeOp : Qnet_LossOp<"squared_hinge", Qnet_I32Tensor> {
  let summary = "loss[b] = sum_c max(0, 1 - t y[b,c])^2, t = +1 at the label, else -1";
  let description = [{
    Example:
    ```mlir
    %l = qnet.squared_hinge %y, %labels : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<4xf32>
    ```
  }];
}

def Qnet_SquaredHingeGradOp
    : Qnet_LossGradOp<"squared_hinge_grad", Qnet_I32Tensor> {
  let summary = "dy[b,c] = -2 t dloss[b] max(0, 1 - t y[b,c])";
  let description = [{
    Example:
    ```mlir
    %dy = qnet.squared_hinge_grad %dl, %y, %labels
        : (tensor<4xf32>, tensor<4x3xf32>, tensor<4xi32>) -> tensor<4x3xf32>
    ```
  }];
}

def Qnet_MeanSquaredErrorOp
    : Qnet_LossOp<"mean_squared_error", Qnet_F32Tensor> {
  let summary = "loss[b] = sum_c (y[b,c] - target[b,c])^2 / C";
  let description = [{
    Example:
    ```mlir
    %l = qnet.mean_squared_error %y, %t : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4xf32>
    ```
  }];
}

def Qnet_MeanSquaredErrorGradOp
    : Qnet_LossGradOp<"mean_squared_error_grad", Qnet_F32Tensor> {
  let summary = "dy[b,c] = 2 dloss[b] (y[b,c] - target[b,c]) / C";
  let description = [{
    Example:
    ```mlir
    %dy = qnet.mean_squared_error_grad %dl, %y, %t
        : (tensor<4xf32>, tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32>
    ```
  }];
}

def Qnet_LogisticOp : Qnet_LossOp<"logistic", Qnet_I32Tensor> {
  let summary = "loss[b] = log(1 + exp(-t y[b,0])), t = +1 at label 1, else -1";
  let description = [{
    Computed as max(-t y, 0) + log(1 + exp(-|y|)): no exponential overflows.

    Example:
    ```mlir
    %l = qnet.logistic %y, %labels : (tensor<4x1xf32>, tensor<4xi32>) -> tensor<4xf32>
    ```
  }];
}

def Qnet_LogisticGradOp : Qnet_LossGradOp<"logistic_grad", Qnet_I32Tensor> {
  let summary = "dy[b,0] = -t dloss[b] / (1 + exp(t y[b,0]))";
  let description = [{
    The quotient is computed as e/(1 + e) where t y > 0 and 1/(1 + e) elsewhere, with
    e = exp(-|y|).

    Example:
    ```mlir
    %dy = qnet.logistic_grad %dl, %y, %labels
        : (tensor<4xf32>, tensor<4x1xf32>, tensor<4xi32>) -> tensor<4x1xf32>
    ```
  }];
}

def Qnet_SumOutputsOp : Qnet_LayerOp<"sum_outputs"> {
  let summary = "loss[b] = sum_c y[b,c]";
  let description = [{
    Example: `%l = qnet.sum_outputs %y : (tensor<4x3xf32>) -> tensor<4xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$outputs);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_SumOutputsGradOp : Qnet_Op<"sum_outputs_grad", [Pure]> {
  let summary = "dy[b,c] = dloss[b]";
  let description = [{
    Example: `%dy = qnet.sum_outputs_grad %dl : (tensor<4xf32>) -> tensor<4x3xf32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$gradient);
  let results = (outs Qnet_F32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Qnet_IsPositiveOp : Qnet_InferredOp<"is_positive"> {
  let summary = "the class of each sample by its margin: 1 where y[b,0] > 0, else 0";
  let description = [{
    Example: `%p = qnet.is_positive %y : (tensor<4x1xf32>) -> tensor<4xi32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$outputs);
  let results = (outs Qnet_I32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Qnet_ArgmaxOp : Qnet_InferredOp<"argmax"> {
  let summary = "the first class with the largest output of each sample";
  let description = [{
    Example: `%p = qnet.argmax %y : (tensor<4x3xf32>) -> tensor<4xi32>`
  }];
  let arguments = (ins Qnet_F32Tensor:$outputs);
  let results = (outs Qnet_I32Tensor:$result);
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

#endif // QNET_LOSS_OPS
