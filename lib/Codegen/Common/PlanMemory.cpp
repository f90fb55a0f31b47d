//===- PlanMemory.cpp - qnet-plan-memory ----------------------------------===//
//
// Static memory plan by lifetime: greedy by size (largest first, lowest offset
// that fits), after Pisarchyk and Lee, "Efficient memory management for deep
// neural net inference" (2020), and then in other orders while that leaves
// gaps. Lifetimes are intervals over the ops of the entry block and of
// sequential loops, in the order in which they are written. A buffer of a
// loop's body does not outlive an iteration; what the body uses from outside
// lives as long as the loop.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Program/MemoryPlan.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace qnet {
#define GEN_PASS_DEF_QNETPLANMEMORY
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;

/// Buffers start on cache lines.
static constexpr int64_t kAlignment = 64;
/// In how many orders buffers are placed, at most, from each of three starts.
static constexpr unsigned kMaxAttempts = 64;

namespace {
struct Buffer {
  memref::AllocOp alloc;
  int64_t bytes;
  unsigned first, last; ///< positions of the first and last use
  int64_t offset = 0;
  Operation *born = nullptr; ///< the first op that uses it, in its block

  int64_t end() const { return offset + bytes; }
  bool overlaps(const Buffer &other) const {
    return first <= other.last && other.first <= last;
  }
};
} // namespace

/// First and last position of an op with all that is in it.
using Positions = DenseMap<Operation *, std::pair<unsigned, unsigned>>;

static void number(Block &block, unsigned &next, Positions &positions) {
  for (Operation &op : block) {
    unsigned first = next++;
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        number(inner, next, positions);
    positions[&op] = {first, next - 1};
  }
}

/// Extends the lifetime by all uses of `value` and of views of it.
static void addUses(Value value, const Positions &positions, Block *block,
                    Buffer &buffer) {
  for (Operation *user : value.getUsers()) {
    Operation *ancestor = block->findAncestorOpInBlock(*user);
    auto [first, last] = positions.lookup(ancestor);
    bool isView = isa<ViewLikeOpInterface>(user);
    if (!isView &&
        (!buffer.born || first <= positions.lookup(buffer.born).first))
      buffer.born = ancestor;
    buffer.first = std::min(buffer.first, first);
    buffer.last = std::max(buffer.last, last);
    if (isView)
      for (Value view : user->getResults())
        addUses(view, positions, block, buffer);
  }
}

static int64_t sizeInBytes(MemRefType type) {
  int64_t bits = type.getElementTypeBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

/// The lowest offset at which `buffer` is disjoint from all placed buffers,
/// which are in the order of their offsets, that live at the same time.
static int64_t findOffset(const Buffer &buffer, ArrayRef<Buffer *> placed) {
  int64_t offset = 0;
  for (const Buffer *other : placed) {
    if (offset + buffer.bytes <= other->offset)
      break;
    if (buffer.overlaps(*other))
      offset =
          std::max<int64_t>(offset, llvm::alignTo(other->end(), kAlignment));
  }
  return offset;
}

/// Bytes that are live where most are: no arena is smaller.
static int64_t countPeak(ArrayRef<Buffer> buffers) {
  std::map<unsigned, int64_t> change;
  for (const Buffer &buffer : buffers) {
    int64_t bytes = llvm::alignTo(buffer.bytes, kAlignment);
    change[buffer.first] += bytes;
    change[buffer.last + 1] -= bytes;
  }
  int64_t live = 0, peak = 0;
  for (auto [position, difference] : change)
    peak = std::max(peak, live += difference);
  return peak;
}

/// Places one buffer after the other; returns the one that ends last.
static Buffer *placeInOrder(ArrayRef<Buffer *> order) {
  auto isLower = [](const Buffer *x, const Buffer *y) {
    return x->offset < y->offset;
  };
  SmallVector<Buffer *> placed;
  Buffer *highest = nullptr;
  for (Buffer *buffer : order) {
    buffer->offset = findOffset(*buffer, placed);
    placed.insert(llvm::upper_bound(placed, buffer, isLower), buffer);
    if (!highest || buffer->end() > highest->end())
      highest = buffer;
  }
  return highest;
}

/// The arena of the best of several orders, the first of which is `order`:
/// while there are gaps, what ends last is placed first in the next attempt.
/// Leaves the best order.
static int64_t improveOrder(SmallVector<Buffer *> &order, int64_t least) {
  SmallVector<Buffer *> best;
  int64_t arena = std::numeric_limits<int64_t>::max();
  for (unsigned i = 0; i < kMaxAttempts && arena > least; ++i) {
    Buffer *highest = placeInOrder(order);
    if (highest->end() < arena) {
      arena = highest->end();
      best = order;
    }
    auto *place = llvm::find(order, highest);
    std::rotate(order.begin(), place, place + 1);
  }
  order = std::move(best);
  return arena;
}

static int64_t weighBytes(const Buffer &buffer) { return buffer.bytes; }
static int64_t weighLife(const Buffer &buffer) {
  return buffer.last - buffer.first + 1;
}
static int64_t weighBoth(const Buffer &buffer) {
  return weighBytes(buffer) * weighLife(buffer);
}

/// Assigns offsets; returns the size of the arena. Starts with the largest
/// buffers, then with those that live longest, then with what is most of both.
static int64_t placeBuffers(MutableArrayRef<Buffer> buffers) {
  if (buffers.empty())
    return 0;
  int64_t least = countPeak(buffers);
  int64_t arena = std::numeric_limits<int64_t>::max();
  SmallVector<Buffer *> best;
  for (auto weigh : {weighBytes, weighLife, weighBoth}) {
    SmallVector<Buffer *> order(llvm::make_pointer_range(buffers));
    llvm::stable_sort(order, [&](const Buffer *x, const Buffer *y) {
      return weigh(*x) > weigh(*y);
    });
    int64_t bytes = improveOrder(order, least);
    if (bytes < arena) {
      arena = bytes;
      best = std::move(order);
    }
    if (arena <= least)
      break;
  }
  placeInOrder(best);
  return llvm::alignTo(arena, kAlignment);
}

static SmallVector<Buffer> collectBuffers(func::FuncOp function) {
  Positions positions;
  unsigned next = 0;
  number(function.getBody().front(), next, positions);
  SmallVector<Buffer> buffers;
  function.walk([&](memref::AllocOp alloc) {
    Buffer buffer{alloc, sizeInBytes(alloc.getType()), ~0u, 0};
    addUses(alloc, positions, alloc->getBlock(), buffer);
    // A buffer that nobody uses still gets a place.
    if (buffer.first > buffer.last)
      buffer.first = buffer.last = positions.lookup(alloc).first;
    buffers.push_back(buffer);
  });
  return buffers;
}

/// What the report says of a buffer: its name is that of the op that first
/// writes it.
static qnet::PlannedBuffer describe(const Buffer &buffer) {
  memref::AllocOp alloc = buffer.alloc;
  Operation *source = buffer.born ? buffer.born : alloc.getOperation();
  qnet::TensorName name = qnet::getTensorName(source->getLoc());
  // Only code generation says what its buffers are where it allocates them.
  qnet::TensorKind kind = qnet::getTensorName(alloc.getLoc()).kind;
  if (kind == qnet::TensorKind::Workspace)
    name.kind = kind;
  std::string type;
  llvm::raw_string_ostream stream(type);
  for (int64_t size : alloc.getType().getShape())
    stream << size << "x";
  stream << alloc.getType().getElementType();
  return {name.name.str(), name.kind,    type,       buffer.bytes,
          buffer.offset,   buffer.first, buffer.last};
}

/// Whether `alloc` is reached once in a call or in each of some iterations that
/// run one after another.
static bool isSequential(memref::AllocOp alloc, Block *entry) {
  Block *block = alloc->getBlock();
  while (block != entry) {
    auto loop = dyn_cast<scf::ForOp>(block->getParentOp());
    if (!loop)
      return false;
    block = loop->getBlock();
  }
  return true;
}

/// Whether a loop or a branch carries the buffer under another name.
static bool isCarried(Value buffer) {
  return llvm::any_of(buffer.getUsers(), [](Operation *user) {
    if (isa<ViewLikeOpInterface>(user))
      return llvm::any_of(user->getResults(), isCarried);
    return isa<RegionBranchOpInterface, RegionBranchTerminatorOpInterface>(
        user);
  });
}

namespace {
struct QnetPlanMemory : qnet::impl::QnetPlanMemoryBase<QnetPlanMemory> {
  using Base::Base;

  LogicalResult checkAllocations(func::FuncOp function) {
    Block *entry = &function.getBody().front();
    WalkResult result = function.walk([&](memref::AllocOp alloc) {
      MemRefType type = alloc.getType();
      if (isCarried(alloc)) {
        alloc.emitOpError("expected a buffer that no loop carries");
        return WalkResult::interrupt();
      }
      if (isSequential(alloc, entry) && type.hasStaticShape() &&
          type.getElementType().isIntOrFloat())
        return WalkResult::advance();
      alloc.emitOpError("expected a buffer of static shape, of integers or "
                        "floats, in the entry block of its function or in an "
                        "scf.for there, got ")
          << type;
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  LogicalResult initialize(MLIRContext *context) override {
    if (budget.empty())
      return success();
    FailureOr<int64_t> bytes = qnet::parseByteSize(budget);
    if (failed(bytes))
      return emitError(UnknownLoc::get(context))
             << "qnet-plan-memory: expected a budget in bytes, or with K, M or "
                "G after the number, got '"
             << budget << "'";
    maxBytes = *bytes;
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    qnet::MemoryPlan plan;
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(planFunction(function, plan)))
        return signalPassFailure();
    Builder b(module);
    module->setAttr("qnet.arena_bytes",
                    b.getI64IntegerAttr(plan.getArenaBytes()));
    arenaBytes += plan.getArenaBytes();
    if (!maxBytes)
      return;
    qnet::readProgramFacts(module, plan);
    if (failed(qnet::checkBudget(module, plan, *maxBytes)))
      signalPassFailure();
  }

  /// Plans one function, and adds it to `plan` where it has an arena.
  LogicalResult planFunction(func::FuncOp function, qnet::MemoryPlan &plan) {
    if (function.isExternal())
      return success();
    std::optional<unsigned> arena;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (function.getArgAttr(i, "qnet.arena"))
        arena = i;
    if (!arena)
      return success();
    if (failed(checkAllocations(function)))
      return failure();
    SmallVector<Buffer> buffers = collectBuffers(function);
    qnet::EntryPlan &entry = plan.entries.emplace_back();
    entry.entry = function.getName().str();
    entry.arenaBytes = placeBuffers(buffers);
    for (const Buffer &buffer : buffers)
      entry.buffers.push_back(describe(buffer));
    if (record)
      function->setAttr(qnet::kMemoryPlanAttrName,
                        qnet::toAttribute(&getContext(), entry));
    rewrite(function, *arena, buffers, entry.arenaBytes);
    return success();
  }

  void rewrite(func::FuncOp function, unsigned arena,
               MutableArrayRef<Buffer> buffers, int64_t bytes) {
    OpBuilder b(function.getContext());
    auto arenaType = MemRefType::get(bytes, b.getI8Type());
    BlockArgument argument = function.getArgument(arena);
    argument.setType(arenaType);
    SmallVector<Type> types(function.getArgumentTypes());
    types[arena] = arenaType;
    function.setType(FunctionType::get(function.getContext(), types,
                                       function.getResultTypes()));
    for (Buffer &buffer : buffers) {
      b.setInsertionPoint(buffer.alloc);
      Location loc = buffer.alloc.getLoc();
      Value offset = arith::ConstantIndexOp::create(b, loc, buffer.offset);
      Value view = memref::ViewOp::create(b, loc, buffer.alloc.getType(),
                                          argument, offset, ValueRange());
      buffer.alloc->replaceAllUsesWith(ValueRange{view});
      buffer.alloc->erase();
      bufferBytes += buffer.bytes;
    }
    numPlanned += buffers.size();
  }

  std::optional<int64_t> maxBytes;
};
} // namespace
