//===- QnetDialect.td - The qnet dialect -------------------*- tablegen -*-===//
//
// The dialect itself: name, namespace, what it depends on. Attributes, types,
// interfaces and operations live in the files beside this one.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT
#define QNET_DIALECT

include "mlir/IR/OpBase.td"

def Qnet_Dialect : Dialect {
  let name = "qnet";
  let cppNamespace = "::qnet";
  let summary = "Training of quantized nets";
  let description = [{
    Represents the training of nets whose weights live on a grid of allowed
    values: grids, deterministic and stochastic rounding, the update rules R, SR
    and BC of Li et al., "Training Quantized Nets: A Deeper Understanding" (NIPS
    2017), the layers and losses they train, and the optimizers they train with.

    A tensor of grid weights has the element type `!qnet.q<grid>`: it holds codes,
    never floats, so that "SR keeps no full-precision copy" can be read off the
    types and is checked by the verifier.
  }];

  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasConstantMaterializer = 1;

  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];

  let extraClassDeclaration = [{
    /// Argument and result attribute of a training function: the piece of state
    /// (`#qnet.state`) that the value holds.
    static constexpr ::llvm::StringLiteral kStateAttrName = "qnet.state";
    /// Argument and result attribute: what else the value is ("inputs", "labels",
    /// "seed", "step", "epoch", "losses", "predictions", "outputs", "flags").
    static constexpr ::llvm::StringLiteral kRoleAttrName = "qnet.role";
    /// Function attribute: which entry of a program it is ("init", "train_step",
    /// "evaluate", "predict", "codes").
    static constexpr ::llvm::StringLiteral kEntryAttrName = "qnet.entry";
    /// Module attribute (`#qnet.program`-like dictionary): facts for the manifest.
    static constexpr ::llvm::StringLiteral kProgramAttrName = "qnet.program";

    void registerAttributes();
    void registerTypes();
    void registerOperations();
  }];
}

#endif // QNET_DIALECT
