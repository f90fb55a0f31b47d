//===- RecomputeSegments.h - Gradient checkpointing -------------*- C++ -*-===//
//
// What is used again after a long time is computed again, one segment of the
// ops before that at a time, from what is kept between segments: Chen et al.,
// "Training Deep Nets with Sublinear Memory Cost", 2016.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_RECOMPUTESEGMENTS_H
#define QNET_LIB_CODEGEN_COMMON_RECOMPUTESEGMENTS_H

#include "RecomputePlan.h"
#include "llvm/ADT/BitVector.h"

namespace qnet {

class RecomputeSegments {
public:
  /// Considers the buffers that take at most `maxWork` iterations an element.
  RecomputeSegments(const RecomputePlan &plan, int64_t maxWork);

  /// Bytes of all the buffers that can be computed again.
  int64_t getTotalBytes() const { return totalBytes; }
  /// Cuts the ops before the turn into segments with about so many bytes of such
  /// buffers, keeps what lives across the cuts, and computes the rest again.
  void recompute(RecomputePlan &plan, int64_t bytesOfSegment) const;

private:
  void findCandidates(int64_t maxWork);
  std::vector<unsigned> findDeadlines() const;
  bool areInputsThere(unsigned instance, unsigned deadline) const;
  unsigned findLastForward(unsigned instance) const;
  llvm::BitVector choose(int64_t bytesOfSegment) const;
  void addMissing(unsigned instance, const llvm::BitVector &kept,
                  const PlanCopies &copies,
                  llvm::SetVector<unsigned> &group) const;

  const RecomputePlan plan; ///< as it was
  unsigned turn;
  llvm::BitVector candidates;
  int64_t totalBytes = 0;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_RECOMPUTESEGMENTS_H
