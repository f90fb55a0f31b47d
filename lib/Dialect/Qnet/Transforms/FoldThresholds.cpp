//===- FoldThresholds.cpp - qnet-fold-thresholds --------------------------===//
//
// x -> fl(fl(x factor) + offset) is monotone, rounding included, so the x whose
// sign is 1 form one interval. Its ends are found by bisection over all floats.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Dialect/Qnet/IR/ConstantData.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"
#include "qnet/Dialect/Qnet/Transforms/Thresholds.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace qnet {
#define GEN_PASS_DEF_QNETFOLDTHRESHOLDS
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Floats by rank: the order of ranks is that of the values, -inf to inf.
static float floatOfRank(int64_t rank) {
  uint32_t bits = rank < 0 ? uint32_t(-rank) | 0x80000000u : uint32_t(rank);
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
static constexpr int64_t kInfinityRank = 0x7F800000;

static bool isPositiveSign(float x, float factor, float offset) {
  volatile float product = x * factor; // Rounded before the sum.
  volatile float sum = product + offset;
  return sum >= 0;
}

Interval qnet::findSignInterval(float factor, float offset) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float most = std::numeric_limits<float>::max();
  Interval none = {nan, nan};
  if (std::isnan(factor) || std::isnan(offset))
    return none;
  if (factor == 0)
    return offset >= 0 ? Interval{-most, most} : none;
  // Along `direction` the predicate changes once, from false to true.
  int64_t direction = factor > 0 ? 1 : -1;
  auto holds = [&](int64_t rank) {
    return isPositiveSign(floatOfRank(direction * rank), factor, offset);
  };
  int64_t low = -kInfinityRank, high = kInfinityRank;
  if (!holds(high))
    return none;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (holds(middle))
      high = middle;
    else
      low = middle + 1;
  }
  float end = floatOfRank(direction * high);
  return direction > 0 ? Interval{end, infinity} : Interval{-infinity, end};
}

/// The floats of a constant; nothing where they are not known.
static std::optional<SmallVector<float>> getFloats(Value value) {
  ElementsAttr elements;
  if (!matchPattern(value, m_Constant(&elements)))
    return std::nullopt;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements))
    if (!resource.getRawHandle().getBlob())
      return std::nullopt;
  auto words = readWords(elements, [&] { return emitError(value.getLoc()); });
  if (failed(words))
    return std::nullopt;
  SmallVector<float> floats(words->size());
  std::memcpy(floats.data(), words->data(), 4 * words->size());
  return floats;
}

namespace {
struct FoldThreshold : OpRewritePattern<SignOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SignOp op,
                                PatternRewriter &rewriter) const override {
    auto scaled = op.getInput().getDefiningOp<ScaleShiftOp>();
    if (!scaled)
      return failure();
    auto factors = getFloats(scaled.getFactor());
    auto offsets = getFloats(scaled.getOffset());
    if (!factors || !offsets)
      return failure();
    SmallVector<float> low, high;
    for (auto [factor, offset] : llvm::zip_equal(*factors, *offsets)) {
      Interval interval = findSignInterval(factor, offset);
      low.push_back(interval.low);
      high.push_back(interval.high);
    }
    auto type = cast<RankedTensorType>(scaled.getFactor().getType());
    auto constant = [&](ArrayRef<float> values) -> Value {
      return arith::ConstantOp::create(rewriter, op.getLoc(),
                                       DenseElementsAttr::get(type, values));
    };
    rewriter.replaceOpWithNewOp<ThresholdOp>(op, scaled.getInput(),
                                             constant(low), constant(high));
    return success();
  }
};

struct QnetFoldThresholds
    : qnet::impl::QnetFoldThresholdsBase<QnetFoldThresholds> {
  using Base::Base;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldThreshold>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([&](ThresholdOp) { ++numThresholds; });
  }
};
} // namespace
