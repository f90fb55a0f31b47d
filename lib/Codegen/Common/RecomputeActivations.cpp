//===- RecomputeActivations.cpp - qnet-recompute-activations --------------===//
//
// Rematerialization (Griewank and Walther, "Revolve", ACM TOMS 2000; Chen et
// al., "Training deep nets with sublinear memory cost", 2016) of what is cheap:
// while a buffer is live at the peak of memory but not used around it, and can
// be computed again from what is there, the ops that wrote it are cloned before
// its next use.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Codegen/Common/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETRECOMPUTEACTIVATIONS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Buffers that are smaller stay.
static constexpr int64_t kMinBytes = 4096;
/// A buffer may live longer for one that is so many times larger.
static constexpr int64_t kMinGain = 16;

namespace {
/// A buffer between its uses before and after the peak.
struct Candidate {
  memref::AllocOp alloc;
  SmallVector<linalg::LinalgOp> writers;
  unsigned written; ///< position of the last writer
  unsigned late;    ///< position of the first use after the peak
};

/// Recomputes in one block.
class Recomputer {
public:
  Recomputer(Block &block, int64_t maxWork) : block(block), maxWork(maxWork) {}

  /// Recomputes what is live at the peak; returns how many buffers.
  unsigned run();

private:
  std::optional<Candidate> match(memref::AllocOp alloc, unsigned peak);
  bool findWriters(Candidate &candidate);
  bool isCheap(Candidate &candidate);
  bool areInputsThere(Candidate &candidate, unsigned peak);
  bool isThere(Value buffer, Candidate &candidate, unsigned peak);
  void recompute(Candidate &candidate);

  Block &block;
  int64_t maxWork;
  std::unique_ptr<BufferUses> uses;
};
} // namespace

/// The linalg ops that fill the buffer before anything reads it.
bool Recomputer::findWriters(Candidate &candidate) {
  bool isRead = false;
  for (const BufferAccess &access : uses->getAccesses(candidate.alloc)) {
    if (!access.writes) {
      isRead = true;
      continue;
    }
    auto writer = dyn_cast<linalg::LinalgOp>(access.op);
    if (isRead || !writer || writer.getNumDpsInits() != 1 ||
        !writer.hasPureBufferSemantics())
      return false;
    candidate.writers.push_back(writer);
    candidate.written = access.position;
  }
  return !candidate.writers.empty();
}

/// Iterations per element of the buffer; a product has as many as its sum has
/// terms.
bool Recomputer::isCheap(Candidate &candidate) {
  MemRefType type = candidate.alloc.getType();
  int64_t work = 0;
  for (linalg::LinalgOp writer : candidate.writers) {
    int64_t iterations = 1;
    for (int64_t size : writer.getStaticLoopRanges()) {
      if (ShapedType::isDynamic(size))
        return false;
      iterations *= size;
    }
    work += iterations;
  }
  return work <= maxWork * type.getNumElements();
}

/// Whether `buffer` holds at the candidate's late use what its writers read.
bool Recomputer::isThere(Value buffer, Candidate &candidate,
                         unsigned peak) {
  if (uses->isTouched(buffer, candidate.written, candidate.late))
    return false;
  // What the writers themselves write is another buffer: theirs.
  auto alloc = buffer.getDefiningOp<memref::AllocOp>();
  if (!alloc || alloc->getBlock() != &block)
    return true;
  if (uses->getAccesses(alloc).back().position >= candidate.late)
    return true;
  if (getByteSize(alloc.getType()) * kMinGain <=
      getByteSize(candidate.alloc.getType()))
    return true;
  // It can be computed again in its turn, before the late use of this one.
  Candidate source{alloc, {}, 0, candidate.late};
  return findWriters(source) && isCheap(source) &&
         areInputsThere(source, peak);
}

bool Recomputer::areInputsThere(Candidate &candidate, unsigned peak) {
  for (linalg::LinalgOp writer : candidate.writers)
    for (Value used : getUsedMemrefs(writer)) {
      Value buffer = uses->getBuffer(used);
      if (buffer != candidate.alloc.getResult() && !isThere(buffer, candidate, peak))
        return false;
    }
  return true;
}

std::optional<Candidate> Recomputer::match(memref::AllocOp alloc,
                                           unsigned peak) {
  ArrayRef<BufferAccess> accesses = uses->getAccesses(alloc);
  if (accesses.empty() || getByteSize(alloc.getType()) < kMinBytes)
    return std::nullopt;
  Candidate candidate{alloc, {}, 0, 0};
  for (const BufferAccess &access : accesses) {
    if (access.position == peak)
      return std::nullopt;
    if (access.position > peak && !candidate.late)
      candidate.late = access.position;
  }
  if (!candidate.late || accesses.front().position > peak ||
      !findWriters(candidate) || candidate.written > peak ||
      !isCheap(candidate) || !areInputsThere(candidate, peak))
    return std::nullopt;
  return candidate;
}

/// `value`, a view of `from`, as the same view of `to`.
static Value rebuildView(OpBuilder &b, Value value, Value from, Value to) {
  if (value == from)
    return to;
  auto view = value.getDefiningOp<ViewLikeOpInterface>();
  IRMapping mapping;
  mapping.map(view.getViewSource(),
              rebuildView(b, view.getViewSource(), from, to));
  return b.clone(*view, mapping)->getResult(0);
}

void Recomputer::recompute(Candidate &candidate) {
  memref::AllocOp alloc = candidate.alloc;
  SmallVector<Operation *> readers;
  for (const BufferAccess &access : uses->getAccesses(alloc))
    if (access.position >= candidate.late)
      readers.push_back(access.op);
  OpBuilder b(readers.front());
  Value copy = b.clone(*alloc)->getResult(0);
  auto redirect = [&](Operation *op) {
    op->walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        if (isa<BaseMemRefType>(operand.get().getType()) &&
            uses->getBuffer(operand.get()) == alloc.getResult()) {
          b.setInsertionPoint(op);
          operand.set(rebuildView(b, operand.get(), alloc, copy));
        }
    });
  };
  for (linalg::LinalgOp writer : candidate.writers) {
    b.setInsertionPoint(readers.front());
    redirect(b.clone(*writer));
  }
  for (Operation *reader : readers)
    redirect(reader);
}

unsigned Recomputer::run() {
  unsigned count = 0;
  // Each round handles one peak; the next is elsewhere, or as low as it gets.
  while (true) {
    uses = std::make_unique<BufferUses>(block);
    auto [bytes, peak] = uses->getPeak();
    SmallVector<memref::AllocOp> order(uses->getAllocations());
    unsigned before = count;
    // Consumers first: what they are computed from has then a late use, too.
    for (memref::AllocOp alloc : llvm::reverse(order))
      if (std::optional<Candidate> candidate = match(alloc, peak)) {
        recompute(*candidate);
        ++count;
        uses = std::make_unique<BufferUses>(block);
        // Ops were only added after the peak.
      }
    if (count == before || uses->getPeak().first >= bytes)
      return count;
  }
}

namespace {
struct QnetRecomputeActivations
    : qnet::impl::QnetRecomputeActivationsBase<QnetRecomputeActivations> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (maxWork >= 1)
      return success();
    return emitError(UnknownLoc::get(context))
           << "qnet-recompute-activations: expected max-work of at least 1, "
              "got "
           << maxWork.getValue();
  }

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    SmallVector<Block *> blocks{&getOperation().getBody().front()};
    getOperation().walk(
        [&](scf::ForOp loop) { blocks.push_back(loop.getBody()); });
    for (Block *block : blocks)
      numRecomputed += Recomputer(*block, maxWork).run();
  }
};
} // namespace
