//===- RecomputePlan.h - What to compute again, before it is done -*- C++
//-*-===//
//
// The ops of a block as steps that access instances of buffers, so that ways to
// compute buffers again can be tried and compared without touching the IR.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_RECOMPUTEPLAN_H
#define QNET_LIB_CODEGEN_COMMON_RECOMPUTEPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace qnet {

struct PlanUse {
  unsigned instance;
  bool reads, writes;
};

/// An op of the block, or a clone of one that writes to new instances.
struct PlanStep {
  mlir::Operation *op;
  bool isClone = false;
  llvm::SmallVector<PlanUse, 4> uses;
};

/// A buffer, or another one that holds the same values again.
struct PlanInstance {
  mlir::Value buffer;
  int64_t bytes; ///< 0 of what the block does not allocate
  bool isCopy = false;

  bool isAllocated() const { return bytes > 0; }
};

/// The latest copy of each instance that has one.
using PlanCopies = llvm::DenseMap<unsigned, unsigned>;

/// The steps that access an instance, in order, by number.
using PlanAccesses = llvm::SmallVector<unsigned, 4>;

class RecomputePlan {
public:
  explicit RecomputePlan(mlir::Block &block);

  llvm::ArrayRef<PlanStep> getSteps() const { return steps; }
  llvm::ArrayRef<PlanInstance> getInstances() const { return instances; }
  llvm::ArrayRef<unsigned> getAccesses(unsigned instance) const {
    return accesses[instance];
  }
  /// How a step uses an instance that it accesses.
  PlanUse getUse(unsigned step, unsigned instance) const;
  /// Whether a step between two, both excluded, writes the instance.
  bool isWritten(unsigned instance, unsigned after, unsigned before) const;
  /// The steps that fill the instance before any reads it, all of which can be
  /// repeated; empty where there are others.
  llvm::SmallVector<unsigned, 2> findWriters(unsigned instance) const;
  /// Iterations of these steps, which are linalg ops.
  int64_t countWork(llvm::ArrayRef<unsigned> writers) const;
  /// Iterations of all linalg ops whose loops have static sizes.
  int64_t countIterations() const;

  /// Bytes that are live where most are, and the step.
  std::pair<int64_t, unsigned> getPeak() const;
  /// Of each step, the bytes of instances that are not used for the longest
  /// time of their lives then.
  std::vector<int64_t> getIdleBytes() const;
  /// The step at which most of these are: where the backward pass begins.
  unsigned getTurn() const;
  /// What the clones cost, in multiply-adds, more or less.
  int64_t getCost() const;
  unsigned getNumCopies() const;

  /// Before step `late`, fills copies that take the place of each of `group`
  /// from there on; those that others are computed from come first. They are
  /// computed from copies where `copies`, to which they are added, has some.
  /// Returns the number of steps that this takes.
  unsigned recompute(llvm::ArrayRef<unsigned> group, unsigned late,
                     PlanCopies &copies);

  /// A copy of what `instance` held that is still used at step `late` or after.
  std::optional<unsigned> findCopy(unsigned instance, unsigned late) const;
  /// Moves the steps from `late` on that fill the copy, and those that fill the
  /// copies it is computed from, before step `late`. Returns their number.
  unsigned hoist(unsigned copy, unsigned late);

  /// Does all that to the block. The plan is of no use any more.
  void apply();

private:
  /// The instance that an elementwise step writes its result over
  /// (`qnet-reuse-buffers`), if there is one.
  std::optional<unsigned> findOverwritten(unsigned step) const;
  void index();
  void collectWriters(unsigned copy, unsigned late,
                      llvm::DenseSet<unsigned> &writers) const;

  std::vector<PlanStep> steps;
  std::vector<PlanInstance> instances;
  std::vector<PlanAccesses> accesses;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_RECOMPUTEPLAN_H
