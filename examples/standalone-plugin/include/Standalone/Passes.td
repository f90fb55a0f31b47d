//===- Passes.td - The passes of the plugin ----------------*- tablegen -*-===//
//
// One pass, which looks at models and changes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef STANDALONE_PASSES
#define STANDALONE_PASSES

include "mlir/Pass/PassBase.td"

def StandaloneCountWeights
    : Pass<"standalone-count-weights", "::mlir::ModuleOp"> {
  let summary = "Say how many weights of a model are on a grid";
  let description = [{
    Emits a remark at each `qnet.model`; changes nothing.

    For this model, "6 of 8 weights are on a grid":
    ```mlir
    qnet.model @m(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
      %w = qnet.parameter "w" init(#qnet.glorot) grid(#qnet.binary<1.0>) : tensor<2x3xf32>
      %b = qnet.parameter "b" init(#qnet.constant<0.0>) : tensor<2xf32>
      ...
    ```
  }];
  let statistics = [
    Statistic<"numOnGrid", "on-grid", "Number of weights on a grid">
  ];
}

#endif // STANDALONE_PASSES
