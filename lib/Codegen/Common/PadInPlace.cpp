//===- PadInPlace.cpp - qnet-pad-in-place ---------------------------------===//
//
// A buffer that is copied between zeros is written there at once.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "qnet/Codegen/Common/Passes.h"

#include <numeric>

namespace qnet {
#define GEN_PASS_DEF_QNETPADINPLACE
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// A copy of an allocation to another one.
struct OwnCopy : PaddedCopy {
  Operation *firstWriter; ///< of `source`
};
} // namespace

static MemRefType typeOf(Value buffer) {
  return cast<MemRefType>(buffer.getType());
}

static bool isAllocatedIn(Value buffer, Block *block) {
  auto alloc = buffer.getDefiningOp<memref::AllocOp>();
  return alloc && alloc->getBlock() == block;
}

/// Whether `user` of a buffer is a linalg op, or a load in the body of one.
static linalg::LinalgOp getLinalgUser(Operation *user) {
  if (isa<memref::LoadOp>(user))
    user = user->getParentOp();
  return dyn_cast<linalg::LinalgOp>(user);
}

static bool writes(linalg::LinalgOp op, Value buffer) {
  return llvm::is_contained(op.getDpsInits(), buffer);
}

/// Finds the first writer of the source: all are before the copy, and write
/// element by element.
static bool findWriters(OwnCopy &copy) {
  Block *block = copy.op->getBlock();
  copy.firstWriter = nullptr;
  for (Operation *user : copy.source.getUsers()) {
    linalg::LinalgOp op = getLinalgUser(user);
    if (!op)
      return false;
    if (!writes(op, copy.source))
      continue;
    if (op->getBlock() != block || !op->isBeforeInBlock(copy.op) ||
        op.getNumReductionLoops() != 0)
      return false;
    if (!copy.firstWriter || op->isBeforeInBlock(copy.firstWriter))
      copy.firstWriter = op;
  }
  return copy.firstWriter;
}

/// Whether all others only read the copy, after it is made.
static bool isOnlyRead(const OwnCopy &copy) {
  return llvm::all_of(copy.padded.getUsers(), [&](Operation *user) {
    if (user == copy.op)
      return true;
    linalg::LinalgOp op = getLinalgUser(user);
    Operation *inBlock = copy.op->getBlock()->findAncestorOpInBlock(*user);
    return op && !writes(op, copy.padded) && inBlock &&
           copy.op->isBeforeInBlock(inBlock);
  });
}

static std::optional<OwnCopy> match(linalg::GenericOp op) {
  std::optional<PaddedCopy> padded = matchPaddedCopy(op);
  if (!padded)
    return std::nullopt;
  OwnCopy copy{*padded, nullptr};
  Block *block = op->getBlock();
  if (!isAllocatedIn(copy.source, block) ||
      !isAllocatedIn(copy.padded, block) || !findWriters(copy) ||
      !isOnlyRead(copy))
    return std::nullopt;
  return copy;
}

static Value slice(ImplicitLocOpBuilder &b, Value buffer,
                   ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
  auto all = [&](ArrayRef<int64_t> values) {
    return getAsIndexOpFoldResult(b.getContext(), values);
  };
  SmallVector<int64_t> ones(offsets.size(), 1);
  return memref::SubViewOp::create(b, buffer, all(offsets), all(sizes),
                                   all(ones));
}

/// Fills what is not between the zeros: before and after each dimension, over
/// the inner part of those before it and all of those after it.
static void fillBorder(ImplicitLocOpBuilder &b, const OwnCopy &copy) {
  ArrayRef<int64_t> inner = typeOf(copy.source).getShape();
  SmallVector<int64_t> sizes(typeOf(copy.padded).getShape());
  SmallVector<int64_t> offsets(sizes.size(), 0);
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  auto fill = [&](size_t dimension, int64_t from, int64_t to) {
    if (from == to)
      return;
    SmallVector<int64_t> at(offsets), extent(sizes);
    at[dimension] = from;
    extent[dimension] = to - from;
    linalg::FillOp::create(b, zero, slice(b, copy.padded, at, extent));
  };
  for (size_t d = 0; d < sizes.size(); ++d) {
    int64_t end = copy.low[d] + inner[d];
    fill(d, 0, copy.low[d]);
    fill(d, end, sizes[d]);
    offsets[d] = copy.low[d];
    sizes[d] = inner[d];
  }
}

static void padInPlace(OwnCopy &copy) {
  ImplicitLocOpBuilder b(copy.firstWriter->getLoc(), copy.firstWriter);
  copy.padded.getDefiningOp()->moveBefore(copy.firstWriter);
  fillBorder(b, copy);
  Value inner = slice(b, copy.padded, copy.low, typeOf(copy.source).getShape());
  copy.op->erase();
  Operation *alloc = copy.source.getDefiningOp();
  copy.source.replaceAllUsesWith(inner);
  alloc->erase();
}

/// The input that `op`, which writes `out` first, can write over: an allocation
/// of the same type that it is the last to access.
static Value findOverwritten(const BufferUses &uses, linalg::GenericOp op,
                             Value out, const DenseSet<Value> &taken) {
  if (op.getNumReductionLoops() != 0)
    return {};
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value value = input->get();
    if (isAllocatedIn(value, op->getBlock()) && !taken.contains(value) &&
        value.getType() == out.getType() &&
        op.getMatchingIndexingMap(input).isPermutation() &&
        uses.getAccesses(value).back().op == op)
      return value;
  }
  return {};
}

/// For each allocation that an elementwise op writes first, the one that it
/// will take the place of (`qnet-reuse-buffers`, `qnet-fuse-epilogues`), if
/// any.
static DenseMap<Value, Value> findOverwritten(const BufferUses &uses) {
  DenseMap<Value, Value> overwritten;
  DenseSet<Value> taken;
  for (memref::AllocOp alloc : uses.getAllocations()) {
    ArrayRef<BufferAccess> accesses = uses.getAccesses(alloc);
    auto op = accesses.empty()
                  ? linalg::GenericOp()
                  : dyn_cast<linalg::GenericOp>(accesses.front().op);
    Value input = op ? findOverwritten(uses, op, alloc, taken) : Value();
    if (!input)
      continue;
    taken.insert(input);
    overwritten[alloc] = input;
  }
  return overwritten;
}

/// Whether no more bytes are live at once, with the padded buffer for both,
/// than now, or than `enough`.
static bool keepsPeak(const OwnCopy &copy, int64_t enough) {
  BufferUses uses(*copy.op->getBlock());
  DenseMap<Value, Value> overwritten = findOverwritten(uses);
  DenseSet<Value> gone;
  for (auto [alloc, input] : overwritten)
    gone.insert(input);
  std::vector<int64_t> live(uses.getLength() + 1, 0), one = live;
  auto add = [&](std::vector<int64_t> &bytes, unsigned first, unsigned last,
                 Value buffer) {
    bytes[first] += getByteSize(typeOf(buffer));
    bytes[last + 1] -= getByteSize(typeOf(buffer));
  };
  // With all that it takes the place of, but for `end`.
  auto firstOf = [&](Value buffer, Value end = {}) {
    Value input = overwritten.lookup(buffer);
    for (; input && input != end; input = overwritten.lookup(buffer))
      buffer = input;
    return uses.getAccesses(buffer).front().position;
  };
  for (memref::AllocOp alloc : uses.getAllocations()) {
    ArrayRef<BufferAccess> accesses = uses.getAccesses(alloc);
    if (accesses.empty() || gone.contains(alloc))
      continue;
    unsigned last = accesses.back().position;
    add(live, firstOf(alloc), last, alloc);
    if (alloc.getResult() == copy.source)
      continue;
    unsigned first = firstOf(alloc, copy.source);
    if (alloc.getResult() == copy.padded) {
      first = std::min(first, firstOf(copy.source));
      last = std::max(last, uses.getAccesses(copy.source).back().position);
    }
    add(one, first, last, alloc);
  }
  auto findPeak = [](std::vector<int64_t> &bytes) {
    std::partial_sum(bytes.begin(), bytes.end(), bytes.begin());
    return *llvm::max_element(bytes);
  };
  return findPeak(one) <= std::max(findPeak(live), enough);
}

namespace {
struct QnetPadInPlace : qnet::impl::QnetPadInPlaceBase<QnetPadInPlace> {
  using Base::Base;

  /// Functions share an arena: what a small one takes does not matter.
  int64_t countEnough() {
    int64_t most = 0;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        most = std::max(most,
                        BufferUses(function.getBody().front()).getPeak().first);
    return most / 2;
  }

  void runOnOperation() override {
    int64_t enough = keepPeak ? countEnough() : 0;
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (std::optional<OwnCopy> copy = match(op)) {
        if (keepPeak && !keepsPeak(*copy, enough))
          continue;
        padInPlace(*copy);
        ++numPadded;
      }
  }
};
} // namespace
