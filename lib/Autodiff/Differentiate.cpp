//===- Differentiate.cpp - Reverse-mode differentiation -------------------===//
//
// Walks a block backwards from a value and lets every op on the way from a
// parameter build its adjoint. Gradients of values with several uses are summed
// in the order in which the walk meets the uses, which is fixed by the IR.
//
//===----------------------------------------------------------------------===//

#include "qnet/Autodiff/Differentiate.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace qnet;

/// Values of `block` that depend on one of `parameters`.
static DenseSet<Value> findDependents(Block *block,
                                      ArrayRef<Value> parameters) {
  DenseSet<Value> dependents(parameters.begin(), parameters.end());
  for (Operation &op : *block)
    if (llvm::any_of(op.getOperands(),
                     [&](Value v) { return dependents.contains(v); }))
      dependents.insert(op.result_begin(), op.result_end());
  return dependents;
}

/// Ops that `value` depends on and that depend on a parameter, last first.
static SmallVector<Operation *> findPath(Value value,
                                         const DenseSet<Value> &dependents) {
  SmallVector<Operation *> path;
  DenseSet<Operation *> wanted;
  if (Operation *op = value.getDefiningOp())
    wanted.insert(op);
  if (wanted.empty())
    return path;
  for (Operation *op = value.getDefiningOp(); op; op = op->getPrevNode()) {
    if (!wanted.contains(op))
      continue;
    bool depends = false;
    for (Value operand : op->getOperands()) {
      if (!dependents.contains(operand))
        continue;
      depends = true;
      if (Operation *producer = operand.getDefiningOp())
        wanted.insert(producer);
    }
    if (depends)
      path.push_back(op);
  }
  return path;
}

LogicalResult qnet::checkAdjoints(Value value, ArrayRef<Value> parameters) {
  DenseSet<Value> dependents =
      findDependents(value.getParentBlock(), parameters);
  for (Operation *op : findPath(value, dependents))
    if (!isa<DifferentiableOpInterface, ModalOpInterface>(op))
      return op->emitOpError(
          "has no adjoint; training needs one for every op between a parameter "
          "and the loss");
  return success();
}

static void accumulate(OpBuilder &builder, GradientMap &gradients, Value value,
                       Value gradient, TensorKind kind) {
  auto [it, inserted] = gradients.try_emplace(value, gradient);
  if (!inserted)
    it->second = AddOp::create(builder, markKind(value.getLoc(), kind),
                               it->second, gradient);
}

FailureOr<GradientMap> qnet::buildGradients(OpBuilder &builder, Value value,
                                            Value seed,
                                            ArrayRef<Value> parameters,
                                            unsigned &numAdjoints) {
  DenseSet<Value> dependents =
      findDependents(value.getParentBlock(), parameters);
  GradientMap gradients;
  gradients[value] = seed;
  DenseSet<Operation *> named;
  for (Operation *op : findPath(value, dependents)) {
    SmallVector<Value> resultGradients;
    for (Value result : op->getResults())
      resultGradients.push_back(gradients.lookup(result));
    if (llvm::none_of(resultGradients, [](Value v) { return bool(v); }))
      continue;
    auto differentiable = dyn_cast<DifferentiableOpInterface>(op);
    if (!differentiable)
      return op->emitOpError("has no adjoint");
    SmallVector<bool> needed;
    for (Value operand : op->getOperands())
      needed.push_back(dependents.contains(operand));
    FailureOr<SmallVector<Value>> operandGradients =
        differentiable.buildAdjoint(builder, resultGradients, needed);
    if (failed(operandGradients))
      return failure();
    ++numAdjoints;
    for (auto [operand, gradient, wanted] :
         llvm::zip_equal(op->getOperands(), *operandGradients, needed)) {
      if (!wanted || !gradient)
        continue;
      TensorKind kind = llvm::is_contained(parameters, operand)
                            ? TensorKind::ParameterGradient
                            : TensorKind::Gradient;
      // An adjoint may hand on what it got; of several results that it computes
      // at once, the first gives the name.
      Operation *source = gradient.getDefiningOp();
      if (source && !llvm::is_contained(resultGradients, gradient) &&
          named.insert(source).second)
        source->setLoc(markKind(operand.getLoc(), kind));
      accumulate(builder, gradients, operand, gradient, kind);
    }
  }
  return gradients;
}
