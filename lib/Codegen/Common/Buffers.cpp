//===- Buffers.cpp - Facts about buffers and views ------------------------===//
//
// Views with a constant place in a block of bytes are intervals of it; of other
// views only the buffer is known.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Common/Buffers.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

Value qnet::getBase(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

Value qnet::stripReshapes(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<memref::CastOp, memref::CollapseShapeOp,
                         memref::ExpandShapeOp>(op)) {
    value = op->getOperand(0);
    op = value.getDefiningOp();
  }
  return value;
}

bool qnet::touches(Operation *op, Value base) {
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
  Operation *origin = base.getDefiningOp();
  for (Operation *it = op->getPrevNode(); it && it != origin;
       it = it->getPrevNode()) {
    auto fill = dyn_cast<linalg::FillOp>(it);
    if (fill && fill.getOutputs()[0] == out)
      return fill;
    if (touches(it, base))
      return {};
  }
  return {};
}

namespace {
/// Bytes [begin, end) of a buffer.
struct Extent {
  Value base;
  int64_t begin, end;
};
} // namespace

static constexpr int64_t kUnknownEnd = INT64_MAX;

static int64_t sizeInBytes(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !memref.hasStaticShape() || !memref.getLayout().isIdentity())
    return kUnknownEnd;
  int64_t count = memref.getNumElements();
  if (auto codes = dyn_cast<QType>(memref.getElementType()))
    return getNumWords(codes.getGrid(), count) * int64_t(sizeof(int32_t));
  if (!memref.getElementType().isIntOrFloat())
    return kUnknownEnd;
  return count * llvm::divideCeil(memref.getElementTypeBitWidth(), 8);
}

static Extent getExtent(Value value) {
  value = stripReshapes(value);
  if (auto view = value.getDefiningOp<memref::ViewOp>())
    if (std::optional<int64_t> begin = getConstantIntValue(view.getByteShift()))
      if (!view.getSource().getDefiningOp<ViewLikeOpInterface>()) {
        int64_t size = sizeInBytes(view.getType());
        return {view.getSource(), *begin,
                size == kUnknownEnd ? size : *begin + size};
      }
  return {getBase(value), 0, kUnknownEnd};
}

static bool hasOwnMemory(Value base) {
  if (auto argument = dyn_cast<BlockArgument>(base))
    return argument.getOwner()->isEntryBlock() &&
           isa<func::FuncOp>(argument.getOwner()->getParentOp());
  return base.getDefiningOp<memref::AllocOp>() != nullptr;
}

bool qnet::areDisjoint(Value a, Value b) {
  Extent x = getExtent(a), y = getExtent(b);
  if (x.base == y.base)
    return x.end <= y.begin || y.end <= x.begin;
  return hasOwnMemory(x.base) && hasOwnMemory(y.base);
}
