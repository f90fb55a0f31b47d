//===- QnetToLinalg.cpp - convert-qnet-to-linalg --------------------------===//
//
// Collects the patterns of all op families and checks that none was left over.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Conversion/QnetToLinalg/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_CONVERTQNETTOLINALG
#include "qnet/Conversion/QnetToLinalg/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// A qnet op that computes on tensors, outside models.
static bool isTensorOp(Operation *op) {
  if (!isa_and_nonnull<QnetDialect>(op->getDialect()) ||
      op->getParentOfType<ModelOp>())
    return false;
  return llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
}

namespace {
struct ConvertQnetToLinalg
    : qnet::impl::ConvertQnetToLinalgBase<ConvertQnetToLinalg> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk(
        [&](Operation *op) { numConverted += isTensorOp(op); });
    RewritePatternSet patterns(&getContext());
    populateDenseToLinalgPatterns(patterns);
    populateElementwiseToLinalgPatterns(patterns);
    populateConvToLinalgPatterns(patterns);
    populatePoolingToLinalgPatterns(patterns);
    populateShapeToLinalgPatterns(patterns);
    populateBatchNormToLinalgPatterns(patterns);
    populateDropoutToLinalgPatterns(patterns);
    populateLossToLinalgPatterns(patterns);
    populateOutputLossToLinalgPatterns(patterns);
    populateRoundingToLinalgPatterns(patterns);
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return signalPassFailure();
    WalkResult leftover = getOperation()->walk([&](Operation *op) {
      if (!isTensorOp(op))
        return WalkResult::advance();
      op->emitOpError("has no conversion to linalg");
      return WalkResult::interrupt();
    });
    if (leftover.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
