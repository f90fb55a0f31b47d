//===- ExpandMath.cpp - qnet-expand-math ----------------------------------===//
//
// Transcendental functions by upstream's polynomials, integer powers by
// repeated squaring: the bits must not depend on a math library.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "llvm/ADT/StringSet.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEXPANDMATH
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;

static const llvm::StringSet<> &expandedNames() {
  static const llvm::StringSet<> names = {"math.exp",  "math.log", "math.tanh",
                                          "math.cos",  "math.sin", "math.expm1",
                                          "math.log1p"};
  return names;
}

namespace {
/// x^n for a scalar x and an unsigned n: for each bit of n from the lowest,
/// result *= x if it is set; x *= x.
struct ExpandPower : OpRewritePattern<math::FPowIOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(math::FPowIOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<FloatType>(op.getType());
    if (!type || !op.getRhs().getType().isInteger(32))
      return rewriter.notifyMatchFailure(op, "not a scalar to an i32 power");
    Location loc = op.getLoc();
    auto index = [&](int64_t value) {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    Value one = arith::ConstantOp::create(rewriter, loc,
                                          rewriter.getFloatAttr(type, 1.0));
    auto loop = scf::ForOp::create(
        rewriter, loc, index(0), index(32), index(1),
        ValueRange{one, op.getLhs()},
        [&](OpBuilder &b, Location bodyLoc, Value iv, ValueRange args) {
          Value i = arith::IndexCastOp::create(b, bodyLoc, b.getI32Type(), iv);
          Value shifted = arith::ShRUIOp::create(b, bodyLoc, op.getRhs(), i);
          Value bit =
              arith::TruncIOp::create(b, bodyLoc, b.getI1Type(), shifted);
          Value product = arith::MulFOp::create(b, bodyLoc, args[0], args[1]);
          Value result =
              arith::SelectOp::create(b, bodyLoc, bit, product, args[0]);
          Value square = arith::MulFOp::create(b, bodyLoc, args[1], args[1]);
          scf::YieldOp::create(b, bodyLoc, ValueRange{result, square});
        });
    rewriter.replaceOp(op, loop.getResult(0));
    return success();
  }
};

struct QnetExpandMath : qnet::impl::QnetExpandMathBase<QnetExpandMath> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([&](Operation *op) {
      numExpanded += isa<math::FPowIOp>(op) ||
                     expandedNames().contains(op->getName().getStringRef());
    });
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandPower>(&getContext());
    populateMathPolynomialApproximationPatterns(patterns, [](StringRef name) {
      return expandedNames().contains(name);
    });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    WalkResult leftover = getOperation()->walk([](Operation *op) {
      if (!isa<math::FPowIOp>(op) &&
          !expandedNames().contains(op->getName().getStringRef()))
        return WalkResult::advance();
      op->emitOpError("has no expansion for ") << op->getResult(0).getType();
      return WalkResult::interrupt();
    });
    if (leftover.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
