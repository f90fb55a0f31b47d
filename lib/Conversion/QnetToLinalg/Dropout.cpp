//===- Dropout.cpp - Dropout to linalg ------------------------------------===//
//
// A flat loop that draws the random bits of each value where it needs them: no
// mask is stored, in the forward pass or for the adjoint.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

/// Random bits of one decision: p * 2^24 is below 2^24 for every f32 p < 1.
static constexpr unsigned kDropoutBits = 24;

/// The element that this iteration draws for, counted from the batch's first
/// sample.
static Value buildElementHere(OpBuilder &b, Location loc, DropoutTrainOp op) {
  Value index = linalg::IndexOp::create(b, loc, 0);
  if (!op.getFirst())
    return index;
  RankedTensorType type = tensorTypeOf(op.getResult());
  Value perSample = arith::ConstantIndexOp::create(
      b, loc, type.getNumElements() / type.getDimSize(0));
  Value before = arith::MulIOp::create(b, loc, op.getFirst(), perSample);
  return arith::AddIOp::create(b, loc, before, index);
}

namespace {
struct ConvertDropout : OpRewritePattern<DropoutTrainOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DropoutTrainOp op,
                                PatternRewriter &rewriter) const override {
    float p = op.getProbability().convertToFloat();
    double bound = std::nearbyint(std::ldexp(double(p), kDropoutBits));
    auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
      Scalars s{b, loc};
      Value bits = RandomBitsOp::create(
          b, loc, b.getI32Type(), Stream::Dropout, op.getNumber(), op.getSeed(),
          op.getStep(), buildElementHere(b, loc, op), kDropoutBits);
      Value threshold = buildI32(b, loc, b.getI32Type(), int32_t(bound));
      Value dropped = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                            bits, threshold);
      Value kept = s.mul(args[0], s.f32(1.0f / (1.0f - p)));
      return SmallVector<Value>{s.select(dropped, s.f32(0), kept)};
    };
    rewriter.replaceOp(op, buildFlat(rewriter, op.getLoc(),
                                     tensorTypeOf(op.getResult()),
                                     op.getInput(), body));
    return success();
  }
};
} // namespace

void qnet::populateDropoutToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertDropout>(patterns.getContext());
}
