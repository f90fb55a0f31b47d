//===- QnetOps.h - Operations of the dialect --------------------*- C++ -*-===//
//
// Everything in the qnet dialect: ops, and with them attributes, types,
// interfaces.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_QNETOPS_H
#define QNET_DIALECT_QNET_IR_QNETOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"

namespace qnet {

/// Trait of ops that take grid weights as codes (`!qnet.q`) in place of f32, as
/// their second operand. To any other op the training step gives decoded
/// weights.
template <typename ConcreteType>
class TakesCodes : public mlir::OpTrait::TraitBase<ConcreteType, TakesCodes> {};

/// Trait of ops whose result is affine in all operands together.
template <typename ConcreteType>
class Affine : public mlir::OpTrait::TraitBase<ConcreteType, Affine> {};

/// Trait of ops whose result is affine in the operands as long as not both of
/// the first two vary.
template <typename ConcreteType>
class Bilinear : public mlir::OpTrait::TraitBase<ConcreteType, Bilinear> {};

namespace detail {
/// Compares the result types of `op` with `inferred`; emits an error if they
/// differ.
mlir::LogicalResult verifyResultTypes(mlir::Operation *op,
                                      mlir::TypeRange inferred);
} // namespace detail

/// Trait of ops whose result types are those that shape inference gives.
template <typename ConcreteType>
class ResultTypesInferred
    : public mlir::OpTrait::TraitBase<ConcreteType, ResultTypesInferred> {
public:
  static mlir::LogicalResult verifyTrait(mlir::Operation *op) {
    llvm::SmallVector<mlir::Type> types;
    if (mlir::failed(ConcreteType::inferReturnTypes(
            op->getContext(), op->getLoc(), op->getOperands(),
            op->getRawDictionaryAttrs(), op->getPropertiesStorage(),
            op->getRegions(), types)))
      return mlir::failure();
    return detail::verifyResultTypes(op, types);
  }
};

} // namespace qnet

#define GET_OP_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetOps.h.inc"

#endif // QNET_DIALECT_QNET_IR_QNETOPS_H
