//===- ScalarizeCodes.cpp - qnet-scalarize-codes --------------------------===//
//
// The way of last resort for loops over codes: plain nested loops whose loads
// shift a code out of its word and whose stores replace it there. Invariant:
// the loops are sequential, for two codes may share a word; storing the last
// code of a buffer clears the unused bits above it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "qnet/Codegen/CPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {
#define GEN_PASS_DEF_QNETSCALARIZECODES
#include "qnet/Codegen/CPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

static bool isCodes(Value value) {
  auto memref = dyn_cast<MemRefType>(value.getType());
  return memref && isa<QType>(memref.getElementType()) &&
         memref.hasStaticShape() && memref.getLayout().isIdentity();
}

namespace {

/// One code of a buffer: its word and where it starts there.
class CodeAccess {
public:
  CodeAccess(OpBuilder &builder, Location loc, Value codes, ValueRange indices)
      : builder(builder), loc(loc), type(cast<MemRefType>(codes.getType())),
        grid(cast<QType>(type.getElementType()).getGrid()) {
    auto wordsType = MemRefType::get(
        getNumWords(grid, type.getNumElements()), builder.getI32Type(),
        MemRefLayoutAttrInterface(), type.getMemorySpace());
    words = WordsOp::create(builder, loc, wordsType, codes);
    linear = index(0);
    for (auto [extent, i] : llvm::zip_equal(type.getShape(), indices)) {
      linear = arith::MulIOp::create(builder, loc, linear, index(extent));
      linear = arith::AddIOp::create(builder, loc, linear, i);
    }
    Value perWord = index(getCodesPerWord(grid));
    wordIndex = arith::DivUIOp::create(builder, loc, linear, perWord);
    Value place = arith::RemUIOp::create(builder, loc, linear, perWord);
    place = arith::MulIOp::create(builder, loc, place,
                                  index(grid.getStorageBits()));
    shift =
        arith::IndexCastUIOp::create(builder, loc, builder.getI32Type(), place);
  }

  /// The ordinal.
  Value load() {
    Value shifted = arith::ShRUIOp::create(builder, loc, loadWord(), shift);
    return arith::AndIOp::create(builder, loc, shifted, integer(mask()));
  }

  void store(Value ordinal) {
    Value field = arith::ShLIOp::create(builder, loc, integer(mask()), shift);
    if (type.getNumElements() % getCodesPerWord(grid)) {
      Value rest = arith::ShLIOp::create(builder, loc, integer(-1), shift);
      Value isLast =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, linear,
                                index(type.getNumElements() - 1));
      field = arith::SelectOp::create(builder, loc, isLast, rest, field);
    }
    Value others = arith::XOrIOp::create(builder, loc, field, integer(-1));
    Value kept = arith::AndIOp::create(builder, loc, loadWord(), others);
    Value placed = arith::ShLIOp::create(builder, loc, ordinal, shift);
    Value word = arith::OrIOp::create(builder, loc, kept, placed);
    memref::StoreOp::create(builder, loc, word, words, wordIndex);
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value integer(int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, value, 32);
  }
  Value loadWord() {
    return memref::LoadOp::create(builder, loc, words, wordIndex);
  }
  int64_t mask() const {
    unsigned bits = grid.getStorageBits();
    return bits == 32 ? -1 : (int64_t(1) << bits) - 1;
  }

  OpBuilder &builder;
  Location loc;
  MemRefType type;
  GridAttrInterface grid;
  Value words, linear, wordIndex, shift;
};

struct ScalarizeCodesPass
    : qnet::impl::QnetScalarizeCodesBase<ScalarizeCodesPass> {
  void runOnOperation() override;
};

} // namespace

static void scalarizeLoad(RewriterBase &rewriter, memref::LoadOp op) {
  rewriter.setInsertionPoint(op);
  CodeAccess access(rewriter, op.getLoc(), op.getMemRef(), op.getIndices());
  rewriter.replaceOpWithNewOp<ToCodeOp>(op, op.getType(), access.load());
}

static void scalarizeStore(RewriterBase &rewriter, memref::StoreOp op) {
  rewriter.setInsertionPoint(op);
  CodeAccess access(rewriter, op.getLoc(), op.getMemRef(), op.getIndices());
  access.store(rewriter.createOrFold<FromCodeOp>(
      op.getLoc(), rewriter.getI32Type(), op.getValueToStore()));
  rewriter.eraseOp(op);
}

/// A choice between codes becomes one between their ordinals.
static void chooseOrdinal(RewriterBase &rewriter, arith::SelectOp op) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  Type i32 = rewriter.getI32Type();
  Value chosen = arith::SelectOp::create(
      rewriter, loc, op.getCondition(),
      FromCodeOp::create(rewriter, loc, i32, op.getTrueValue()),
      FromCodeOp::create(rewriter, loc, i32, op.getFalseValue()));
  rewriter.replaceOpWithNewOp<ToCodeOp>(op, op.getType(), chosen);
}

void ScalarizeCodesPass::runOnOperation() {
  IRRewriter rewriter(&getContext());
  SmallVector<linalg::GenericOp> loops;
  getOperation().walk([&](linalg::GenericOp op) {
    if (op.hasPureBufferSemantics() && llvm::any_of(op->getOperands(), isCodes))
      loops.push_back(op);
  });
  for (linalg::GenericOp op : loops) {
    rewriter.setInsertionPoint(op);
    if (failed(linalg::linalgOpToLoops(rewriter, op))) {
      op.emitError("expected loops that can be written out one by one");
      return signalPassFailure();
    }
    rewriter.eraseOp(op);
    ++numLoops;
  }
  getOperation().walk([&](memref::LoadOp op) {
    if (isCodes(op.getMemRef()))
      scalarizeLoad(rewriter, op);
  });
  WalkResult stores = getOperation().walk([&](memref::StoreOp op) {
    if (!isCodes(op.getMemRef()))
      return WalkResult::advance();
    if (op->getParentOfType<scf::ParallelOp>()) {
      op.emitError("expected a sequential loop around a store of a code");
      return WalkResult::interrupt();
    }
    scalarizeStore(rewriter, op);
    return WalkResult::advance();
  });
  if (stores.wasInterrupted())
    return signalPassFailure();
  getOperation().walk([&](arith::SelectOp op) {
    if (isa<QType>(op.getType()))
      chooseOrdinal(rewriter, op);
  });
  // What is left of codes as scalars: back and forth between them and ordinals.
  getOperation().walk([&](FromCodeOp op) {
    if (auto made = op.getCodes().getDefiningOp<ToCodeOp>())
      rewriter.replaceOp(op, made.getOrdinal());
  });
  getOperation().walk([&](ToCodeOp op) {
    if (op->use_empty())
      rewriter.eraseOp(op);
  });
}
