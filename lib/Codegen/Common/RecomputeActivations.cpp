//===- RecomputeActivations.cpp - qnet-recompute-activations --------------===//
//
// Rematerialization (Griewank and Walther, "Revolve", ACM TOMS 2000; Chen et
// al., "Training deep nets with sublinear memory cost", 2016). First segments
// of the forward pass are computed again (RecomputeSegments.h), then what is
// cheap: while a buffer is live at the peak of memory but not used around it,
// and can be computed again from what is there, the ops that wrote it are
// cloned before its next use. A small part of the work may be spent on products
// that hold many bytes for it. Several lengths of segments are tried.
//
//===----------------------------------------------------------------------===//

#include "BufferUses.h"
#include "RecomputeSegments.h"
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
/// What a buffer is computed from may have to be computed again, and so on, so
/// many times.
static constexpr unsigned kMaxChain = 2;
/// Into how many segments the forward pass is cut, as a trial.
static constexpr int64_t kSegmentCounts[] = {1,  2,  3,  4,  6,  8,
                                             12, 16, 24, 32, 48, 64};
/// More memory by one part of so many is worth less time.
static constexpr int64_t kSlack = 32;

namespace {
/// A buffer between its uses before and after the peak.
struct Candidate {
  unsigned instance;
  SmallVector<unsigned, 2> writers;
  unsigned late; ///< the first use after the peak
};

/// Computes what is cheap again, at one peak after the other.
class PeakReducer {
public:
  /// Considers the first `numActivations` instances and copies of them.
  PeakReducer(RecomputePlan &plan, int64_t maxWork, unsigned numActivations)
      : plan(plan), maxWork(maxWork), numActivations(numActivations) {}

  /// Computes what is cheap again.
  void run();
  /// After that, products of at most so many iterations together; whether there
  /// is one.
  bool spend(int64_t allowance);

private:
  std::optional<Candidate> findProduct(unsigned peak, int64_t allowance);
  bool recomputeProduct(const Candidate &candidate);
  std::optional<Candidate> match(unsigned instance, unsigned peak);
  bool isCheap(const Candidate &candidate);
  bool areInputsThere(const Candidate &candidate, unsigned chain);
  bool isThere(unsigned input, const Candidate &candidate, unsigned chain);

  RecomputePlan &plan;
  int64_t maxWork;
  unsigned numActivations;
};
} // namespace

/// Iterations per element of the buffer; a product has as many as its sum has
/// terms.
bool PeakReducer::isCheap(const Candidate &candidate) {
  Value buffer = plan.getInstances()[candidate.instance].buffer;
  int64_t elements = cast<MemRefType>(buffer.getType()).getNumElements();
  return plan.countWork(candidate.writers) <= maxWork * elements;
}

/// Whether `input` holds at the candidate's late use what its writers read.
bool PeakReducer::isThere(unsigned input, const Candidate &candidate,
                          unsigned chain) {
  if (plan.isWritten(input, candidate.writers.back(), candidate.late))
    return false;
  const PlanInstance &instance = plan.getInstances()[input];
  if (!instance.isAllocated() ||
      plan.getAccesses(input).back() >= candidate.late ||
      instance.bytes * kMinGain <=
          plan.getInstances()[candidate.instance].bytes)
    return true;
  if (chain == kMaxChain)
    return false;
  // It can be computed again in its turn, before the late use of this one.
  Candidate source{input, plan.findWriters(input), candidate.late};
  return !source.writers.empty() && isCheap(source) &&
         areInputsThere(source, chain + 1);
}

bool PeakReducer::areInputsThere(const Candidate &candidate, unsigned chain) {
  for (unsigned writer : candidate.writers)
    for (const PlanUse &use : plan.getSteps()[writer].uses)
      if (use.instance != candidate.instance &&
          !isThere(use.instance, candidate, chain))
        return false;
  return true;
}

std::optional<Candidate> PeakReducer::match(unsigned instance, unsigned peak) {
  ArrayRef<unsigned> accesses = plan.getAccesses(instance);
  if (instance >= numActivations && !plan.getInstances()[instance].isCopy)
    return std::nullopt;
  if (plan.getInstances()[instance].bytes < kMinBytes || accesses.empty() ||
      accesses.front() >= peak || accesses.back() <= peak)
    return std::nullopt;
  const unsigned *late = llvm::lower_bound(accesses, peak);
  if (*late == peak)
    return std::nullopt;
  Candidate candidate{instance, plan.findWriters(instance), *late};
  if (candidate.writers.empty() || candidate.writers.back() > peak ||
      !areInputsThere(candidate, 0))
    return std::nullopt;
  return candidate;
}

void PeakReducer::run() {
  // Each round handles one peak; the next is elsewhere, or as low as it gets.
  while (true) {
    auto [bytes, peak] = plan.getPeak();
    bool isChanged = false;
    // Consumers first: what they are computed from has then a late use, too.
    for (unsigned instance = plan.getInstances().size(); instance-- > 0;)
      if (std::optional<Candidate> candidate = match(instance, peak);
          candidate && isCheap(*candidate)) {
        // Steps are only added after the peak.
        PlanCopies copies;
        plan.recompute(instance, candidate->late, copies);
        isChanged = true;
      }
    if (!isChanged || plan.getPeak().first >= bytes)
      return;
  }
}

/// The buffer across the peak that holds the most bytes for its work.
std::optional<Candidate> PeakReducer::findProduct(unsigned peak,
                                                  int64_t allowance) {
  std::optional<Candidate> best;
  double most = 0;
  for (unsigned instance = 0; instance < numActivations; ++instance) {
    std::optional<Candidate> candidate = match(instance, peak);
    if (!candidate || isCheap(*candidate))
      continue;
    int64_t work = plan.countWork(candidate->writers);
    double gain = double(plan.getInstances()[instance].bytes) / work;
    if (work <= allowance && gain > most) {
      best = candidate;
      most = gain;
    }
  }
  return best;
}

/// Whether the peak is lower by at least half of the buffer; where not, the
/// plan stays as it was.
bool PeakReducer::recomputeProduct(const Candidate &candidate) {
  RecomputePlan before = plan;
  int64_t least = plan.getInstances()[candidate.instance].bytes / 2;
  // What it is computed from has mostly been computed again for the gradients,
  // a little later than it is needed now.
  SmallVector<PlanUse> uses;
  for (unsigned writer : candidate.writers)
    llvm::append_range(uses, plan.getSteps()[writer].uses);
  PlanCopies copies;
  unsigned late = candidate.late;
  for (const PlanUse &use : uses)
    if (std::optional<unsigned> copy = plan.findCopy(use.instance, late)) {
      late += plan.hoist(*copy, late);
      copies[use.instance] = *copy;
    }
  plan.recompute(candidate.instance, late, copies);
  run();
  if (plan.getPeak().first + least <= before.getPeak().first)
    return true;
  plan = std::move(before);
  return false;
}

bool PeakReducer::spend(int64_t allowance) {
  bool isChanged = false;
  while (std::optional<Candidate> product =
             findProduct(plan.getPeak().second, allowance)) {
    int64_t work = plan.countWork(product->writers);
    if (!recomputeProduct(*product))
      break;
    allowance -= work;
    isChanged = true;
  }
  return isChanged;
}

/// The plan with the lowest peak; of those near it, the one that costs least:
/// it may be the start.
static RecomputePlan choosePlan(const RecomputePlan &start, int64_t maxWork,
                                int64_t allowance, bool products) {
  std::vector<RecomputePlan> plans(2, start);
  RecomputeSegments segments(
      start, products ? std::numeric_limits<int64_t>::max() : maxWork);
  for (int64_t count : kSegmentCounts)
    if (segments.getTotalBytes() > 0)
      segments.recompute(plans.emplace_back(start),
                         segments.getTotalBytes() / count);
  // Instances are numbered by their first uses.
  unsigned turn = start.getTurn(), numActivations = 0;
  while (numActivations < start.getInstances().size() &&
         start.getAccesses(numActivations).front() <= turn)
    ++numActivations;
  for (unsigned i = 1, e = plans.size(); i < e; ++i) {
    PeakReducer(plans[i], maxWork, numActivations).run();
    RecomputePlan plan = plans[i];
    if (PeakReducer(plan, maxWork, numActivations).spend(allowance))
      plans.push_back(std::move(plan));
  }
  auto peaks = llvm::map_to_vector(
      plans, [](const RecomputePlan &plan) { return plan.getPeak().first; });
  int64_t enough = *llvm::min_element(peaks);
  enough += enough / kSlack;
  RecomputePlan *best = nullptr;
  for (auto [plan, peak] : llvm::zip_equal(plans, peaks))
    if (peak <= enough && (!best || plan.getCost() < best->getCost()))
      best = &plan;
  return *best;
}

namespace {
struct QnetRecomputeActivations
    : qnet::impl::QnetRecomputeActivationsBase<QnetRecomputeActivations> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (maxWork < 1)
      return emitError(UnknownLoc::get(context))
             << "qnet-recompute-activations: expected max-work of at least 1, "
                "got "
             << maxWork.getValue();
    if (productPercent < 0 || productPercent > 100)
      return emitError(UnknownLoc::get(context))
             << "qnet-recompute-activations: expected product-percent from 0 "
                "to 100, got "
             << productPercent.getValue();
    return success();
  }

  void runOnOperation() override {
    SmallVector<std::pair<func::FuncOp, int64_t>> functions;
    int64_t most = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      int64_t peak = 0;
      for (Block *block : collectSequentialBlocks(function))
        peak = std::max(peak, RecomputePlan(*block).getPeak().first);
      functions.emplace_back(function, peak);
      most = std::max(most, peak);
    }
    for (auto [function, peak] : functions)
      if (peak > most / 2)
        recompute(function);
  }

  void recompute(func::FuncOp function) {
    for (Block *block : collectSequentialBlocks(function)) {
      RecomputePlan start(*block);
      int64_t allowance =
          products ? 0 : start.countIterations() / 100 * productPercent;
      RecomputePlan plan = choosePlan(start, maxWork, allowance, products);
      numRecomputed += plan.getNumCopies();
      plan.apply();
    }
  }
};
} // namespace
