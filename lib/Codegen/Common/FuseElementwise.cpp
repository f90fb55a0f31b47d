//===- FuseElementwise.cpp - qnet-fuse-elementwise ------------------------===//
//
// Upstream's elementwise fusion under a control function that leaves products
// and flat update loops as they are. A small producer of two consumers is
// computed in both: that moves less memory than storing and reading it.
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

/// Whether the op sums over samples or taps: its last loop is one over outputs,
/// which neither a product's nor an update's is.
static bool isSum(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.getNumReductionLoops() &&
         generic.getIteratorTypesArray().back() ==
             utils::IteratorType::parallel;
}

/// Most ops in the body of a producer that is computed twice.
static constexpr unsigned kMaxRepeated = 3;

/// Whether two consumers can compute `producer` again, each for itself.
static bool isRepeatable(linalg::GenericOp producer) {
  if (producer.getNumDpsInputs() > 2 || producer.getNumDpsInits() != 1 ||
      producer.getBody()->getOperations().size() > kMaxRepeated + 1)
    return false;
  auto isConsumer = [](Operation *user) {
    return isElementwise(user) || isSum(user);
  };
  return std::distance(producer->use_begin(), producer->use_end()) == 2 &&
         llvm::all_of(producer->getUsers(), isConsumer) &&
         llvm::any_of(producer->getUsers(), isSum);
}

static bool isFused(OpOperand *operand) {
  Operation *producer = operand->get().getDefiningOp();
  if (!isElementwise(producer))
    return false;
  Operation *consumer = operand->getOwner();
  if (producer->hasOneUse())
    return isElementwise(consumer) || isSum(consumer);
  return isRepeatable(cast<linalg::GenericOp>(producer));
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
        patterns, [](OpOperand *operand) { return isFused(operand); });
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    numFused += before - count();
  }
};
} // namespace
