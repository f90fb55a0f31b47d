//===- FuseEpilogues.cpp - qnet-fuse-epilogues ----------------------------===//
//
// Brings an elementwise op to the product whose result it reads, and says by an
// attribute that the product's nest is to run it (Epilogues.h). A result that
// nothing else reads is computed where the op writes.
//
//===----------------------------------------------------------------------===//

#include "../Common/MoveOps.h"
#include "Epilogue.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "llvm/ADT/SetVector.h"

namespace qnet {
#define GEN_PASS_DEF_QNETFUSEEPILOGUES
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

namespace {
/// A product and the op on its result.
struct Pair {
  linalg::GenericOp product, op;
  memref::AllocOp buffer; ///< of the result, if it is one
  bool isConsumed;        ///< nothing else reads the result

  Value result() { return product.getDpsInits()[0]; }
};

struct QnetFuseEpilogues
    : qnet::impl::QnetFuseEpiloguesBase<QnetFuseEpilogues> {
  using Base::Base;

  void runOnOperation() override;

private:
  void fuse(Block &block, BufferUses &uses, linalg::GenericOp op,
            int64_t limit);
  void fuseAll(Block &block, int64_t limit);
};
} // namespace

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

/// The product whose result is `value`, if nothing writes it until `op`.
static std::optional<Pair> findProduct(const BufferUses &uses,
                                       linalg::GenericOp op, Value value) {
  Value buffer = uses.getBuffer(value);
  ArrayRef<BufferAccess> accesses = uses.getAccesses(buffer);
  Pair pair{{}, op, buffer.getDefiningOp<memref::AllocOp>(), true};
  // A buffer of the caller is read by others.
  if (!pair.buffer || pair.buffer->getBlock() != op->getBlock())
    pair.isConsumed = false;
  for (const BufferAccess &access : accesses) {
    if (access.op == op)
      pair.isConsumed &= !access.writes;
    else if (access.position > uses.getPosition(op))
      pair.isConsumed = false;
    else if (access.writes)
      pair.product = dyn_cast<linalg::GenericOp>(access.op);
    else
      // Before the product it is another value; after it, this one.
      pair.isConsumed = false;
  }
  if (!pair.product || pair.product.getNumDpsInits() != 1 ||
      pair.product.getNumReductionLoops() == 0 || pair.result() != value)
    return std::nullopt;
  return pair;
}

static std::optional<Pair> findPair(const BufferUses &uses,
                                    linalg::GenericOp op) {
  IRRewriter rewriter(op.getContext());
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isa<MemRefType>(input->get().getType()))
      continue;
    std::optional<Pair> pair = findProduct(uses, op, input->get());
    if (!pair || findEpilogue(pair->product))
      continue;
    FailureOr<Product> product = recognizeProduct(pair->product, rewriter);
    if (succeeded(product) &&
        succeeded(matchEpilogue(*product, pair->product, op, rewriter)))
      return pair;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------===//

/// Whether the product computes the same right before `op`.
static bool canSink(const BufferUses &uses, Pair pair) {
  unsigned from = uses.getPosition(pair.product);
  unsigned to = uses.getPosition(pair.op);
  if (uses.isTouched(uses.getBuffer(pair.result()), from, to, /*orRead=*/true))
    return false;
  return llvm::none_of(pair.product.getDpsInputs(), [&](Value input) {
    return uses.isTouched(uses.getBuffer(input), from, to);
  });
}

/// Moves the op up to its product and, where it reads what is computed between
/// the two, that before the product.
static bool moveUp(const BufferUses &uses, Pair pair, Moves &moves) {
  SmallVector<Operation *> group = {pair.product}, writers;
  if (linalg::FillOp fill = findFillBefore(pair.product, pair.result()))
    group.insert(group.begin(), fill);
  unsigned position = uses.getPosition(pair.product);
  bool movesAlone = canMoveUp(uses, pair.op, position);
  bool canMove = movesAlone || (collectWriters(uses, pair.op, group, writers) &&
                                canMoveUp(uses, pair.op, position, writers));
  for (Operation *writer : writers)
    canMove = canMove && moves.moveWithSources(writer, group.front());
  Operation *target = nextOnMemory(pair.product);
  if (canMove && (pair.op == target || moves.moveWithSources(pair.op, target)))
    return true;
  moves.undo();
  return false;
}

/// Lets the op follow its product, with nothing but views between the two;
/// false where it cannot.
static bool bringTogether(const BufferUses &uses, Pair pair, Moves &moves) {
  if (nextOnMemory(pair.product) == pair.op)
    return true;
  if (canSink(uses, pair)) {
    if (linalg::FillOp fill = findFillBefore(pair.product, pair.result()))
      moves.moveBefore(fill, pair.op);
    moves.moveBefore(pair.product, pair.op);
    return true;
  }
  return moveUp(uses, pair, moves);
}

//===----------------------------------------------------------------------===//
// Results without a buffer
//===----------------------------------------------------------------------===//

/// Whether the product can be computed at `out` as it is now: by the same
/// method, and by those whose sums are others.
static bool computesAlike(linalg::GenericOp product, Value out) {
  constexpr unsigned anyBits = 256;
  FailureOr<ProductFacts> before = describeProduct(product, anyBits);
  OpOperand *result = product.getDpsInitOperand(0);
  Value old = result->get();
  result->set(out);
  FailureOr<ProductFacts> after = describeProduct(product, anyBits);
  result->set(old);
  if (failed(before) || failed(after) || before->method != after->method)
    return false;
  auto isSame = [&](ProductMethod method) {
    return before->can(method) == after->can(method);
  };
  return isSame(ProductMethod::Table) && isSame(ProductMethod::Winograd);
}

/// An output of the op that can hold the sums of the product, too.
static Value findPlace(const BufferUses &uses, Pair pair) {
  auto shapeOf = [](Value value) {
    return cast<MemRefType>(value.getType()).getShape();
  };
  for (OpOperand &output : pair.op.getDpsInitsMutable()) {
    Value place = output.get(), buffer = uses.getBuffer(place);
    bool isOther = llvm::none_of(pair.op.getDpsInputs(), [&](Value input) {
      return isa<MemRefType>(input.getType()) &&
             uses.getBuffer(input) == buffer;
    });
    bool isFactor = llvm::any_of(pair.product.getDpsInputs(), [&](Value input) {
      return uses.getBuffer(input) == buffer;
    });
    if (isOther && !isFactor &&
        pair.op.getMatchingIndexingMap(&output).isIdentity() &&
        getElementTypeOrSelf(place.getType()).isF32() &&
        shapeOf(place) == shapeOf(pair.result()) &&
        !pair.op.payloadUsesValueFromOperand(&output) &&
        computesAlike(pair.product, place))
      return place;
  }
  return {};
}

/// Where the result goes in place of its buffer, which then is not needed; null
/// where it stays.
static Value findReplacement(const BufferUses &uses, Pair pair) {
  // The buffer's life is a fill, the product and the op.
  if (!pair.isConsumed || uses.getAccesses(pair.buffer).size() != 3)
    return {};
  linalg::FillOp fill = findFillBefore(pair.product, pair.result());
  Value place = fill ? findPlace(uses, pair) : Value();
  SetVector<Operation *> sources;
  return place && collectSources(ValueRange(place), fill, sources) ? place
                                                                   : Value();
}

/// The operands of fill, product and op that are the result.
static SmallVector<OpOperand *> findUses(Pair pair) {
  SmallVector<OpOperand *> found;
  Value result = pair.result();
  for (Operation *user : {findFillBefore(pair.product, result).getOperation(),
                          pair.product.getOperation(), pair.op.getOperation()})
    for (OpOperand &operand : user->getOpOperands())
      if (operand.get() == result)
        found.push_back(&operand);
  return found;
}

/// After that: brings what gives the new place before its first use, and erases
/// the views of the old one with its buffer.
static void dropResult(Pair pair, Value old) {
  linalg::FillOp fill = findFillBefore(pair.product, pair.result());
  SetVector<Operation *> sources;
  (void)collectSources(ValueRange(pair.result()), fill, sources);
  for (Operation *source : sources)
    source->moveBefore(fill);
  while (old.use_empty()) {
    Operation *view = old.getDefiningOp();
    bool isLast = view == pair.buffer;
    if (!isLast)
      old = view->getOperand(0);
    view->erase();
    if (isLast)
      return;
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// At most `limit` bytes may be live at once, or as many as are now. `uses` are
/// those of the block, also afterwards.
void QnetFuseEpilogues::fuse(Block &block, BufferUses &uses,
                             linalg::GenericOp op, int64_t limit) {
  std::optional<Pair> pair = findPair(uses, op);
  Moves moves;
  if (!pair || !bringTogether(uses, *pair, moves))
    return;
  Value old = pair->result(), place = findReplacement(uses, *pair);
  SmallVector<OpOperand *> replaced;
  if (place)
    replaced = findUses(*pair);
  for (OpOperand *operand : replaced)
    operand->set(place);
  StringRef kind = pair->isConsumed ? "consumes" : "reads";
  op->setAttr(kEpilogueAttrName, StringAttr::get(&getContext(), kind));
  int64_t most = std::max(limit, uses.getPeak().first);
  BufferUses after(block);
  if (after.getPeak().first > most) {
    op->removeAttr(kEpilogueAttrName);
    for (OpOperand *operand : replaced)
      operand->set(old);
    moves.undo();
    return;
  }
  ++numMarked;
  uses = std::move(after);
  if (!place)
    return;
  dropResult(*pair, old);
  ++numReplaced;
  uses = BufferUses(block);
}

void QnetFuseEpilogues::fuseAll(Block &block, int64_t limit) {
  SmallVector<linalg::GenericOp> ops;
  for (auto op : block.getOps<linalg::GenericOp>())
    if (op.getNumParallelLoops() == op.getNumLoops() &&
        op.hasPureBufferSemantics())
      ops.push_back(op);
  BufferUses uses(block);
  for (linalg::GenericOp op : ops)
    fuse(block, uses, op, limit);
}

void QnetFuseEpilogues::runOnOperation() {
  int64_t limit = getLargestPeak(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    for (Block &block : function.getBody())
      fuseAll(block, limit);
    function.walk(
        [&](scf::ForOp loop) { fuseAll(*loop.getBody(), /*limit=*/0); });
  }
}
