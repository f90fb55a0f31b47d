//===- LoopPoints.cpp - The iterations of a linalg op, numbered -----------===//
//
// See LoopPoints.h.
//
//===----------------------------------------------------------------------===//

#include "LoopPoints.h"
#include "../Common/LinalgBody.h"
#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace qnet;

LoopPoints::LoopPoints(linalg::GenericOp op)
    : ranges(op.getStaticLoopRanges()) {
  for (auto [i, iterator] : llvm::enumerate(op.getIteratorTypesArray()))
    (iterator == utils::IteratorType::parallel ? parallel : reductions)
        .push_back(i);
}

int64_t LoopPoints::count(ArrayRef<unsigned> loops) const {
  int64_t product = 1;
  for (unsigned loop : loops)
    product *= ranges[loop];
  return product;
}

void LoopPoints::split(ImplicitLocOpBuilder &b, ArrayRef<unsigned> loops,
                       Value number, MutableArrayRef<Value> ivs) const {
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  for (unsigned loop : loops)
    ivs[loop] = index(0);
  for (unsigned loop : llvm::reverse(loops)) {
    if (ranges[loop] == 1)
      continue;
    bool isOuter = llvm::all_of(loops, [&](unsigned other) {
      return other >= loop || ranges[other] == 1;
    });
    if (isOuter) {
      ivs[loop] = number;
      break;
    }
    ivs[loop] = arith::RemUIOp::create(b, number, index(ranges[loop]));
    number = arith::DivUIOp::create(b, number, index(ranges[loop]));
  }
}

static SmallVector<Value> indicesOf(ImplicitLocOpBuilder &b,
                                    linalg::GenericOp op, OpOperand &operand,
                                    ArrayRef<Value> ivs) {
  return buildIndices(b, b.getLoc(), op.getMatchingIndexingMap(&operand), ivs);
}

Value qnet::loadElement(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                        OpOperand &operand, ArrayRef<Value> ivs) {
  if (!isa<MemRefType>(operand.get().getType()))
    return operand.get();
  return memref::LoadOp::create(b, operand.get(),
                                indicesOf(b, op, operand, ivs));
}

Value qnet::loadStart(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                      OpOperand &output, linalg::FillOp fill,
                      ArrayRef<Value> ivs) {
  return fill ? fillValue(b, fill) : loadElement(b, op, output, ivs);
}

void qnet::storeElement(ImplicitLocOpBuilder &b, linalg::GenericOp op,
                        OpOperand &output, Value value, ArrayRef<Value> ivs) {
  memref::StoreOp::create(b, value, output.get(),
                          indicesOf(b, op, output, ivs));
}
