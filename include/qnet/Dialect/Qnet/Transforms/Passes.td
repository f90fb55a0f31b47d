//===- Passes.td - Passes inside the qnet dialect ----------*- tablegen -*-===//
//
// Changing a training, expanding updates and rounding.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TRANSFORMS_PASSES
#define QNET_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def QnetSetTraining : Pass<"qnet-set-training", "::mlir::ModuleOp"> {
  let summary = "Change the rule, optimizer, schedule, batch or seed of a training";
  let description = [{
    Rewrites the module's `qnet.training` and, for `batch`, the types of its model.
    `rule`, `optimizer` and `schedule` take an attribute, or its name where it has
    no required parameter: `sr` stands for `#qnet.sr`. `freeze` marks parameters of the
    model as `frozen`.

    Before, with `rule=sr batch=8`:
    ```mlir
    qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> { ... }
    qnet.training @t of @m {rule = #qnet.bc, ...}
    ```
    After:
    ```mlir
    qnet.model @m(%x: tensor<8x3xf32>) -> tensor<8x2xf32> { ... }
    qnet.training @t of @m {rule = #qnet.sr, ...}
    ```
  }];
  let options = [
    Option<"rule", "rule", "std::string", /*default=*/"\"\"",
           "Rule, e.g. sr or #qnet.bc<rounding = #qnet.stochastic>">,
    Option<"optimizer", "optimizer", "std::string", /*default=*/"\"\"",
           "Optimizer, e.g. adam or #qnet.momentum<mu = 0.95>">,
    Option<"schedule", "schedule", "std::string", /*default=*/"\"\"",
           "Schedule, e.g. #qnet.constant_rate<0.01>">,
    Option<"batch", "batch", "int64_t", /*default=*/"0",
           "Batch size (0: the model's own)">,
    Option<"microBatch", "micro-batch", "int64_t", /*default=*/"0",
           "Samples of a batch that are computed at a time (0: the training's own)">,
    Option<"seed", "seed", "int64_t", /*default=*/"-1",
           "Default seed of the trainer, 0 to 4294967295">,
    Option<"freeze", "freeze", "std::string", /*default=*/"\"\"",
           "Regular expression: parameters in whose name it is found are not trained">
  ];
  let statistics = [
    Statistic<"numChanged", "changed", "Number of settings changed">
  ];
}

def QnetCheckTraining : Pass<"qnet-check-training", "::mlir::ModuleOp"> {
  let summary = "Warn of trainings that cannot work as theory has it";
  let description = [{
    Changes nothing. Warns, at the `qnet.training`, where it can be proved that

    - no step moves a weight: the rule rounds the stored weights deterministically,
      and the optimizer's largest step (at the schedule's largest rate, the
      parameter's `rate_scale`, under `clip_gradient`, with weights in the range of
      the grid) rounds back to where it came from at every level. On a grid with
      spacing D that is a step below D/2.
    - a falling rate does not narrow the distribution of the weights: the rule rounds
      the stored weights at random. With the steps the probability of a move shrinks,
      but not the length of one
      (Li et al. 2017, on the stationary distribution).

    Before:
    ```mlir
    qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
      %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
      ...
    }
    qnet.training @t of @m {rule = #qnet.r, optimizer = #qnet.adam,
                            schedule = #qnet.constant_rate<1.0e-3>, ...}
    ```
    After, the same, with a warning (no step can move a weight of 'w'):
    ```mlir
    qnet.training @t of @m {rule = #qnet.r, optimizer = #qnet.adam,
                            schedule = #qnet.constant_rate<1.0e-3>, ...}
    ```
  }];
  let statistics = [
    Statistic<"numWarnings", "warnings", "Number of warnings">
  ];
}

def QnetExpandUpdates : Pass<"qnet-expand-updates"> {
  let summary = "Expand updates into elementwise arithmetic and rounding";
  let description = [{
    Turns each `qnet.update` into one `linalg.generic` over the flat parameter: one
    pass over memory that reads and writes weights and slots in place. Its body is
    scalar: decode, the optimizer's step, clipping to the grid's range, rounding.

    Before:
    ```mlir
    %w1, %f1 = qnet.update "w" of 0 %w, %g flags %f rate %a seed %s step %t
        by(#qnet.full) with(#qnet.sgd) : tensor<8xf32>, tensor<8xf32>, tensor<1xi32>
    ```
    After:
    ```mlir
    %r:2 = linalg.generic {...} ins(%g : tensor<8xf32>) outs(%w, %f : ...) {
    ^bb0(%gi: f32, %wi: f32, %fi: i32):
      %step = arith.mulf %a, %gi : f32
      %new = arith.subf %wi, %step : f32
      %nan = arith.cmpf uno, %new, %new : f32
      %kept = arith.select %nan, %wi, %new : f32
      ...
      linalg.yield %kept, %flag : f32, i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of updates expanded">
  ];
}

def QnetExpandRounding : Pass<"qnet-expand-rounding"> {
  let summary = "Expand rounding, encoding and decoding into arithmetic";
  let description = [{
    Turns `qnet.round`, `qnet.encode` and `qnet.decode`, on scalars or tensors, into
    the arithmetic that their grid and rounding state through their interfaces.
    Codes remain as `qnet.to_code` and `qnet.from_code`, which only change a type.

    Before:
    ```mlir
    %w = qnet.decode %c : !qnet.q<#qnet.binary<1.0>> to f32
    ```
    After:
    ```mlir
    %n = qnet.from_code %c : !qnet.q<#qnet.binary<1.0>> to i32
    %b = arith.cmpi ne, %n, %c0 : i32
    %w = arith.select %b, %plus, %minus : f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
  let statistics = [
    Statistic<"numExpanded", "expanded", "Number of ops expanded">
  ];
}

def QnetFoldThresholds : Pass<"qnet-fold-thresholds"> {
  let summary = "Turn the sign of scaled and shifted values into thresholds";
  let description = [{
    `qnet.sign` of a `qnet.scale_shift` by constants becomes `qnet.threshold`: no
    product and no sum. Exact for every f32, infinities and NaN included: x factor +
    offset is monotone in x also when it is rounded, so that bisection over all floats
    finds where its sign changes.

    Before:
    ```mlir
    %y = qnet.scale_shift %x, %two, %one : (tensor<4x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x1xf32>
    %z = qnet.sign %y : tensor<4x1xf32>
    ```
    After:
    ```mlir
    %low = arith.constant dense<-5.000000e-01> : tensor<1xf32>
    %high = arith.constant dense<0x7F800000> : tensor<1xf32>
    %z = qnet.threshold %x, %low, %high : (tensor<4x1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<4x1xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [
    Statistic<"numThresholds", "thresholds", "Number of thresholds in the result">
  ];
}

#endif // QNET_TRANSFORMS_PASSES
