//===- Passes.td - From qnet to linalg ---------------------*- tablegen -*-===//
//
// The conversion of layers, losses and tensor-level rounding to linalg.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TO_LINALG_PASSES
#define QNET_TO_LINALG_PASSES

include "mlir/Pass/PassBase.td"

def ConvertQnetToLinalg : Pass<"convert-qnet-to-linalg"> {
  let summary = "Convert qnet ops on tensors to linalg";
  let description = [{
    Layers, their gradients, losses, and rounding of tensors become `linalg.generic`
    ops. Codes are decoded inside the product that reads them, so no tensor of
    decoded weights exists; random bits are drawn inside the rounding that uses them.
    An op on tensors that has no conversion is an error that names it.

    Before:
    ```mlir
    %y = qnet.dense %x, %w
        : (tensor<4x3xf32>, tensor<2x3x!qnet.q<#qnet.binary<1.0>>>) -> tensor<4x2xf32>
    ```
    After:
    ```mlir
    %y = linalg.generic {iterator_types = ["parallel", "parallel", "reduction"], ...}
        ins(%x, %w : ...) outs(%zero : tensor<4x2xf32>) {
    ^bb0(%xi: f32, %ci: !qnet.q<#qnet.binary<1.0>>, %acc: f32):
      %wi = qnet.decode %ci : !qnet.q<#qnet.binary<1.0>> to f32
      %p = arith.mulf %xi, %wi : f32
      %s = arith.addf %acc, %p : f32
      linalg.yield %s : f32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
  let statistics = [
    Statistic<"numConverted", "converted", "Number of ops converted">
  ];
}

#endif // QNET_TO_LINALG_PASSES
