//===- RecomputePlan.cpp - What to compute again, before it is done -------===//
//
// See RecomputePlan.h.
//
//===----------------------------------------------------------------------===//

#include "RecomputePlan.h"
#include "BufferUses.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "qnet/Codegen/Common/Buffers.h"

using namespace mlir;
using namespace qnet;

/// An element that is read or written costs as much as so many multiply-adds.
static constexpr int64_t kElementCost = 16;

RecomputePlan::RecomputePlan(Block &block) {
  BufferUses uses(block);
  DenseMap<Value, unsigned> numbers;
  for (Operation &op : block) {
    PlanStep step{&op, /*isClone=*/false, {}};
    SetVector<Value> buffers;
    for (Value value : getUsedMemrefs(&op))
      buffers.insert(uses.getBuffer(value));
    for (Value buffer : buffers)
      for (const BufferAccess &access : uses.getAccesses(buffer)) {
        if (access.op != &op)
          continue;
        auto [it, isNew] = numbers.try_emplace(buffer, instances.size());
        auto alloc = buffer.getDefiningOp<memref::AllocOp>();
        bool isOurs = alloc && alloc->getBlock() == &block;
        if (isNew)
          instances.push_back(
              {buffer, isOurs ? getByteSize(alloc.getType()) : 0});
        step.uses.push_back({it->second, access.reads, access.writes});
      }
    if (!step.uses.empty() || op.hasTrait<OpTrait::IsTerminator>())
      steps.push_back(std::move(step));
  }
  index();
}

void RecomputePlan::index() {
  accesses.assign(instances.size(), {});
  for (auto [number, step] : llvm::enumerate(steps))
    for (const PlanUse &use : step.uses)
      accesses[use.instance].push_back(number);
}

PlanUse RecomputePlan::getUse(unsigned step, unsigned instance) const {
  return *llvm::find_if(steps[step].uses, [&](const PlanUse &use) {
    return use.instance == instance;
  });
}

bool RecomputePlan::isWritten(unsigned instance, unsigned after,
                              unsigned before) const {
  return llvm::any_of(accesses[instance], [&](unsigned step) {
    return step > after && step < before && getUse(step, instance).writes;
  });
}

SmallVector<unsigned, 2> RecomputePlan::findWriters(unsigned instance) const {
  SmallVector<unsigned, 2> writers;
  bool isRead = false;
  for (unsigned step : accesses[instance]) {
    if (!getUse(step, instance).writes) {
      isRead = true;
      continue;
    }
    auto writer = dyn_cast<linalg::LinalgOp>(steps[step].op);
    if (isRead || !writer || writer.getNumDpsInits() != 1 ||
        !writer.hasPureBufferSemantics())
      return {};
    writers.push_back(step);
  }
  return writers;
}

static int64_t countIterationsOf(linalg::LinalgOp op) {
  int64_t iterations = 1;
  for (int64_t size : op.getStaticLoopRanges()) {
    // Never cheap.
    if (ShapedType::isDynamic(size))
      return std::numeric_limits<int32_t>::max();
    iterations *= size;
  }
  return iterations;
}

int64_t RecomputePlan::countWork(ArrayRef<unsigned> writers) const {
  int64_t work = 0;
  for (unsigned writer : writers)
    work += countIterationsOf(cast<linalg::LinalgOp>(steps[writer].op));
  return work;
}

int64_t RecomputePlan::countIterations() const {
  int64_t iterations = 0;
  for (const PlanStep &step : steps)
    if (auto op = dyn_cast<linalg::LinalgOp>(step.op);
        op &&
        !llvm::is_contained(op.getStaticLoopRanges(), ShapedType::kDynamic))
      iterations += countIterationsOf(op);
  return iterations;
}

/// Whether each iteration of `op` accesses an element of its own only.
static bool isElementwise(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  return generic && generic.getNumParallelLoops() == generic.getNumLoops() &&
         generic.getNumDpsInits() == 1 && generic.getNumDpsInputs() != 0;
}

std::optional<unsigned> RecomputePlan::findOverwritten(unsigned number) const {
  const PlanStep &step = steps[number];
  if (!isElementwise(step.op))
    return std::nullopt;
  auto typeOf = [&](const PlanUse &use) {
    return instances[use.instance].buffer.getType();
  };
  for (const PlanUse &out : step.uses) {
    if (!out.writes || out.reads || accesses[out.instance].front() != number ||
        !instances[out.instance].isAllocated())
      continue;
    for (const PlanUse &use : step.uses)
      if (!use.writes && typeOf(use) == typeOf(out) &&
          instances[use.instance].isAllocated() &&
          accesses[use.instance].back() == number)
        return use.instance;
  }
  return std::nullopt;
}

std::pair<int64_t, unsigned> RecomputePlan::getPeak() const {
  std::vector<int64_t> change(steps.size() + 1, 0);
  for (auto [instance, list] : llvm::zip_equal(instances, accesses)) {
    if (list.empty())
      continue;
    change[list.front()] += instance.bytes;
    change[list.back() + 1] -= instance.bytes;
  }
  for (unsigned step = 0; step < steps.size(); ++step)
    if (std::optional<unsigned> input = findOverwritten(step)) {
      change[step] -= instances[*input].bytes;
      change[step + 1] += instances[*input].bytes;
    }
  int64_t live = 0;
  std::pair<int64_t, unsigned> peak{0, 0};
  for (auto [step, difference] : llvm::enumerate(change)) {
    live += difference;
    if (live > peak.first)
      peak = {live, static_cast<unsigned>(step)};
  }
  return peak;
}

std::vector<int64_t> RecomputePlan::getIdleBytes() const {
  std::vector<int64_t> change(steps.size() + 1, 0);
  for (auto [instance, list] : llvm::zip_equal(instances, accesses)) {
    if (list.size() < 2)
      continue;
    unsigned longest = 1;
    for (unsigned i = 2; i < list.size(); ++i)
      if (list[i] - list[i - 1] >= list[longest] - list[longest - 1])
        longest = i;
    change[list[longest - 1] + 1] += instance.bytes;
    change[list[longest]] -= instance.bytes;
  }
  std::vector<int64_t> idle;
  int64_t bytes = 0;
  for (unsigned step = 0; step < steps.size(); ++step)
    idle.push_back(bytes += change[step]);
  return idle;
}

unsigned RecomputePlan::getTurn() const {
  std::vector<int64_t> idle = getIdleBytes();
  return std::distance(idle.begin(), llvm::max_element(idle));
}

int64_t RecomputePlan::getCost() const {
  int64_t cost = 0;
  for (const PlanStep &step : steps)
    if (step.isClone) {
      auto op = cast<linalg::LinalgOp>(step.op);
      cost += countIterationsOf(op);
      for (Value used : getUsedMemrefs(op))
        cost +=
            kElementCost * cast<MemRefType>(used.getType()).getNumElements();
    }
  return cost;
}

unsigned RecomputePlan::getNumCopies() const {
  return llvm::count_if(
      instances, [](const PlanInstance &instance) { return instance.isCopy; });
}

unsigned RecomputePlan::recompute(ArrayRef<unsigned> group, unsigned late,
                                  PlanCopies &copies) {
  std::vector<PlanStep> clones;
  auto redirect = [&](PlanStep &step) {
    for (PlanUse &use : step.uses)
      if (auto it = copies.find(use.instance); it != copies.end())
        use.instance = it->second;
  };
  for (unsigned instance : group) {
    copies[instance] = instances.size();
    instances.push_back(
        {instances[instance].buffer, instances[instance].bytes, true});
    for (unsigned writer : findWriters(instance)) {
      PlanStep &clone = clones.emplace_back(steps[writer]);
      clone.isClone = true;
      redirect(clone);
    }
  }
  for (unsigned step = late; step < steps.size(); ++step)
    redirect(steps[step]);
  steps.insert(steps.begin() + late, clones.begin(), clones.end());
  index();
  return clones.size();
}

std::optional<unsigned> RecomputePlan::findCopy(unsigned instance,
                                                unsigned late) const {
  Value buffer = instances[instance].buffer;
  for (auto [number, copy] : llvm::enumerate(instances))
    if (copy.isCopy && copy.buffer == buffer && number != instance &&
        !accesses[number].empty() && accesses[number].back() >= late)
      return number;
  return std::nullopt;
}

void RecomputePlan::collectWriters(unsigned copy, unsigned late,
                                   DenseSet<unsigned> &writers) const {
  for (unsigned step : accesses[copy])
    if (step >= late && getUse(step, copy).writes &&
        writers.insert(step).second)
      for (const PlanUse &use : steps[step].uses)
        if (use.instance != copy && instances[use.instance].isCopy)
          collectWriters(use.instance, late, writers);
}

unsigned RecomputePlan::hoist(unsigned copy, unsigned late) {
  DenseSet<unsigned> writers;
  collectWriters(copy, late, writers);
  std::vector<PlanStep> first, rest;
  for (unsigned step = late; step < steps.size(); ++step)
    (writers.contains(step) ? first : rest).push_back(std::move(steps[step]));
  steps.resize(late);
  llvm::append_range(steps, first);
  llvm::append_range(steps, rest);
  index();
  return first.size();
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

static void replaceBuffer(Operation *op, Value from, Value to) {
  OpBuilder b(op);
  op->walk([&](Operation *inner) {
    for (OpOperand &operand : inner->getOpOperands())
      if (isa<BaseMemRefType>(operand.get().getType()) &&
          getBase(operand.get()) == from)
        operand.set(rebuildView(b, operand.get(), from, to));
  });
}

void RecomputePlan::apply() {
  std::vector<Operation *> next(steps.size());
  Operation *following = nullptr;
  for (unsigned step = steps.size(); step-- > 0;) {
    if (!steps[step].isClone)
      following = steps[step].op;
    next[step] = following;
  }
  // Ops are changed once all clones are made from them as they were.
  std::vector<Operation *> ops(steps.size());
  DenseMap<unsigned, Value> copies;
  for (auto [number, step] : llvm::enumerate(steps)) {
    ops[number] = step.op;
    if (!step.isClone)
      continue;
    OpBuilder b(next[number]);
    for (const PlanUse &use : step.uses) {
      const PlanInstance &instance = instances[use.instance];
      if (instance.isCopy && use.writes && !copies.count(use.instance))
        copies[use.instance] =
            b.clone(*instance.buffer.getDefiningOp())->getResult(0);
    }
    ops[number] = b.clone(*step.op);
  }
  for (auto [number, step] : llvm::enumerate(steps))
    for (const PlanUse &use : step.uses)
      if (instances[use.instance].isCopy)
        replaceBuffer(ops[number], instances[use.instance].buffer,
                      copies.lookup(use.instance));
}
