//===- VectorNest.h - Loops over vectors for one linalg op ------*- C++ -*-===//
//
// For ops whose last loop is parallel and runs over contiguous memory: layers
// on channels-last data and their sums over samples. Shared by the files of
// qnet-vectorize-linalg.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_VECTORNEST_H
#define QNET_LIB_CODEGEN_CPU_VECTORNEST_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace qnet {

/// Whether an elementwise op computes vectors as it does scalars.
bool hasVectorForm(mlir::Operation *op);

/// Which values of an op's body differ between iterations of its last loop.
class LaneAnalysis {
public:
  /// Why the body cannot be vectors over the last loop, or an empty string.
  llvm::StringRef run(mlir::linalg::GenericOp op);

  bool isVarying(mlir::Value value) const { return varying.contains(value); }

private:
  llvm::StringRef visitOperands(mlir::linalg::GenericOp op);
  llvm::StringRef visit(mlir::Operation *op);
  llvm::StringRef visitLoad(mlir::Operation *op);

  unsigned lastLoop = 0;
  llvm::DenseSet<mlir::Value> varying;
};

/// A run of the last loop's iterations, as vectors: the first one, and how many
/// lanes of each vector are in use.
struct Columns {
  mlir::Value begin;
  llvm::SmallVector<int64_t> widths;
};

/// Emits the loops of an op that LaneAnalysis accepts, on vectors of `lanes`
/// elements at most.
class VectorNest {
public:
  VectorNest(mlir::ImplicitLocOpBuilder &b, mlir::linalg::GenericOp op,
             const LaneAnalysis &analysis, int64_t lanes);

  /// Values that an output starts from, in place of what its buffer holds.
  void startFrom(unsigned output, mlir::Value scalar) {
    starts[output] = scalar;
  }
  /// Returns whether the nest is parallel.
  bool emit();

private:
  using ColumnsBody = llvm::function_ref<void(const Columns &)>;
  using Vectors = llvm::SmallVector<llvm::SmallVector<mlir::Value>>;

  void forParallel(llvm::ArrayRef<unsigned> loops, bool threads,
                   llvm::function_ref<void()> body);
  void forColumns(ColumnsBody body);
  void forColumnsInParallel(ColumnsBody body);
  void emitColumns(const Columns &columns);
  Vectors sum(const Columns &columns, llvm::ArrayRef<unsigned> loops,
              const Vectors &sums);
  Vectors emitBody(const Columns &columns, const Vectors &outputs);
  void emitOp(mlir::Operation *op, const Columns &columns);
  void emitLanes(mlir::Operation *op);
  void hoistLoads(const Columns &columns);
  bool isHoisted(mlir::OpOperand &operand);

  mlir::Value firstOf(const Columns &columns, unsigned part);
  mlir::Value lanesOf(mlir::Value value, unsigned part);
  mlir::Value load(mlir::Type element, mlir::Value buffer,
                   llvm::SmallVector<mlir::Value> at, const Columns &columns,
                   unsigned part);
  mlir::Value loadOperand(mlir::OpOperand &operand, const Columns &columns,
                          unsigned part);
  mlir::Value startOf(mlir::OpOperand &output, const Columns &columns,
                      unsigned part);
  void store(const Columns &columns, const Vectors &values);
  llvm::SmallVector<mlir::Value>
  indicesOf(mlir::OpOperand &operand, const Columns &columns, unsigned part);

  mlir::ImplicitLocOpBuilder &b;
  mlir::linalg::GenericOp op;
  const LaneAnalysis &analysis;
  int64_t lanes, unroll;
  unsigned last;
  llvm::SmallVector<int64_t> ranges;
  /// Loops of the op by number: all parallel ones but the last, and reductions.
  llvm::SmallVector<unsigned> parallel, reductions;
  /// Parallel loops inside the one over columns.
  llvm::SmallVector<unsigned> inner;
  llvm::SmallVector<mlir::Value> ivs, starts;
  /// Scalars of the body, and for each vector of the columns its vectors.
  mlir::IRMapping uniform;
  llvm::SmallVector<mlir::IRMapping> varying;
};

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_VECTORNEST_H
