//===- MemoryPlan.h - Where the memory of a program goes --------*- C++ -*-===//
//
// The plan of qnet-plan-memory as data: on request each function with an arena
// keeps its part in the attribute `qnet.memory_plan`. It is checked against a budget, and
// printed by `qnet-compile --report=memory`. All sizes are bytes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_PROGRAM_MEMORYPLAN_H
#define QNET_PROGRAM_MEMORYPLAN_H

#include "mlir/IR/BuiltinOps.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"
#include "llvm/Support/JSON.h"

#include <string>

namespace qnet {

constexpr llvm::StringLiteral kMemoryPlanAttrName = "qnet.memory_plan";

/// A buffer in the arena.
struct PlannedBuffer {
  std::string name; ///< empty where nothing names it
  TensorKind kind = TensorKind::Activation;
  std::string type; ///< "128x32x32x128xf32"
  int64_t bytes = 0, offset = 0;
  int64_t first = 0, last = 0; ///< positions in the function, first to last use
};

/// The arena of one entry.
struct EntryPlan {
  std::string entry;
  int64_t arenaBytes = 0;
  llvm::SmallVector<PlannedBuffer> buffers;

  /// The buffers that live where most bytes do, largest first.
  llvm::SmallVector<const PlannedBuffer *> getPeak() const;
};

/// A piece of the state block, and what it is: "codes", "latent weights",
/// "weights", "optimizer state" or "statistics".
struct StatePart {
  std::string name, role;
  int64_t bytes = 0;
};

/// All memory of a program.
struct MemoryPlan {
  std::string name, rule, optimizer; ///< of the program; empty without one
  int64_t batch = 0, stateBytes = 0;
  llvm::SmallVector<StatePart> state;
  llvm::SmallVector<EntryPlan> entries;

  /// The entry with the largest arena; null without entries.
  const EntryPlan *getLargest() const;
  int64_t getArenaBytes() const;
  int64_t getTotal() const { return stateBytes + getArenaBytes(); }
};

/// The attribute that holds `entry`, but for its name.
mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context,
                                 const EntryPlan &entry);
/// Reads the program's facts and its state from `qnet.manifest`, where that is
/// there.
void readProgramFacts(mlir::ModuleOp module, MemoryPlan &plan);
/// Reads these and the attributes of the functions.
MemoryPlan readMemoryPlan(mlir::ModuleOp module);

/// Emits an error that names the largest tensors and what would help, where the
/// plan takes more than `budget`.
mlir::LogicalResult checkBudget(mlir::ModuleOp module, const MemoryPlan &plan,
                                int64_t budget);

/// "256K", "16M", "2G" or bytes; fails on anything else.
mlir::FailureOr<int64_t> parseByteSize(llvm::StringRef text);

void printMemoryPlan(const MemoryPlan &plan, llvm::raw_ostream &os);
llvm::json::Value toJson(const MemoryPlan &plan);
/// The part of it that a program's manifest holds: what is live at the peak.
llvm::json::Value summarizeMemory(const MemoryPlan &plan);

} // namespace qnet

#endif // QNET_PROGRAM_MEMORYPLAN_H
