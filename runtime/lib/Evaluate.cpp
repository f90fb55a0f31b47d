//===- Evaluate.cpp - inference over a whole set of samples ---------------===//
//
// See Evaluate.h. Sums are added batch by batch in the order of the set.
//
//===----------------------------------------------------------------------===//
#include "Evaluate.h"

#include <algorithm>
#include <numeric>

using namespace qnet::rt;

Status
qnet::rt::forEachBatch(Session &session, BatchGatherer &gatherer,
                       const SampleSet &set,
                       const std::function<Status(int64_t, int64_t)> &body) {
  int64_t batch = session.manifest().batch;
  std::vector<uint32_t> indices(batch);
  for (int64_t first = 0; first < set.count; first += batch) {
    int64_t valid = std::min(batch, set.count - first);
    std::iota(indices.begin(), indices.end(), uint32_t(first));
    gatherer.gather(set, indices.data(), valid, session.pool());
    if (Status status = body(first, valid); status.failed())
      return status;
  }
  return Status::success();
}

Status qnet::rt::evaluateSet(Session &session, BatchGatherer &gatherer,
                             const SampleSet &set, BatchResult &total) {
  total = BatchResult();
  return forEachBatch(
      session, gatherer, set, [&](int64_t, int64_t valid) -> Status {
        BatchResult result;
        Status status = session.evaluate(gatherer.inputs(), gatherer.labels(),
                                         valid, result);
        total.lossSum += result.lossSum;
        total.errors += result.errors;
        return status;
      });
}
