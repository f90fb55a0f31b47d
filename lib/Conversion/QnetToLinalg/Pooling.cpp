//===- Pooling.cpp - Pooling to linalg ------------------------------------===//
//
// Loops (n, p, q, i, j, c) over windows and taps; gradients gather over the
// windows that an input is in, (n, h, w, i, j, c), so that no two iterations
// write one place.
//
//===----------------------------------------------------------------------===//

#include "Gather.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"
#include <limits>

using namespace mlir;
using namespace qnet;

using Results = SmallVector<Value>;

static constexpr float kLowest = -std::numeric_limits<float>::infinity();

template <typename OpT>
static Windows windowsOf(OpT op, RankedTensorType input) {
  return *getWindows(std::nullopt, input.getShape(), op.getWindow(),
                     op.getStrides(), op.getPads());
}

/// Accumulates over the taps of windows, loops (n, a, b, i, j, c) where (a, b)
/// are the rows and columns of the results, which start as `starts`.
static Results buildOverTaps(OpBuilder &b, Location loc, const Windows &windows,
                             ArrayRef<Value> starts, BodyFn body) {
  Value taps = tensor::EmptyOp::create(
      b, loc, {windows.window[0], windows.window[1]}, b.getF32Type());
  SmallVector<LoopOperand> outputs;
  for (Value start : starts)
    outputs.push_back({start, {0, 1, 2, 5}});
  auto dropTap = [&](OpBuilder &inner, Location bodyLoc, ValueRange args) {
    return body(inner, bodyLoc, args.drop_front());
  };
  auto generic =
      buildGeneric(b, loc, 6, {3, 4}, {{taps, {3, 4}}}, outputs, dropTap);
  return Results(generic.getResults());
}

/// The input under tap (i, j) of window (p, q).
static Value readTap(Places at, Value input, const Windows &windows,
                     float otherwise) {
  Place row = at.inWindow(at.loop(1), at.loop(3), windows, 0);
  Place column = at.inWindow(at.loop(2), at.loop(4), windows, 1);
  return at.read(input, {{at.loop(0), {}}, row, column, {at.loop(5), {}}},
                 otherwise);
}

/// i KW + j
static Value numberOf(Places at, const Windows &windows, Value i, Value j) {
  Value row =
      arith::MulIOp::create(at.b, at.loc, i, at.constant(windows.window[1]));
  Value number = arith::AddIOp::create(at.b, at.loc, row, j);
  return arith::IndexCastOp::create(at.b, at.loc, at.b.getI32Type(), number);
}

static Value tapNumber(Places at, const Windows &windows) {
  return numberOf(at, windows, at.loop(3), at.loop(4));
}

/// Whether a tap takes the lead of its window: it is no padding, and the first,
/// or larger, or the first NaN (which the forward pass lets through too).
static Value winsWindow(Places at, const Windows &windows, Value tap,
                        Value best, Value winner) {
  OpBuilder &b = at.b;
  Location loc = at.loc;
  auto compare = [&](arith::CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, predicate, x, y);
  };
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, winner,
                                      buildI32(b, loc, b.getI32Type(), 0));
  Value larger = compare(arith::CmpFPredicate::OGT, tap, best);
  Value tapIsNaN = compare(arith::CmpFPredicate::UNO, tap, tap);
  Value bestIsNot = compare(arith::CmpFPredicate::ORD, best, best);
  Value firstNaN = arith::AndIOp::create(b, loc, tapIsNaN, bestIsNot);
  Value leads = arith::OrIOp::create(b, loc, first, larger);
  leads = arith::OrIOp::create(b, loc, leads, firstNaN);
  Place row = at.inWindow(at.loop(1), at.loop(3), windows, 0);
  Place column = at.inWindow(at.loop(2), at.loop(4), windows, 1);
  return at.both(at.both(row.exists, column.exists), leads);
}

/// Whether each input is in one window at most, from the first input on.
static bool areDisjoint(const Windows &windows) {
  return llvm::equal(windows.strides, windows.window) && windows.low[0] == 0 &&
         windows.low[1] == 0;
}

/// The row or column of the window that input `at.loop(dimension + 1)` is in, and
/// its tap there.
static std::pair<Place, Value> onlyWindow(Places at, const Windows &windows,
                                          int dimension) {
  OpBuilder &b = at.b;
  Value index = at.loop(dimension + 1);
  Value size = at.constant(windows.window[dimension]);
  Value number = arith::DivUIOp::create(b, at.loc, index, size);
  Value tap = arith::RemUIOp::create(b, at.loc, index, size);
  int64_t count = windows.output[dimension];
  if (windows.input[dimension] <= count * windows.window[dimension])
    return {{number, {}}, tap};
  Value exists = arith::CmpIOp::create(b, at.loc, arith::CmpIPredicate::ult,
                                       number, at.constant(count));
  return {{number, exists}, tap};
}

/// Each input's share of the gradients of disjoint windows, given the number of
/// each window's winning tap.
static Value buildDisjointMaxGrad(OpBuilder &builder, Location loc,
                                  const Windows &windows, Value winners,
                                  Value gradient, RankedTensorType type) {
  return buildElementwise(
      builder, loc, type, {}, [&](OpBuilder &b, Location bodyLoc, ValueRange) {
        Places at{b, bodyLoc};
        Scalars s{b, bodyLoc};
        auto [row, rowTap] = onlyWindow(at, windows, 0);
        auto [column, columnTap] = onlyWindow(at, windows, 1);
        auto safe = [&](const Place &place) {
          return place.exists
                     ? s.select(place.exists, place.index, at.constant(0))
                     : place.index;
        };
        Value places[] = {at.loop(0), safe(row), safe(column), at.loop(3)};
        Value winner = tensor::ExtractOp::create(b, bodyLoc, winners, places);
        Value wins = arith::CmpIOp::create(
            b, bodyLoc, arith::CmpIPredicate::eq, winner,
            numberOf(at, windows, rowTap, columnTap));
        Value exists = at.both(row.exists, column.exists);
        Value term = tensor::ExtractOp::create(b, bodyLoc, gradient, places);
        term = s.select(exists ? at.both(exists, wins) : wins, term, s.f32(0));
        // A sum of one term: -0 becomes +0.
        return Results{s.add(s.f32(0), term)};
      });
}

namespace {
struct ConvertMaxPool : OpRewritePattern<MaxPool2DOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(MaxPool2DOp op,
                                PatternRewriter &rewriter) const override {
    Value input = op.getInput();
    Windows windows = windowsOf(op, tensorTypeOf(input));
    Value lowest = buildFilled(rewriter, op.getLoc(),
                               tensorTypeOf(op.getResult()), kLowest);
    rewriter.replaceOp(
        op,
        buildOverTaps(rewriter, op.getLoc(), windows, {lowest},
                      [&](OpBuilder &b, Location loc, ValueRange args) {
                        Value tap = readTap({b, loc}, input, windows, kLowest);
                        // NaN wins, so that a broken net does not look healthy.
                        return Results{
                            arith::MaximumFOp::create(b, loc, args[0], tap)};
                      }));
    return success();
  }
};

struct ConvertMaxPoolGrad : OpRewritePattern<MaxPool2DGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(MaxPool2DGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = op.getInput(), gradient = op.getGradient();
    Windows windows = windowsOf(op, tensorTypeOf(input));
    RankedTensorType type = tensorTypeOf(gradient);
    Value lowest = buildFilled(rewriter, loc, type, kLowest);
    Value none =
        buildFilled(rewriter, loc, type.clone(rewriter.getI32Type()), -1);
    // The first tap of each window with its largest value.
    Value first = buildOverTaps(
        rewriter, loc, windows, {lowest, none},
        [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Places at{b, bodyLoc};
          Scalars s{b, bodyLoc};
          Value tap = readTap(at, input, windows, kLowest);
          Value wins = winsWindow(at, windows, tap, args[0], args[1]);
          return Results{s.select(wins, tap, args[0]),
                         s.select(wins, tapNumber(at, windows), args[1])};
        })[1];
    if (areDisjoint(windows)) {
      rewriter.replaceOp(op, buildDisjointMaxGrad(rewriter, loc, windows, first,
                                                  gradient,
                                                  tensorTypeOf(op.getResult())));
      return success();
    }
    Value zero = buildFilled(rewriter, loc, tensorTypeOf(op.getResult()), 0);
    auto gather = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Places at{b, bodyLoc};
      Scalars s{b, bodyLoc};
      Place row = at.ofWindow(at.loop(1), at.loop(3), windows, 0);
      Place column = at.ofWindow(at.loop(2), at.loop(4), windows, 1);
      Value safe[] = {row.exists, column.exists};
      Value exists = at.both(safe[0], safe[1]);
      Value p = s.select(row.exists, row.index, at.constant(0));
      Value q = s.select(column.exists, column.index, at.constant(0));
      Value places[] = {at.loop(0), p, q, at.loop(5)};
      Value winner = tensor::ExtractOp::create(b, bodyLoc, first, places);
      Value wins = arith::CmpIOp::create(b, bodyLoc, arith::CmpIPredicate::eq,
                                         winner, tapNumber(at, windows));
      Value term = tensor::ExtractOp::create(b, bodyLoc, gradient, places);
      term = s.select(at.both(exists, wins), term, s.f32(0));
      return Results{s.add(args[0], term)};
    };
    rewriter.replaceOp(op,
                       buildOverTaps(rewriter, loc, windows, {zero}, gather));
    return success();
  }
};

struct ConvertAvgPool : OpRewritePattern<AvgPool2DOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(AvgPool2DOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = op.getInput();
    Windows windows = windowsOf(op, tensorTypeOf(input));
    RankedTensorType type = tensorTypeOf(op.getResult());
    Value sums = buildOverTaps(
        rewriter, loc, windows, {buildFilled(rewriter, loc, type, 0)},
        [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
          Value tap = readTap({b, bodyLoc}, input, windows, 0);
          return Results{Scalars{b, bodyLoc}.add(args[0], tap)};
        })[0];
    float share = 1.0f / (windows.window[0] * windows.window[1]);
    rewriter.replaceOp(op, buildScaled(rewriter, loc, sums, share));
    return success();
  }
};

struct ConvertAvgPoolGrad : OpRewritePattern<AvgPool2DGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(AvgPool2DGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value gradient = op.getGradient();
    RankedTensorType type = tensorTypeOf(op.getResult());
    Windows windows = windowsOf(op, type);
    float share = 1.0f / (windows.window[0] * windows.window[1]);
    auto gather = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Places at{b, bodyLoc};
      Scalars s{b, bodyLoc};
      Place row = at.ofWindow(at.loop(1), at.loop(3), windows, 0);
      Place column = at.ofWindow(at.loop(2), at.loop(4), windows, 1);
      Value term = at.read(
          gradient, {{at.loop(0), {}}, row, column, {at.loop(5), {}}}, 0);
      return Results{s.add(args[0], s.mul(term, s.f32(share)))};
    };
    Value zero = buildFilled(rewriter, loc, type, 0);
    rewriter.replaceOp(op,
                       buildOverTaps(rewriter, loc, windows, {zero}, gather));
    return success();
  }
};

/// 1/(H W) of an image tensor [N, H, W, C].
static float imageShare(RankedTensorType image) {
  return 1.0f / static_cast<float>(image.getDimSize(1) * image.getDimSize(2));
}

struct ConvertGlobalAvgPool : OpRewritePattern<GlobalAvgPool2DOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(GlobalAvgPool2DOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getResult());
    float share = imageShare(tensorTypeOf(op.getInput()));
    LoopOperand sums{buildFilled(rewriter, loc, type, 0), {0, 3}};
    auto add = [](OpBuilder &b, Location bodyLoc, ValueRange args) {
      return Results{Scalars{b, bodyLoc}.add(args[1], args[0])};
    };
    Value total = buildGeneric(rewriter, loc, 4, {1, 2},
                               {{op.getInput(), {0, 1, 2, 3}}}, {sums}, add)
                      .getResult(0);
    rewriter.replaceOp(op, buildScaled(rewriter, loc, total, share));
    return success();
  }
};

struct ConvertGlobalAvgPoolGrad : OpRewritePattern<GlobalAvgPool2DGradOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(GlobalAvgPool2DGradOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = tensorTypeOf(op.getResult());
    float share = imageShare(type);
    Value empty = tensor::EmptyOp::create(rewriter, loc, type.getShape(),
                                          type.getElementType());
    auto spread = [&](OpBuilder &b, Location bodyLoc, ValueRange args) {
      Scalars s{b, bodyLoc};
      return Results{s.mul(args[0], s.f32(share))};
    };
    rewriter.replaceOp(op, buildGeneric(rewriter, loc, 4, {},
                                        {{op.getGradient(), {0, 3}}},
                                        {{empty, {0, 1, 2, 3}}}, spread)
                               .getResult(0));
    return success();
  }
};
} // namespace

void qnet::populatePoolingToLinalgPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertMaxPool, ConvertMaxPoolGrad, ConvertAvgPool,
           ConvertAvgPoolGrad, ConvertGlobalAvgPool, ConvertGlobalAvgPoolGrad>(
          patterns.getContext());
}
