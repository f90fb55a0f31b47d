//===- FuseSums.cpp - qnet-fuse-sums --------------------------------------===//
//
// Brings the sums of parts of a result to the product that computes it, or to
// its epilogue, and says by an attribute that the product's nest may run them
// (Epilogues.h).
//
//===----------------------------------------------------------------------===//

#include "../Common/MoveOps.h"
#include "PartSums.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "llvm/ADT/SetVector.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFUSESUMS
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

namespace {
struct QnetFuseSums : qnet::impl::QnetFuseSumsBase<QnetFuseSums> {
  using Base::Base;

  void runOnOperation() override;

private:
  void fuse(Block &block, BufferUses &uses, linalg::GenericOp op,
            int64_t limit);
};

/// A product and its epilogue, if it has one.
struct Producer {
  linalg::GenericOp product, epilogue;

  linalg::GenericOp last() { return epilogue ? epilogue : product; }
};
} // namespace

//===----------------------------------------------------------------------===//
// Producers
//===----------------------------------------------------------------------===//

/// The op that writes `value` as it is when `op` reads it.
static linalg::GenericOp findWriter(const BufferUses &uses, Operation *op,
                                    Value value) {
  Operation *writer = nullptr;
  for (const BufferAccess &access : uses.getAccesses(uses.getBuffer(value))) {
    if (access.op == op)
      break;
    if (access.writes)
      writer = access.op;
  }
  return dyn_cast_or_null<linalg::GenericOp>(writer);
}

/// The product whose result, or whose epilogue's output, is `value`, element by
/// element, if the product counts its rows as `sums` does.
static std::optional<Producer> findProducer(const BufferUses &uses,
                                            const PartSums &sums, Value value) {
  linalg::GenericOp writer = findWriter(uses, sums.op, value);
  if (!writer)
    return std::nullopt;
  Producer producer{writer, {}};
  if (isEpilogue(writer))
    producer = {dyn_cast_or_null<linalg::GenericOp>(lastOnMemory(writer)),
                writer};
  if (!producer.product)
    return std::nullopt;
  bool writesElements =
      llvm::any_of(writer.getDpsInitsMutable(), [&](OpOperand &output) {
        return output.get() == value &&
               (writer == producer.product ||
                writer.getMatchingIndexingMap(&output).isIdentity());
      });
  IRRewriter rewriter(writer.getContext());
  FailureOr<Product> product = recognizeProduct(producer.product, rewriter);
  if (!writesElements || failed(product) || !arePartsOf(sums, *product) ||
      findPartSums(producer.product))
    return std::nullopt;
  return producer;
}

/// The sums' outputs are nothing that the product uses.
static bool hasOwnOutputs(const BufferUses &uses, const PartSums &sums,
                          Producer producer) {
  linalg::GenericOp op = sums.op;
  for (Value output : op.getDpsInits()) {
    Value buffer = uses.getBuffer(output);
    for (Operation *user :
         {producer.product.getOperation(), producer.last().getOperation()})
      for (Value used : getUsedMemrefs(user))
        if (uses.getBuffer(used) == buffer)
          return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// The ops that belong to the product, in their order.
static SmallVector<Operation *> findGroup(Producer producer) {
  SmallVector<Operation *> group = {producer.product};
  for (Value output : producer.product.getDpsInits())
    if (linalg::FillOp fill = findFillBefore(producer.product, output))
      group.push_back(fill);
  if (std::optional<PaddedCopy> copy = findPrologue(producer.product))
    group.push_back(copy->op);
  if (producer.epilogue)
    group.push_back(producer.epilogue);
  llvm::sort(group,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return group;
}

/// Lets the sums follow the product and its epilogue, with nothing but views
/// between them: their fills move before the product, and so does what they
/// read that is computed after it.
static bool bringTogether(const BufferUses &uses, const PartSums &sums,
                          Producer producer, Moves &moves) {
  SmallVector<Operation *> group = findGroup(producer);
  SmallVector<Operation *> early(sums.fills.begin(), sums.fills.end());
  unsigned position = uses.getPosition(group.back());
  if (!canMoveUp(uses, sums.op, position, early)) {
    early.clear();
    if (!collectWriters(uses, sums.op, group, early) ||
        !canMoveUp(uses, sums.op, position, early))
      return false;
  }
  for (Operation *op : early)
    if (!op->isBeforeInBlock(group.front()) &&
        !moves.moveWithSources(op, group.front()))
      return false;
  Operation *target = nextOnMemory(group.back());
  return target == sums.op || moves.moveWithSources(sums.op, target);
}

/// As many bytes may be live at once as are now where most are, or `limit`.
/// `uses` are those of the block, also afterwards.
void QnetFuseSums::fuse(Block &block, BufferUses &uses, linalg::GenericOp op,
                        int64_t limit) {
  std::optional<PartSums> sums = matchPartSums(op);
  if (!sums)
    return;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!sums->reads(input->get()))
      continue;
    std::optional<Producer> producer = findProducer(uses, *sums, input->get());
    if (!producer || !hasOwnOutputs(uses, *sums, *producer))
      continue;
    Moves moves;
    if (!bringTogether(uses, *sums, *producer, moves)) {
      moves.undo();
      continue;
    }
    BufferUses after(block);
    if (after.getPeak().first > std::max(limit, uses.getPeak().first)) {
      moves.undo();
      continue;
    }
    op->setAttr(kPartSumsAttrName, UnitAttr::get(&getContext()));
    ++numMarked;
    uses = std::move(after);
    return;
  }
}

void QnetFuseSums::runOnOperation() {
  int64_t limit = getLargestPeak(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>())
    for (Block *block : collectSequentialBlocks(function)) {
      bool isWhole = isa<func::FuncOp>(block->getParentOp());
      SmallVector<linalg::GenericOp> ops(block->getOps<linalg::GenericOp>());
      BufferUses uses(*block);
      for (linalg::GenericOp op : ops)
        fuse(*block, uses, op, isWhole ? limit : 0);
    }
}
