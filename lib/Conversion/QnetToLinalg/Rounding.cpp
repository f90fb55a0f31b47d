//===- Rounding.cpp - Rounding and initial values of tensors --------------===//
//
// Rounding, codes and initial values of whole tensors as flat loops whose
// bodies hold the scalar ops. Random bits are drawn in the loop that uses them,
// by flat index.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

/// Random bits of an initial value: what an f32 in [0, 1) can hold.
static constexpr unsigned kUniformBits = 24;

/// The bits of `random` for the element of this iteration.
static Value buildBitsHere(OpBuilder &b, Location loc, RandomBitsOp random) {
  Value index = linalg::IndexOp::create(b, loc, 0);
  return RandomBitsOp::create(b, loc, b.getI32Type(), random.getStream(),
                              random.getParameter(), random.getBase(),
                              random.getSeed(), random.getStep(), index,
                              random.getBits());
}

/// The element-wise form of an op with an optional `random` operand, which is
/// drawn in place if it is a qnet.random_bits.
template <typename OpT>
static Value buildRounding(OpBuilder &b, OpT op, Value value,
                           function_ref<Value(OpBuilder &, Value, Value)> fn) {
  SmallVector<Value> inputs{value};
  RandomBitsOp drawn;
  if (Value random = op.getRandom()) {
    drawn = random.template getDefiningOp<RandomBitsOp>();
    if (!drawn)
      inputs.push_back(random);
  }
  return buildFlat(b, op.getLoc(), tensorTypeOf(op.getResult()), inputs,
                   [&](OpBuilder &inner, Location loc, ValueRange args) {
                     Value bits;
                     if (drawn)
                       bits = buildBitsHere(inner, loc, drawn);
                     else if (inputs.size() == 2)
                       bits = args[1];
                     return Results{fn(inner, args[0], bits)};
                   });
}

namespace {
struct ConvertRound : OpRewritePattern<RoundOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(RoundOp op,
                                PatternRewriter &rewriter) const override {
    if (!isa<RankedTensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "not on a tensor");
    Value result = buildRounding<RoundOp>(
        rewriter, op, op.getValue(),
        [&](OpBuilder &b, Value value, Value bits) {
          return RoundOp::create(b, op.getLoc(), value.getType(), value, bits,
                                 op.getGridAttr(), op.getRoundingAttr());
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertEncode : OpRewritePattern<EncodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(EncodeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "not on a tensor");
    Value result = buildRounding<EncodeOp>(
        rewriter, op, op.getValue(),
        [&](OpBuilder &b, Value value, Value bits) {
          return EncodeOp::create(b, op.getLoc(), type.getElementType(), value,
                                  bits, op.getRoundingAttr());
        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertDecode : OpRewritePattern<DecodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DecodeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "not on a tensor");
    rewriter.replaceOp(
        op, buildFlat(rewriter, op.getLoc(), type, op.getCodes(),
                      [](OpBuilder &b, Location loc, ValueRange args) {
                        return Results{
                            DecodeOp::create(b, loc, b.getF32Type(), args[0])};
                      }));
    return success();
  }
};

struct ConvertRandomBits : OpRewritePattern<RandomBitsOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(RandomBitsOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "not of a tensor");
    rewriter.replaceOp(op,
                       buildFlat(rewriter, op.getLoc(), type, {},
                                 [&](OpBuilder &b, Location loc, ValueRange) {
                                   return Results{buildBitsHere(b, loc, op)};
                                 }));
    return success();
  }
};

/// Connections of a unit: the last dimension goes in, the first comes out, and
/// dimensions between them count for both.
static std::pair<int64_t, int64_t> fansOf(RankedTensorType type) {
  if (type.getRank() < 2 || type.getNumElements() == 0)
    return {type.getNumElements(), type.getNumElements()};
  return {type.getNumElements() / type.getShape().front(),
          type.getNumElements() / type.getShape().back()};
}

struct ConvertInitialValue : OpRewritePattern<InitialValueOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(InitialValueOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType type = tensorTypeOf(op.getResult());
    auto [fanIn, fanOut] = fansOf(type);
    InitializerAttrInterface initializer = op.getInitializer();
    Value step = buildI32(rewriter, op.getLoc(), rewriter.getI32Type(), 0);
    auto body = [&, fanIn = fanIn, fanOut = fanOut](OpBuilder &b, Location loc,
                                                    ValueRange) {
      Value index = linalg::IndexOp::create(b, loc, 0);
      Value uniform;
      if (initializer.isRandom()) {
        Value bits = RandomBitsOp::create(
            b, loc, b.getI32Type(), Stream::Initialization, op.getParameter(),
            op.getSeed(), step, index, kUniformBits);
        Value real = arith::UIToFPOp::create(b, loc, b.getF32Type(), bits);
        Scalars s{b, loc};
        uniform = s.mul(real, s.f32(1.0f / (1 << kUniformBits)));
      }
      return Results{
          initializer.buildValue(b, loc, index, uniform, fanIn, fanOut)};
    };
    rewriter.replaceOp(op, buildFlat(rewriter, op.getLoc(), type, {}, body));
    return success();
  }
};
} // namespace

void qnet::populateRoundingToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertRound, ConvertEncode, ConvertDecode, ConvertRandomBits,
               ConvertInitialValue>(patterns.getContext());
}
