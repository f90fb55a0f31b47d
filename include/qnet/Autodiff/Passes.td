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
    - `@statistics(state, inputs) -> statistics`: those of this batch alone, at the
      weights that inference uses; only where a layer has statistics

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
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numAdjoints", "adjoints", "Number of adjoints built">,
    Statistic<"numUpdates", "updates", "Number of parameters updated">
  ];
}

def QnetBuildInference : Pass<"qnet-build-inference", "::mlir::ModuleOp"> {
  let summary = "Cut inference into what the state decides and the rest";
  let description = [{
    Reads `@predict` and `@evaluate`. What depends on the state only becomes an entry
    `@fold(state) -> constants`; the rest becomes a graph whose constants are
    `dense_resource`s, kept as text in the module attribute `qnet.inference`: what
    `trainer export` writes, with the bytes that `@fold` gives (docs/export.md).
    Codes enter as codes, and normalization as factors and offsets.

    Before:
    ```mlir
    func.func @predict(%w: tensor<2x3x!qnet.q<#qnet.binary<1.0>>> {qnet.state = ...},
                       %s: tensor<2xf32> {qnet.state = ...}, ...,
                       %inputs: tensor<4x3xf32> {qnet.role = "inputs"}) -> ... {
      %0 = qnet.dense %inputs, %w : ...
      %factor, %offset = qnet.batch_norm_fold %s, %b, %mean, %var {epsilon = 1.0e-5 : f32} : ...
      %1 = qnet.scale_shift %0, %factor, %offset : ...
      return %1 : tensor<4x2xf32>
    }
    ```
    After, in the text:
    ```mlir
    func.func @predict(%inputs: tensor<4x3xf32> {qnet.role = "inputs"}) -> ... {
      %w = qnet.packed_constant dense_resource<w> : tensor<1xi32> to tensor<2x3x!qnet.q<#qnet.binary<1.0>>>
      %bn.factor = arith.constant dense_resource<bn.factor> : tensor<2xf32>
      %bn.offset = arith.constant dense_resource<bn.offset> : tensor<2xf32>
      %0 = qnet.dense %inputs, %w : ...
      %1 = qnet.scale_shift %0, %bn.factor, %bn.offset : ...
      return %1 : tensor<4x2xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
  let statistics = [
    Statistic<"numConstants", "constants", "Number of constants of the graph">
  ];
}

#endif // QNET_AUTODIFF_PASSES
