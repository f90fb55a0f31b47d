//===- Captures.cpp - What a loop that moves takes along ------------------===//
//
// See Captures.h.
//
//===----------------------------------------------------------------------===//

#include "Captures.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace qnet;

bool qnet::isComputedAgain(Operation *op) {
  if (!op || op->getNumRegions() || op->getNumResults() != 1)
    return false;
  bool isSmaller = op->hasTrait<OpTrait::ConstantLike>() ||
                   isa<ViewLikeOpInterface, memref::GetGlobalOp>(op) ||
                   isa<VectorType>(op->getResult(0).getType());
  return isSmaller && isPure(op);
}

void qnet::collectCaptures(Value value, SetVector<Value> &captures) {
  Operation *op = value.getDefiningOp();
  if (!isComputedAgain(op)) {
    captures.insert(value);
    return;
  }
  for (Value operand : op->getOperands())
    collectCaptures(operand, captures);
}

Value qnet::computeAgain(OpBuilder &builder, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    computeAgain(builder, operand, mapping);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

void qnet::computeInside(OpBuilder &builder, Operation *op,
                         ArrayRef<Value> values, IRMapping &mapping) {
  for (Value value : values) {
    Value inside = computeAgain(builder, value, mapping);
    op->replaceUsesOfWith(value, inside);
    for (Region &region : op->getRegions())
      replaceAllUsesInRegionWith(value, inside, region);
  }
}

bool qnet::isKeptApart(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument || !argument.getOwner()->isEntryBlock())
    return false;
  auto function =
      dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  return function &&
         function.getArgAttr(argument.getArgNumber(),
                             LLVM::LLVMDialect::getNoAliasAttrName());
}

bool qnet::isPassable(Value value) {
  auto memref = dyn_cast<BaseMemRefType>(value.getType());
  if (!memref)
    return true;
  auto ranked = dyn_cast<MemRefType>(memref);
  return ranked && ranked.hasStaticShape() && ranked.getLayout().isIdentity();
}
