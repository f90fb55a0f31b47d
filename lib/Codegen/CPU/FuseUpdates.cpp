//===- FuseUpdates.cpp - qnet-fuse-updates --------------------------------===//
//
// An update moves up to the last op that writes the gradient which only it
// reads. Where that op is a product, both become one nest (MatmulUpdate.cpp).
//
//===----------------------------------------------------------------------===//

#include "../Common/MoveOps.h"
#include "MatmulUpdate.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Codegen/CPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFUSEUPDATES
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

namespace {
/// An update, the op that writes its gradient, and the gradient.
struct Pair {
  linalg::GenericOp update;
  linalg::LinalgOp writer;
  memref::AllocOp gradient;
};

struct QnetFuseUpdates : qnet::impl::QnetFuseUpdatesBase<QnetFuseUpdates> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    return verifyVectorBits(vectorBits, [&] {
      return emitError(UnknownLoc::get(context)) << "qnet-fuse-updates: ";
    });
  }
  void runOnOperation() override;

private:
  bool join(IRRewriter &rewriter, Block &block, const BufferUses &uses,
            linalg::GenericOp update);
  void fuse(IRRewriter &rewriter, Block &block, Pair pair);
};
} // namespace

/// The gradient that only `update` reads, and its last writer before that.
static std::optional<Pair> findPair(const BufferUses &uses,
                                    linalg::GenericOp update) {
  for (OpOperand *input : update.getDpsInputOperands()) {
    auto alloc = uses.getBuffer(input->get()).getDefiningOp<memref::AllocOp>();
    if (!alloc || alloc->getBlock() != update->getBlock())
      continue;
    ArrayRef<BufferAccess> accesses = uses.getAccesses(alloc);
    if (accesses.size() < 2 || accesses.back().op != update ||
        accesses.back().writes)
      continue;
    auto writer = dyn_cast<linalg::LinalgOp>(accesses.drop_back().back().op);
    bool isRead = llvm::any_of(accesses.drop_back(),
                               [](auto &access) { return !access.writes; });
    if (writer && !isRead)
      return Pair{update, writer, alloc};
  }
  return std::nullopt;
}

/// Flags start from zeros: lets the fills that come first in the life of a
/// buffer of the caller be the first ops that touch memory.
static void moveFillsUp(Block &block) {
  BufferUses uses(block);
  for (auto fill : llvm::make_early_inc_range(block.getOps<linalg::FillOp>())) {
    Value out = fill.getOutputs()[0];
    if (uses.getBuffer(out).getDefiningOp<memref::AllocOp>() ||
        uses.getAccesses(out).front().op != fill.getOperation())
      continue;
    SetVector<Operation *> sources;
    Operation *target = &block.front();
    while (target->hasTrait<OpTrait::ConstantLike>())
      target = target->getNextNode();
    if (target == fill || !collectSources(fill, target, sources))
      continue;
    for (Operation *source : sources)
      source->moveBefore(target);
    fill->moveBefore(target);
  }
}

/// Moves one update, and fuses it with its gradient; false where the block
/// stays as it is.
bool QnetFuseUpdates::join(IRRewriter &rewriter, Block &block,
                           const BufferUses &uses, linalg::GenericOp update) {
  std::optional<Pair> pair = findPair(uses, update);
  if (!pair || !canMoveUp(uses, update, uses.getPosition(pair->writer)))
    return false;
  Operation *target = pair->writer->getNextNode();
  while (target != update &&
         (isPure(target) || isa<ViewLikeOpInterface>(target)))
    target = target->getNextNode();
  bool isMoved = target != update;
  if (isMoved) {
    SetVector<Operation *> sources;
    if (!collectSources(update, target, sources))
      return false;
    for (Operation *source : sources)
      source->moveBefore(target);
    update->moveBefore(target);
    ++numMoved;
  }
  if (moveOnly || getByteSize(pair->gradient.getType()) <= kMaxTileBytes)
    return isMoved;
  fuse(rewriter, block, *pair);
  return true;
}

void QnetFuseUpdates::fuse(IRRewriter &rewriter, Block &block, Pair pair) {
  auto product = dyn_cast<linalg::GenericOp>(pair.writer.getOperation());
  if (!product)
    return;
  // The gradient is a fill, a product and the update's input.
  BufferUses uses(block);
  ArrayRef<BufferAccess> accesses = uses.getAccesses(pair.gradient);
  if (accesses.size() != 3)
    return;
  auto fill = dyn_cast<linalg::FillOp>(accesses.front().op);
  if (!fill || !matchPattern(fill.getInputs()[0], m_PosZeroFloat()))
    return;
  FailureOr<UpdateLoop> loop = matchUpdateLoop(rewriter, pair.update);
  if (failed(loop))
    return;
  UpdateNest nest{*loop, 0};
  for (auto [i, operand] : llvm::enumerate(loop->operands))
    if (operand.kind == UpdateOperand::Floats &&
        uses.getBuffer(operand.source) == pair.gradient.getResult())
      nest.gradient = i;
  rewriter.setInsertionPoint(pair.update);
  if (failed(emitUpdateNest(rewriter, product, nest, vectorBits,
                            winogradProducts)))
    return;
  rewriter.eraseOp(pair.update);
  rewriter.eraseOp(product);
  rewriter.eraseOp(fill);
  eraseUnused(pair.gradient);
  ++numFused;
}

void QnetFuseUpdates::runOnOperation() {
  if (getOperation().isExternal())
    return;
  Block &block = getOperation().getBody().front();
  SmallVector<linalg::GenericOp> updates;
  // An update has a loop over elements that yields flags, or new weights.
  for (auto op : block.getOps<linalg::GenericOp>())
    if (op.getNumLoops() == 1 && op.hasPureBufferSemantics() &&
        op.getNumReductionLoops() == 1)
      updates.push_back(op);
  if (updates.empty())
    return;
  moveFillsUp(block);
  IRRewriter rewriter(&getContext());
  BufferUses uses(block);
  for (linalg::GenericOp update : updates)
    if (join(rewriter, block, uses, update))
      uses = BufferUses(block);
}
