//===- VectorizeLinalg.cpp - qnet-vectorize-linalg ------------------------===//
//
// Layers without products on channels-last data, and their sums, as loops over
// vectors. LaneAnalysis.cpp says which ops, VectorNest.cpp how.
//
//===----------------------------------------------------------------------===//

#include "VectorNest.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/CPU/Products.h"
#include "qnet/Codegen/Common/Buffers.h"

namespace qnet {
#define GEN_PASS_DEF_QNETVECTORIZELINALG
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Rows of fewer elements stay scalar.
static constexpr int64_t kMinRow = 4;

/// `op`, or what a fill is in general.
static linalg::GenericOp asGeneric(IRRewriter &rewriter, linalg::LinalgOp op) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op.getOperation()))
    return generic;
  auto fill = dyn_cast<linalg::FillOp>(op.getOperation());
  if (!fill || op.hasDynamicShape() || op.getNumLoops() == 0)
    return {};
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::GenericOp> general =
      linalg::generalizeNamedOp(rewriter, op);
  return failed(general) ? linalg::GenericOp() : *general;
}

/// Each dimension before `first` alone, the others together.
static SmallVector<ReassociationIndices> reassociationFrom(int64_t first,
                                                           int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < first; ++d)
    groups.push_back({d});
  groups.push_back(llvm::to_vector<2>(llvm::seq<int64_t>(first, rank)));
  return groups;
}

/// The loops from the returned one on go through each buffer element by element
/// as one would; the body does not ask where it is. All loops: no such ones.
static int64_t findFlatLoops(linalg::GenericOp op) {
  int64_t loops = op.getNumLoops();
  if (loops < 2 || op.getNumParallelLoops() != loops)
    return loops;
  bool isPlain =
      llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
        return inner.getNumRegions() == 0 &&
               !isa<linalg::IndexOp, memref::LoadOp>(inner);
      });
  if (!isPlain)
    return loops;
  int64_t first = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    auto memref = dyn_cast<MemRefType>(operand.get().getType());
    if (!memref)
      continue;
    if (!op.getMatchingIndexingMap(&operand).isIdentity())
      return loops;
    while (first < loops && !memref::CollapseShapeOp::isGuaranteedCollapsible(
                                memref, reassociationFrom(first, loops)))
      ++first;
  }
  return first;
}

/// The same op with one loop in place of those from `first` on.
static linalg::GenericOp flatten(IRRewriter &rewriter, linalg::GenericOp op,
                                 int64_t first) {
  rewriter.setInsertionPoint(op);
  SmallVector<ReassociationIndices> groups =
      reassociationFrom(first, op.getNumLoops());
  MLIRContext *context = op.getContext();
  SmallVector<AffineMap> maps;
  auto flat = [&](Value value) -> Value {
    bool isBuffer = isa<MemRefType>(value.getType());
    maps.push_back(isBuffer
                       ? AffineMap::getMultiDimIdentityMap(first + 1, context)
                       : AffineMap::get(first + 1, 0, context));
    if (!isBuffer)
      return value;
    return memref::CollapseShapeOp::create(rewriter, op.getLoc(), value,
                                           groups);
  };
  SmallVector<Value> inputs = llvm::map_to_vector(op.getInputs(), flat);
  SmallVector<Value> outputs = llvm::map_to_vector(op.getOutputs(), flat);
  SmallVector<utils::IteratorType> kinds(first + 1,
                                         utils::IteratorType::parallel);
  auto result = linalg::GenericOp::create(rewriter, op.getLoc(), TypeRange(),
                                          inputs, outputs, maps, kinds);
  rewriter.inlineRegionBefore(op.getRegion(), result.getRegion(),
                              result.getRegion().begin());
  rewriter.eraseOp(op);
  return result;
}

namespace {
struct QnetVectorizeLinalg
    : qnet::impl::QnetVectorizeLinalgBase<QnetVectorizeLinalg> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  void vectorize(IRRewriter &rewriter, linalg::GenericOp op);
};
} // namespace

LogicalResult QnetVectorizeLinalg::initialize(MLIRContext *context) {
  return verifyVectorBits(vectorBits, [&] {
    return emitError(UnknownLoc::get(context)) << "qnet-vectorize-linalg: ";
  });
}

void QnetVectorizeLinalg::vectorize(IRRewriter &rewriter,
                                    linalg::GenericOp op) {
  LaneAnalysis analysis;
  if (!analysis.run(op).empty())
    return;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  if (ranges.back() < kMinRow || llvm::is_contained(ranges, 0))
    return;
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  VectorNest nest(b, op, analysis, vectorBits / 32);
  for (auto [i, output] : llvm::enumerate(op.getDpsInits()))
    if (linalg::FillOp fill = findFillBefore(op, output)) {
      nest.startFrom(i, fill.getInputs()[0]);
      rewriter.eraseOp(fill);
      ++numFills;
    }
  ++(nest.emit() ? numParallel : numSequential);
  rewriter.eraseOp(op);
}

void QnetVectorizeLinalg::runOnOperation() {
  IRRewriter rewriter(&getContext());
  auto visit = [&](auto kind) {
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](decltype(kind) op) {
      ops.push_back(cast<linalg::LinalgOp>(op.getOperation()));
    });
    for (linalg::LinalgOp op : ops)
      if (linalg::GenericOp generic = asGeneric(rewriter, op)) {
        int64_t first = findFlatLoops(generic), loops = generic.getNumLoops();
        vectorize(rewriter, first + 1 < loops
                                ? flatten(rewriter, generic, first)
                                : generic);
      }
  };
  // Fills last: those that are the start of another op are gone by then.
  visit(linalg::GenericOp());
  visit(linalg::FillOp());
}
