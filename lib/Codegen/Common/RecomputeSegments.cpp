//===- RecomputeSegments.cpp - Gradient checkpointing ---------------------===//
//
// See RecomputeSegments.h. A buffer is computed again when an op after the turn
// first needs it, with all of its segment that it is computed from, and lives
// until its last use, so that no op runs more than twice.
//
//===----------------------------------------------------------------------===//

#include "RecomputeSegments.h"

using namespace mlir;
using namespace qnet;

/// Buffers that are smaller, or smaller than this part of all idle bytes, are
/// kept: statistics, losses.
static constexpr int64_t kMinBytes = 4096;
static constexpr int64_t kMinPart = 4096;

RecomputeSegments::RecomputeSegments(const RecomputePlan &plan, int64_t maxWork)
    : plan(plan), turn(plan.getTurn()),
      candidates(plan.getInstances().size()) {
  findCandidates(maxWork);
  for (unsigned instance : candidates.set_bits())
    totalBytes += plan.getInstances()[instance].bytes;
}

void RecomputeSegments::findCandidates(int64_t maxWork) {
  int64_t minBytes = kMinBytes;
  if (!plan.getSteps().empty())
    minBytes = std::max(minBytes, plan.getIdleBytes()[turn] / kMinPart);
  for (auto [number, instance] : llvm::enumerate(plan.getInstances())) {
    if (instance.bytes < minBytes)
      continue;
    SmallVector<unsigned, 2> writers = plan.findWriters(number);
    auto type = cast<MemRefType>(instance.buffer.getType());
    if (!writers.empty() && writers.back() <= turn &&
        plan.countWork(writers) / maxWork <= type.getNumElements())
      candidates.set(number);
  }
  std::vector<unsigned> deadlines = findDeadlines();
  // In the order of their first uses: inputs come before.
  for (unsigned instance : candidates.set_bits())
    if (!areInputsThere(instance, deadlines[instance]))
      candidates.reset(instance);
}

/// Until when each candidate may have to be computed again: its last use, and
/// those of what is computed from it.
std::vector<unsigned> RecomputeSegments::findDeadlines() const {
  std::vector<unsigned> deadlines(plan.getInstances().size(), 0);
  for (unsigned instance = deadlines.size(); instance-- > 0;) {
    if (!candidates[instance])
      continue;
    unsigned &deadline = deadlines[instance];
    deadline = std::max(deadline, plan.getAccesses(instance).back());
    for (unsigned writer : plan.findWriters(instance))
      for (const PlanUse &use : plan.getSteps()[writer].uses)
        deadlines[use.instance] = std::max(deadlines[use.instance], deadline);
  }
  return deadlines;
}

bool RecomputeSegments::areInputsThere(unsigned instance,
                                       unsigned deadline) const {
  for (unsigned writer : plan.findWriters(instance))
    for (const PlanUse &use : plan.getSteps()[writer].uses)
      if (use.instance != instance &&
          plan.isWritten(use.instance, writer, deadline + 1))
        return false;
  return true;
}

unsigned RecomputeSegments::findLastForward(unsigned instance) const {
  unsigned last = 0;
  for (unsigned step : plan.getAccesses(instance))
    if (step <= turn)
      last = step;
  return last;
}

/// The candidates that are kept: those that ops before the turn use on both
/// sides of a cut. Of all places since the last cut, a cut is where these take
/// the fewest bytes.
BitVector RecomputeSegments::choose(int64_t bytesOfSegment) const {
  std::vector<int64_t> written(turn + 1, 0), across(turn + 2, 0);
  for (unsigned instance : candidates.set_bits()) {
    int64_t bytes = plan.getInstances()[instance].bytes;
    unsigned first = plan.getAccesses(instance).front();
    written[first] += bytes;
    across[first] += bytes;
    across[findLastForward(instance)] -= bytes;
  }
  for (unsigned step = 1; step <= turn; ++step)
    across[step] += across[step - 1];
  SmallVector<unsigned> cuts;
  int64_t bytes = 0;
  unsigned begin = 0;
  for (unsigned step = 0; step <= turn; ++step) {
    bytes += written[step];
    if (bytes <= bytesOfSegment)
      continue;
    unsigned cut = begin;
    for (unsigned i = begin; i <= step; ++i)
      if (across[i] <= across[cut])
        cut = i;
    cuts.push_back(cut);
    begin = cut + 1;
    bytes = 0;
    for (unsigned i = begin; i <= step; ++i)
      bytes += written[i];
  }
  BitVector kept(candidates.size());
  for (unsigned instance : candidates.set_bits()) {
    unsigned first = plan.getAccesses(instance).front();
    unsigned last = findLastForward(instance);
    if (llvm::any_of(cuts, [&](unsigned cut) {
          return first <= cut && cut < last;
        }))
      kept.set(instance);
  }
  return kept;
}

/// Adds the instance to `group`, after what it is computed from and is not there.
void RecomputeSegments::addMissing(unsigned instance, const BitVector &kept,
                                   const PlanCopies &copies,
                                   llvm::SetVector<unsigned> &group) const {
  if (instance >= candidates.size() || !candidates[instance] ||
      kept[instance] || copies.count(instance) || group.contains(instance))
    return;
  for (unsigned writer : plan.findWriters(instance))
    for (const PlanUse &use : plan.getSteps()[writer].uses)
      if (use.instance != instance)
        addMissing(use.instance, kept, copies, group);
  group.insert(instance);
}

void RecomputeSegments::recompute(RecomputePlan &plan,
                                  int64_t bytesOfSegment) const {
  BitVector kept = choose(bytesOfSegment);
  PlanCopies copies;
  for (unsigned step = turn + 1; step < plan.getSteps().size(); ++step) {
    llvm::SetVector<unsigned> group;
    for (const PlanUse &use : plan.getSteps()[step].uses)
      addMissing(use.instance, kept, copies, group);
    if (!group.empty())
      step += plan.recompute(group.getArrayRef(), step, copies);
  }
}
