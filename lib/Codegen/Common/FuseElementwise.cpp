//===- FuseElementwise.cpp - qnet-fuse-elementwise ------------------------===//
//
// Upstream's elementwise fusion under a control function that leaves products,
// reductions and flat update loops as they are.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFUSEELEMENTWISE
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;

static bool isElementwise(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  return generic && generic.getNumParallelLoops() == generic.getNumLoops();
}

namespace {
struct QnetFuseElementwise
    : qnet::impl::QnetFuseElementwiseBase<QnetFuseElementwise> {
  using Base::Base;

  void runOnOperation() override {
    auto count = [&] {
      unsigned n = 0;
      getOperation()->walk([&](linalg::GenericOp) { ++n; });
      return n;
    };
    unsigned before = count();
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          Operation *producer = operand->get().getDefiningOp();
          return producer && producer->hasOneUse() && isElementwise(producer) &&
                 isElementwise(operand->getOwner());
        });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    numFused += before - count();
  }
};
} // namespace
