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
