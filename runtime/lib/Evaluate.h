//===- Evaluate.h - inference over a whole set of samples -------*- C++ -*-===//
//
// Runs a program over a set batch by batch; the last batch is padded, and only
// real samples count.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_EVALUATE_H
#define QNET_RUNTIME_LIB_EVALUATE_H

#include "Dataset.h"
#include "Session.h"

#include <functional>

namespace qnet::rt {

/// Gathers each batch of `set` in order and calls `body(first, valid)` with its
/// samples in the gatherer.
Status forEachBatch(Session &session, BatchGatherer &gatherer,
                    const SampleSet &set,
                    const std::function<Status(int64_t, int64_t)> &body);

/// Sums of loss and errors over the set.
Status evaluateSet(Session &session, BatchGatherer &gatherer,
                   const SampleSet &set, BatchResult &total);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_EVALUATE_H
