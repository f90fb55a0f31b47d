//===- UpdateGroup.h - One group of a flat elementwise loop -----*- C++ -*-===//
//
// A group is as many elements as the random generator serves at once and as
// fill whole words of codes: parts of 16 elements, emitted as straight code.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_UPDATEGROUP_H
#define QNET_LIB_CODEGEN_CPU_UPDATEGROUP_H

#include "PackedCodes.h"
#include "UpdateLoop.h"
#include "mlir/IR/IRMapping.h"

#include <array>
#include <optional>

namespace qnet {

/// An operand whose element e is at `buffer[e - shift]` instead.
struct LocalOperand {
  std::optional<unsigned> number;
  mlir::Value buffer, shift;
};

/// Emits one group: `valid` elements, from element `group` * groupSize.
class GroupEmitter {
public:
  /// Vectors of uniform values go to `prologue`, which the group is inside of.
  GroupEmitter(mlir::OpBuilder &builder, const UpdateLoop &loop,
               const mlir::IRMapping &uniforms,
               llvm::ArrayRef<mlir::Value> words, mlir::Operation *prologue,
               mlir::Value group, int64_t valid, LocalOperand local = {});
  /// Returns `flags` with the bits that the group sets.
  llvm::SmallVector<mlir::Value> emit(mlir::ValueRange flags);

private:
  mlir::Value element(int64_t part);
  mlir::Value loadOperand(unsigned i, int64_t part);
  void storeOperand(unsigned i, int64_t part, mlir::Value value);
  mlir::Value randomBits(RandomBitsOp op, int64_t part);
  llvm::ArrayRef<mlir::Value> randomWords(RandomBitsOp op, int64_t call);
  mlir::Value indices(int64_t part);
  mlir::Value varyingOp(mlir::Operation *op, int64_t part);
  void prefetch();
  void emitPart(int64_t part);
  mlir::Value asVector(mlir::Value original);

  int64_t validIn(int64_t part) const {
    return std::min(updateLanes, valid - part * updateLanes);
  }
  mlir::Value index(int64_t value);
  mlir::VectorType vectorOf(mlir::Type element);
  mlir::Value splat(mlir::Type element, int64_t value);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const UpdateLoop &loop;
  const mlir::IRMapping &uniforms;
  mlir::Operation *prologue;
  mlir::Value group, firstElement;
  int64_t valid;
  LocalOperand local;
  llvm::SmallVector<std::optional<PackedCodes>> codes; ///< by operand
  llvm::DenseMap<mlir::Value, mlir::Value>
      vectors; ///< of the part, and of uniform values
  llvm::DenseMap<std::pair<mlir::Operation *, int64_t>,
                 std::array<mlir::Value, 4>>
      random;
  llvm::SmallVector<mlir::Value> flags;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_UPDATEGROUP_H
