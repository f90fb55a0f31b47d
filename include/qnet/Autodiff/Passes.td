//===- Passes.td - Differentiation passes ------------------*- tablegen -*-===//
//
// From a model and its training to training functions.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_AUTODIFF_PASSES
#define QNET_AUTODIFF_PASSES

include "mlir/Pass/PassBase.td"

def QnetBuildTrainingStep
    : Pass<"qnet-build-training-step", "::mlir::ModuleOp"> {
  let summary = "Differentiate a model and build its training functions";
  let description = [{
    Replaces the `qnet.training` of the module and the model it names by functions on
    tensors, pure: old state in, new state out.

    - `@init(seed) -> state`
    - `@train_step(state, inputs, labels, seed, step, epoch)
       -> (state, losses, predictions, flags)`
    - `@evaluate(state, inputs, labels) -> (losses, predictions)`
    - `@predict(state, inputs) -> outputs`
    - `@codes(state) -> codes of every parameter that has a grid`

    The gradient is built in reverse mode: each op builds its own adjoint through
    `DifferentiableOpInterface`. Every op between a parameter and the loss is checked
    for an adjoint first, so that a missing one is an error at its location.

    The rule decides the form of the state: under R and SR a parameter with a grid is
    a tensor of codes, under BC it is f32 and is encoded before the model uses it.

    Before:
    ```mlir
    qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
      %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
      %y = qnet.dense %x, %w : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
      qnet.return %y : tensor<4x2xf32>
    }
    qnet.training @t of @m {loss = #qnet.softmax_cross_entropy, rule = #qnet.sr,
      optimizer = #qnet.sgd, schedule = #qnet.constant_rate<0.1>}
    ```
    After, in `@train_step`:
    ```mlir
    %y = qnet.dense %inputs, %w : (tensor<4x3xf32>, tensor<2x3x!qnet.q<...>>) -> tensor<4x2xf32>
    %losses = qnet.softmax_cross_entropy %y, %labels : ...
    %dy = qnet.softmax_cross_entropy_grad %dlosses, %y, %labels : ...
    %dw = qnet.dense_weight_grad %dy, %inputs : ...
    %w1, %flags1 = qnet.update "w" of 0 %w, %dw flags %flags0 rate %rate ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numAdjoints", "adjoints", "Number of adjoints built">,
    Statistic<"numUpdates", "updates", "Number of parameters updated">
  ];
}

#endif // QNET_AUTODIFF_PASSES
