//===- Shape.cpp - Reshape, pad and slice to linalg -----------------------===//
//
// Reshapes become views; padding and slicing read at computed places.
//
//===----------------------------------------------------------------------===//

#include "Gather.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include "qnet/Dialect/Qnet/IR/Flatten.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

/// result[x] = source[(x - offset)/stride], 0 where that is no place.
static Value buildSpread(OpBuilder &b, Location loc, Value source,
                         RankedTensorType type, ArrayRef<int64_t> offsets,
                         ArrayRef<int64_t> strides) {
  ArrayRef<int64_t> sizes = tensorTypeOf(source).getShape();
  return buildElementwise(
      b, loc, type, {}, [&](OpBuilder &inner, Location bodyLoc, ValueRange) {
        Places at{inner, bodyLoc};
        SmallVector<Place> places;
        for (int64_t i = 0, e = type.getRank(); i != e; ++i) {
          bool isSame = offsets[i] == 0 && strides[i] == 1 &&
                        sizes[i] == type.getDimSize(i);
          places.push_back(isSame ? Place{at.loop(i), {}}
                                  : at.divided(at.loop(i), offsets[i],
                                               strides[i], sizes[i]));
        }
        return Results{at.read(source, places, 0)};
      });
}

namespace {
struct ConvertReshape : OpRewritePattern<ReshapeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType result = tensorTypeOf(op.getResult());
    Value flat = buildFlattened(rewriter, op.getLoc(), op.getInput());
    rewriter.replaceOp(op,
                       buildUnflattened(rewriter, op.getLoc(), flat, result));
    return success();
  }
};

struct ConvertPad : OpRewritePattern<PadOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(PadOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType result = tensorTypeOf(op.getResult());
    SmallVector<int64_t> ones(result.getRank(), 1);
    Value padded = buildSpread(rewriter, op.getLoc(), op.getInput(), result,
                               op.getLow(), ones);
    padded.getDefiningOp()->setAttr(kPadLowAttrName,
                                    rewriter.getDenseI64ArrayAttr(op.getLow()));
    rewriter.replaceOp(op, padded);
    return success();
  }
};

struct ConvertSlice : OpRewritePattern<SliceOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SliceOp op,
                                PatternRewriter &rewriter) const override {
    auto body = [&](OpBuilder &b, Location loc, ValueRange) {
      Places at{b, loc};
      SmallVector<Place> places;
      for (auto [i, offset, stride] :
           llvm::enumerate(op.getOffsets(), op.getStrides())) {
        Value scaled =
            arith::MulIOp::create(b, loc, at.loop(i), at.constant(stride));
        places.push_back(
            {arith::AddIOp::create(b, loc, scaled, at.constant(offset)), {}});
      }
      return Results{at.read(op.getInput(), places, 0)};
    };
    rewriter.replaceOp(op, buildElementwise(rewriter, op.getLoc(),
                                            tensorTypeOf(op.getResult()), {},
                                            body));
    return success();
  }
};

struct ConvertSliceGrad : OpRewritePattern<SliceGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(SliceGradOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, buildSpread(rewriter, op.getLoc(), op.getGradient(),
                                       tensorTypeOf(op.getResult()),
                                       op.getOffsets(), op.getStrides()));
    return success();
  }
};
} // namespace

void qnet::populateShapeToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertReshape, ConvertPad, ConvertSlice, ConvertSliceGrad>(
      patterns.getContext());
}
