//===- Evaluate.cpp - inference over a whole set of samples ---------------===//
//
// See Evaluate.h. Sums are added batch by batch in the order of the set.
//
//===----------------------------------------------------------------------===//
#include "Evaluate.h"

#include <algorithm>
#include <numeric>

using namespace qnet::rt;

/// Calls `body` with the first sample and the number of samples of each batch,
/// which the gatherer holds.
template <typename Body>
static Status forEach(Session &session, BatchGatherer &gatherer,
                      const SampleSet &set, bool inSlots, const Body &body) {
  int64_t batch = session.manifest().batch;
  std::vector<uint32_t> indices(batch);
  for (int64_t first = 0; first < set.count; first += batch) {
    int64_t valid = std::min(batch, set.count - first);
    std::iota(indices.begin(), indices.end(), uint32_t(first));
    gatherer.setTarget(inSlots ? session.nextBatch(&set) : BatchMemory());
    gatherer.gather(set, indices.data(), valid, session.pool());
    if (Status status = body(first, valid); status.failed())
      return status;
  }
  return Status::success();
}

Status
qnet::rt::forEachBatch(Session &session, BatchGatherer &gatherer,
                       const SampleSet &set,
                       const std::function<Status(int64_t, int64_t)> &body) {
  return forEach(session, gatherer, set, /*inSlots=*/false, body);
}

Status qnet::rt::evaluateSet(Session &session, BatchGatherer &gatherer,
                             const SampleSet &set, BatchResult &total) {
  total = BatchResult();
  auto collectDownTo = [&](int underWay) {
    while (session.underWay() > underWay) {
      BatchResult result;
      if (Status status = session.collect(result); status.failed())
        return status;
      total.lossSum += result.lossSum;
      total.errors += result.errors;
    }
    return Status::success();
  };
  Status status =
      forEach(session, gatherer, set, /*inSlots=*/true,
              [&](int64_t, int64_t valid) -> Status {
                if (Status started = session.startEvaluation(
                        gatherer.inputs(), gatherer.labels(), valid);
                    started.failed())
                  return started;
                return collectDownTo(session.depth() - 1);
              });
  return status.failed() ? status : collectDownTo(0);
}
