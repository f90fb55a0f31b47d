//===- UpdateEmitter.h - Flat elementwise loops as vector code --*- C++ -*-===//
//
// Emits an update loop whole, or by rows of groups for a pass that has computed
// one of its operands into a buffer of its own.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_UPDATEEMITTER_H
#define QNET_LIB_CODEGEN_CPU_UPDATEEMITTER_H

#include "UpdateGroup.h"

namespace qnet {

class UpdateEmitter {
public:
  /// Emits what all elements share at the insertion point of `builder`.
  UpdateEmitter(mlir::OpBuilder &builder, const UpdateLoop &loop);

  /// All elements; an iteration of the scf.parallel takes the groups of at
  /// least `chunk` elements.
  void emitAll(int64_t chunk);

  /// Groups [first, first + count) of a row.
  struct Row {
    mlir::Value first;
    int64_t count;
    LocalOperand local;
  };
  /// `rows` rows, which the caller's threads do not share; `at` says where one
  /// lies.
  void emitRows(mlir::Value rows, llvm::function_ref<Row(mlir::Value)> at);

private:
  mlir::Value index(int64_t value);
  llvm::SmallVector<mlir::Value> position(const UpdateOperand &operand);
  void emitUniforms();
  void emitChunks(int64_t groups, int64_t groupsPerChunk);
  void emitTail(mlir::Value group, int64_t valid);
  llvm::SmallVector<mlir::Value> emitGroups(mlir::Value first, mlir::Value last,
                                            mlir::ValueRange flags,
                                            const LocalOperand &local);
  llvm::SmallVector<mlir::Value> noFlags();
  void combineFlags(mlir::ValueRange flags);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const UpdateLoop &loop;
  mlir::IRMapping uniforms;
  llvm::SmallVector<mlir::Value> words; ///< by operand: the words of codes
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_UPDATEEMITTER_H
