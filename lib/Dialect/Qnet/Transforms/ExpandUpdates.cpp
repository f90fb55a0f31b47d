//===- ExpandUpdates.cpp - qnet-expand-updates ----------------------------===//
//
// One linalg.generic per update, flat, with weights and slots as its outputs so
// that bufferization updates them in place. The iterator is a reduction because
// of the flags, which all elements share.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "qnet/Dialect/Qnet/IR/Flatten.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEXPANDUPDATES
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// value limited to [low, high]; NaN stays NaN.
static Value clamp(OpBuilder &b, Location loc, Value value, float low,
                   float high) {
  Value lowest = buildF32(b, loc, value.getType(), low);
  Value highest = buildF32(b, loc, value.getType(), high);
  Value below =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, value, lowest);
  value = arith::SelectOp::create(b, loc, below, lowest, value);
  Value above =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, value, highest);
  return arith::SelectOp::create(b, loc, above, highest, value);
}

/// Whether any of `values` is NaN.
static Value anyNaN(OpBuilder &b, Location loc, ValueRange values) {
  Value any;
  for (Value value : values) {
    Value nan =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
    any = any ? Value(arith::OrIOp::create(b, loc, any, nan)) : nan;
  }
  return any;
}

/// Rounds the candidate by the rule: codes, or the candidate itself.
static Value buildStored(OpBuilder &b, Location loc, UpdateOp op,
                         Value candidate, Type stored) {
  if (!isa<QType>(stored))
    return candidate;
  RoundingAttrInterface rounding = op.getRule().getStateRounding();
  Value random;
  if (unsigned bits = rounding.getRandomBits()) {
    Value index = linalg::IndexOp::create(b, loc, 0);
    random = RandomBitsOp::create(b, loc, b.getI32Type(), Stream::Update,
                                  op.getParameter(), op.getSeed(), op.getStep(),
                                  index, bits);
  }
  return EncodeOp::create(b, loc, stored, candidate, random, rounding);
}

/// The body for one element: args are gradient, weight, slots, flag.
static void buildBody(OpBuilder &b, Location loc, UpdateOp op,
                      ValueRange scalars, ValueRange args) {
  Value gradient = args[0], stored = args[1], flag = args.back();
  ValueRange slots = args.drop_front(2).drop_back();
  if (std::optional<APFloat> clip = op.getClipGradient())
    gradient = clamp(b, loc, gradient, -clip->convertToFloat(),
                     clip->convertToFloat());
  Value weight = stored;
  if (isa<QType>(stored.getType()))
    weight = DecodeOp::create(b, loc, b.getF32Type(), stored);

  SmallVector<Value> newSlots;
  Value step = op.getOptimizer().buildStep(b, loc, scalars, weight, gradient,
                                           slots, newSlots);
  Value candidate = arith::SubFOp::create(b, loc, weight, step);
  SmallVector<Value> checked{candidate};
  checked.append(newSlots);
  Value nan = anyNaN(b, loc, checked);
  // Encoding clamps by itself.
  if (GridAttrInterface grid = op.getGridAttr(); grid && weight == stored)
    candidate = clamp(b, loc, candidate, grid.getLowest(), grid.getHighest());
  // What is on the grid is rounded to itself.
  candidate = arith::SelectOp::create(b, loc, nan, weight, candidate);
  SmallVector<Value> results = {
      buildStored(b, loc, op, candidate, stored.getType())};
  for (auto [old, updated] : llvm::zip_equal(slots, newSlots))
    results.push_back(arith::SelectOp::create(b, loc, nan, old, updated));
  Value bit = arith::ExtUIOp::create(b, loc, flag.getType(), nan);
  results.push_back(arith::OrIOp::create(b, loc, flag, bit));
  linalg::YieldOp::create(b, loc, results);
}

static void expandUpdate(UpdateOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  Value rate = op.getRate();
  if (op.getRateScale().convertToFloat() != 1.0f)
    rate = arith::MulFOp::create(
        b, loc, rate,
        buildF32(b, loc, rate.getType(), op.getRateScale().convertToFloat()));
  SmallVector<Value> scalars =
      op.getOptimizer().buildScalars(b, loc, rate, op.getStep());

  Value gradient = buildFlattened(b, loc, op.getGradient());
  SmallVector<Value> outputs{buildFlattened(b, loc, op.getWeights())};
  for (Value slot : op.getSlots())
    outputs.push_back(buildFlattened(b, loc, slot));
  outputs.push_back(op.getFlags());

  AffineMap identity = b.getMultiDimIdentityMap(1);
  AffineMap flagMap = AffineMap::get(
      1, 0, b.getAffineConstantExpr(op.getParameter()), b.getContext());
  SmallVector<AffineMap> maps(outputs.size(), identity);
  maps.push_back(flagMap);
  SmallVector<Type> types(ValueRange(outputs).getTypes());
  auto generic = linalg::GenericOp::create(
      b, loc, types, gradient, outputs, maps,
      ArrayRef{utils::IteratorType::reduction},
      [&](OpBuilder &body, Location bodyLoc, ValueRange args) {
        buildBody(body, bodyLoc, op, scalars, args);
      });
  SmallVector<Value> results;
  for (auto [result, old] :
       llvm::zip_equal(generic.getResults(), op->getResults()))
    results.push_back(buildUnflattened(b, loc, result,
                                       cast<RankedTensorType>(old.getType())));
  op.replaceAllUsesWith(results);
  op.erase();
}

namespace {
struct QnetExpandUpdates
    : qnet::impl::QnetExpandUpdatesBase<QnetExpandUpdates> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<UpdateOp> updates;
    getOperation()->walk([&](UpdateOp op) { updates.push_back(op); });
    for (UpdateOp op : updates)
      expandUpdate(op);
    numExpanded += updates.size();
  }
};
} // namespace
