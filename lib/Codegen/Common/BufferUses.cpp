//===- BufferUses.cpp - Who reads and writes a buffer, and when -----------===//
//
// See BufferUses.h. What is not known to only read or only write does both.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Dialect/Qnet/IR/QnetTypes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

int64_t qnet::getByteSize(MemRefType type) {
  Type element = type.getElementType();
  if (!type.hasStaticShape())
    return 0;
  // Codes are packed later, into words.
  if (auto code = dyn_cast<QType>(element))
    return 4 * getNumWords(code.getGrid(), type.getNumElements());
  int64_t bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

void qnet::eraseUnused(Operation *op) {
  for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
    if (isa<ViewLikeOpInterface>(user))
      eraseUnused(user);
  if (op->use_empty())
    op->erase();
}

int64_t qnet::getLargestPeak(ModuleOp module) {
  int64_t largest = 0;
  for (auto function : module.getOps<FunctionOpInterface>())
    for (Block &block : function.getFunctionBody())
      largest = std::max(largest, BufferUses(block).getPeak().first);
  return largest;
}

SmallVector<Block *>
qnet::collectSequentialBlocks(FunctionOpInterface function) {
  SmallVector<Block *> blocks;
  for (Block &block : function.getFunctionBody())
    blocks.push_back(&block);
  function->walk([&](scf::ForOp loop) { blocks.push_back(loop.getBody()); });
  return blocks;
}

SmallVector<Value> qnet::getUsedMemrefs(Operation *op) {
  SetVector<Value> used;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (isa<MemRefType>(operand.getType()))
        used.insert(operand);
  });
  return used.takeVector();
}

BufferUses::BufferUses(Block &block) {
  unsigned next = 0;
  for (Operation &op : block) {
    if (isEpilogue(&op))
      positions[&op] = positions.lookup(lastOnMemory(&op));
    else
      positions[&op] = next++;
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      allocations.push_back(alloc);
  }
  for (Block *at = &block; at; at = at->getParentOp()->getBlock()) {
    collectViews(*at);
    if (isa<FunctionOpInterface>(at->getParentOp()))
      break;
  }
  for (Operation &op : block)
    collectAccesses(op);
}

/// Views of one block at constant places that do not overlap are buffers.
void BufferUses::collectViews(Block &block) {
  struct Part {
    memref::ViewOp view;
    int64_t begin, end;
  };
  llvm::MapVector<Value, SmallVector<Part>> bySource;
  DenseSet<Value> vague;
  for (auto view : block.getOps<memref::ViewOp>()) {
    APInt offset;
    if (!matchPattern(view.getByteShift(), m_ConstantInt(&offset))) {
      vague.insert(view.getSource());
      continue;
    }
    int64_t begin = offset.getSExtValue();
    bySource[view.getSource()].push_back(
        {view, begin, begin + getByteSize(view.getType())});
  }
  for (auto &[source, views] : bySource) {
    llvm::sort(views,
               [](const Part &x, const Part &y) { return x.begin < y.begin; });
    bool overlap = vague.contains(source);
    for (unsigned i = 1; i < views.size(); ++i)
      overlap |= views[i].begin < views[i - 1].end &&
                 views[i].begin != views[i - 1].begin;
    if (overlap)
      continue;
    Value first;
    for (unsigned i = 0; i < views.size(); ++i) {
      if (i == 0 || views[i].begin != views[i - 1].begin)
        first = views[i].view.getResult();
      parts[views[i].view.getResult()] = first;
    }
  }
}

Value BufferUses::getBuffer(Value value) const {
  while (true) {
    if (Value part = parts.lookup(value))
      return part;
    auto view = value.getDefiningOp<ViewLikeOpInterface>();
    if (!view)
      return value;
    value = view.getViewSource();
  }
}

/// How an op accesses the buffer of one of its operands.
static void classify(OpOperand &operand, BufferAccess &access) {
  Operation *op = operand.getOwner();
  bool reads = true, writes = true;
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    writes = linalgOp.isDpsInit(&operand);
    reads = !writes || linalgOp.payloadUsesValueFromOperand(&operand);
  } else if (auto effects = dyn_cast<MemoryEffectOpInterface>(op)) {
    SmallVector<MemoryEffects::EffectInstance> found;
    effects.getEffectsOnValue(operand.get(), found);
    auto has = [&](auto kind) {
      return llvm::any_of(found, [&](const MemoryEffects::EffectInstance &e) {
        return isa<decltype(kind)>(e.getEffect());
      });
    };
    reads = has(MemoryEffects::Read());
    writes = has(MemoryEffects::Write());
  }
  access.reads |= reads;
  access.writes |= writes;
}

void BufferUses::collectAccesses(Operation &op) {
  unsigned position = positions.lookup(&op);
  op.walk([&](Operation *inner) {
    auto isBuffer = [](OpOperand &operand) {
      return isa<BaseMemRefType>(operand.get().getType());
    };
    // Few ops use buffers; the other question costs more time.
    if (llvm::none_of(inner->getOpOperands(), isBuffer) ||
        isa<ViewLikeOpInterface>(inner))
      return;
    for (OpOperand &operand : inner->getOpOperands()) {
      if (!isBuffer(operand))
        continue;
      auto &list = accesses[getBuffer(operand.get())];
      if (list.empty() || list.back().op != &op)
        list.push_back({&op, position});
      classify(operand, list.back());
    }
  });
}

ArrayRef<BufferAccess> BufferUses::getAccesses(Value buffer) const {
  auto it = accesses.find(buffer);
  return it == accesses.end() ? ArrayRef<BufferAccess>() : it->second;
}

bool BufferUses::isTouched(Value buffer, unsigned after, unsigned before,
                           bool orRead) const {
  return llvm::any_of(getAccesses(buffer), [&](const BufferAccess &access) {
    return access.position > after && access.position < before &&
           (access.writes || orRead);
  });
}

std::pair<int64_t, unsigned> BufferUses::getPeak() const {
  SmallVector<int64_t> change(positions.size() + 1, 0);
  for (memref::AllocOp alloc : allocations) {
    ArrayRef<BufferAccess> list = getAccesses(alloc);
    if (list.empty())
      continue;
    int64_t bytes = getByteSize(alloc.getType());
    change[list.front().position] += bytes;
    change[list.back().position + 1] -= bytes;
  }
  int64_t live = 0;
  std::pair<int64_t, unsigned> peak{0, 0};
  for (auto [position, difference] : llvm::enumerate(change)) {
    live += difference;
    if (live > peak.first)
      peak = {live, static_cast<unsigned>(position)};
  }
  return peak;
}
