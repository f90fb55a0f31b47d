//===- TensorNames.h - What a tensor of a step is called --------*- C++ -*-===//
//
// Names of tensors travel as locations: the op that computes a tensor is at
// NameLoc("conv1.relu"), around its place in the user's file; where the tensor
// is a gradient, at a FusedLoc with the kind as its metadata. Passes keep
// locations anyway, so that a buffer of the memory plan still has a name.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_TENSORNAMES_H
#define QNET_DIALECT_QNET_IR_TENSORNAMES_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Location.h"

namespace qnet {

enum class TensorKind { Activation, Gradient, ParameterGradient, Workspace };

/// "activation", "gradient", "parameter gradient", "workspace"
llvm::StringRef stringifyTensorKind(TensorKind kind);
/// The kind of this name; none where there is no such.
std::optional<TensorKind> symbolizeTensorKind(llvm::StringRef text);

/// The name and kind of a tensor whose op is at `loc`. The name is empty where
/// there is none.
struct TensorName {
  llvm::StringRef name;
  TensorKind kind = TensorKind::Activation;
};
TensorName getTensorName(mlir::Location loc);

/// `loc` for a tensor of this kind that belongs to the tensor at `loc`: its
/// gradient, or memory that its computation needs.
mlir::Location markKind(mlir::Location loc, TensorKind kind);
/// `loc` with `suffix` after its name; as it is where it has none.
mlir::Location extendName(mlir::Location loc, llvm::StringRef suffix);
/// The place in the user's file.
mlir::Location dropNames(mlir::Location loc);

/// Names the ops of a model: after their parameter or layer, or else after the
/// one before them, and their mnemonic. An op keeps a name that it has.
void nameLayers(mlir::Block &model);

} // namespace qnet

#endif // QNET_DIALECT_QNET_IR_TENSORNAMES_H
