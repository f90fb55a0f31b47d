//===- Epilogue.h - Elementwise work on finished sums -----------*- C++ -*-===//
//
// An elementwise op on a product's result that runs where the product's nest
// has a vector of finished sums. Operands may move with rows and columns of the
// result, in any layout with contiguous columns, with columns only (a bias),
// with rows only, or not at all. What depends on columns only is computed once
// for all rows of a tile or, after `prepareEpilogue`, of a panel.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_EPILOGUE_H
#define QNET_LIB_CODEGEN_CPU_EPILOGUE_H

#include "RegisterTile.h"
#include "mlir/IR/IRMapping.h"

namespace qnet::matmul {

/// Where an operand of an epilogue's op comes from.
struct EpilogueOperand {
  /// No buffer; the product's result; elements of another buffer.
  enum class Kind { Scalar, Result, Elements } kind = Kind::Scalar;
  /// The element of row i and column j is at offset + rows(i) + columns(j) of
  /// `buffer`, flat once the epilogue is placed.
  mlir::Value buffer = {};
  Axis rows = {}, columns = {};
  int64_t offset = 0;

  bool isElements() const { return kind == Kind::Elements; }
  bool movesByRow() const { return isElements() && moves(rows); }
  bool movesByColumn() const { return isElements() && moves(columns); }

private:
  static bool moves(const Axis &axis) {
    return llvm::any_of(axis.strides, [](int64_t stride) { return stride; });
  }
};

struct Epilogue {
  mlir::linalg::GenericOp op;
  std::vector<EpilogueOperand> operands; ///< of the op, in order
  bool keepsResult; ///< others read the product's result, too
  /// Values of the body that depend on columns only, for each vector of them;
  /// empty: not computed yet.
  std::vector<mlir::IRMapping> columnValues = {};

  mlir::Block *getBody() const { return mlir::linalg::GenericOp(op).getBody(); }
  llvm::ArrayRef<EpilogueOperand> getOutputs() const {
    return llvm::ArrayRef(operands).drop_front(
        mlir::linalg::GenericOp(op).getNumDpsInputs());
  }
};

/// `op` as the epilogue of a product, which is `productOp`. Changes nothing;
/// the rewriter hears why it fails.
mlir::FailureOr<Epilogue> matchEpilogue(const Product &product,
                                        mlir::linalg::GenericOp productOp,
                                        mlir::linalg::GenericOp op,
                                        mlir::RewriterBase &rewriter);
/// Views of the operands' buffers, as the emitters read them.
void placeEpilogue(mlir::ImplicitLocOpBuilder &b, Epilogue &epilogue);

/// Computes what depends on the columns only, for all tiles of a panel.
void prepareEpilogue(mlir::ImplicitLocOpBuilder &b, Product &product,
                     Columns columns);
/// Whether anything is stored where the product's result is.
bool writesResult(const Epilogue &epilogue);
/// Asks for the places of a tile's elements.
void prefetchEpilogue(const OutputTile &tile, const Epilogue &epilogue);
/// Asks for the line `offset` elements after the start of a row, of each
/// operand that has the row's columns side by side, as far as the second-level
/// cache.
void prefetchEpilogueFar(mlir::ImplicitLocOpBuilder &b,
                         const Epilogue &epilogue, mlir::Value row,
                         mlir::Value offset);
/// Applies the epilogue to finished sums, row by row, and stores all results.
void storeEpilogue(const OutputTile &tile, mlir::ValueRange sums,
                   const Epilogue &epilogue);

} // namespace qnet::matmul

#endif // QNET_LIB_CODEGEN_CPU_EPILOGUE_H
