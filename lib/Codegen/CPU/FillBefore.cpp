//===- FillBefore.cpp - The fill that only one op sees --------------------===//
//
// Looks back over the ops of the block until one touches the buffer, through
// whatever view.
//
//===----------------------------------------------------------------------===//

#include "FillBefore.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

/// The buffer that `value` views.
static Value getBase(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

static bool touches(Operation *op, Value base) {
  return op
      ->walk([&](Operation *inner) {
        bool uses = !isa<ViewLikeOpInterface>(inner) &&
                    llvm::any_of(inner->getOperands(), [&](Value operand) {
                      return isa<BaseMemRefType>(operand.getType()) &&
                             getBase(operand) == base;
                    });
        return uses ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

linalg::FillOp qnet::findFillBefore(Operation *op, Value out) {
  Value base = getBase(out);
  for (Operation *it = op->getPrevNode(); it; it = it->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(it);
    if (fill && fill.getOutputs()[0] == out)
      return fill;
    if (touches(it, base))
      return {};
  }
  return {};
}
