//===- LoopEmitter.cpp - Short forms for emitting loops -------------------===//
//
// Constants are folded while emitting, so that what a pass prints can be read
// without a canonicalizer run.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Codegen/Common/ParallelLoops.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"

using namespace mlir;

Value qnet::loops::index(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value qnet::loops::add(ImplicitLocOpBuilder &b, Value x, Value y) {
  return b.createOrFold<arith::AddIOp>(x, y);
}

Value qnet::loops::add(ImplicitLocOpBuilder &b, Value x, int64_t y) {
  return y == 0 ? x : add(b, x, index(b, y));
}

Value qnet::loops::sub(ImplicitLocOpBuilder &b, Value x, Value y) {
  return b.createOrFold<arith::SubIOp>(x, y);
}

Value qnet::loops::mul(ImplicitLocOpBuilder &b, Value x, int64_t y) {
  return y == 1 ? x : b.createOrFold<arith::MulIOp>(x, index(b, y));
}

Value qnet::loops::min(ImplicitLocOpBuilder &b, Value x, int64_t y) {
  return b.createOrFold<arith::MinUIOp>(x, index(b, y));
}

std::pair<Value, Value> qnet::loops::divide(ImplicitLocOpBuilder &b, Value x,
                                            int64_t y) {
  Value quotient = b.createOrFold<arith::DivUIOp>(x, index(b, y));
  return {quotient, b.createOrFold<arith::RemUIOp>(x, index(b, y))};
}

Value qnet::loops::lessThan(ImplicitLocOpBuilder &b, Value x, int64_t y) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::ult, x,
                                       index(b, y));
}

void qnet::loops::forEach(ImplicitLocOpBuilder &b, Value begin, Value end,
                          int64_t step, llvm::function_ref<void(Value)> body) {
  std::optional<int64_t> first = getConstantIntValue(begin);
  std::optional<int64_t> last = getConstantIntValue(end);
  if (first && last && *first < *last && *first + step >= *last)
    return body(begin);
  if (first && last && *first >= *last)
    return;
  auto loop = scf::ForOp::create(b, begin, end, index(b, step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void qnet::loops::keepRolled(Operation *loop) {
  MLIRContext *context = loop->getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(context, BoolAttr::get(context, true),
                                          {}, {}, {}, {}, {}, {});
  loop->setAttr("llvm.loop_annotation",
                LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {},
                                              {}, {}, {}, {}, {}, {}, {}, {},
                                              {}, {}));
}

void qnet::loops::forAll(ImplicitLocOpBuilder &b, int64_t count,
                         llvm::function_ref<void(Value)> body) {
  auto loop = scf::ParallelOp::create(b, ValueRange{index(b, 0)},
                                      ValueRange{index(b, count)},
                                      ValueRange{index(b, 1)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVars()[0]);
}

void qnet::loops::forEachRound(ImplicitLocOpBuilder &b, int64_t count,
                               llvm::function_ref<void(Value)> body) {
  forEach(b, index(b, 0), index(b, count), 1, [&](Value round) {
    if (auto loop = dyn_cast<scf::ForOp>(b.getBlock()->getParentOp());
        loop && count > 1)
      loop->setAttr(kPrivateRoundsAttrName, b.getUnitAttr());
    body(round);
  });
}

void qnet::loops::split(ImplicitLocOpBuilder &b, Value i, int64_t bound,
                        int64_t count, llvm::function_ref<void()> then,
                        llvm::function_ref<void()> orElse) {
  if (bound >= count)
    return then();
  if (bound <= 0)
    return orElse();
  auto branch = scf::IfOp::create(b, lessThan(b, i, bound),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
  b.setInsertionPointToStart(branch.elseBlock());
  orElse();
}

Value qnet::loops::allocateWorkspace(ImplicitLocOpBuilder &b, MemRefType type) {
  auto alloc = memref::AllocOp::create(b, type, b.getI64IntegerAttr(64));
  alloc->setLoc(markKind(alloc.getLoc(), TensorKind::Workspace));
  return alloc;
}

VectorType qnet::loops::f32Lanes(ImplicitLocOpBuilder &b, int64_t lanes) {
  return VectorType::get(lanes, b.getF32Type());
}

VectorType qnet::loops::i32Lanes(ImplicitLocOpBuilder &b, int64_t lanes) {
  return VectorType::get(lanes, b.getI32Type());
}

Value qnet::loops::firstLanes(ImplicitLocOpBuilder &b, int64_t lanes,
                              int64_t count) {
  SmallVector<bool> mask(lanes, false);
  std::fill_n(mask.begin(), count, true);
  auto type = VectorType::get(lanes, b.getI1Type());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, mask));
}

Value qnet::loops::loadLanes(ImplicitLocOpBuilder &b, VectorType type,
                             Value buffer, ValueRange at, int64_t count) {
  int64_t lanes = type.getNumElements();
  if (count == lanes)
    return vector::LoadOp::create(b, type, buffer, at);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, buffer, at,
                                      firstLanes(b, lanes, count), zero);
}

void qnet::loops::storeLanes(ImplicitLocOpBuilder &b, Value lanes, Value buffer,
                             ValueRange at, int64_t count) {
  int64_t all = cast<VectorType>(lanes.getType()).getNumElements();
  if (count == all)
    vector::StoreOp::create(b, lanes, buffer, at);
  else
    vector::MaskedStoreOp::create(b, buffer, at, firstLanes(b, all, count),
                                  lanes);
}

Value qnet::loops::broadcastLanes(ImplicitLocOpBuilder &b, Value scalar,
                                  int64_t lanes) {
  auto type = VectorType::get(lanes, scalar.getType());
  Attribute constant;
  if (matchPattern(scalar, m_Constant(&constant)))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(type, constant));
  return vector::BroadcastOp::create(b, type, scalar);
}
