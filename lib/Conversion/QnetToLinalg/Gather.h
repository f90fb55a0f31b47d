//===- Gather.h - Loops that read a tensor at computed places ---*- C++ -*-===//
//
// Windows, padding and strides as reads at affine places with a test whether
// the place exists. Internal to lib/Conversion/QnetToLinalg.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CONVERSION_QNETTOLINALG_GATHER_H
#define QNET_LIB_CONVERSION_QNETTOLINALG_GATHER_H

#include "GenericBuilder.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

namespace qnet {

/// A place along one dimension: its index, and whether it exists (i1; null:
/// always).
struct Place {
  mlir::Value index;
  mlir::Value exists;
};

/// Index arithmetic of one body.
struct Places {
  mlir::OpBuilder &b;
  mlir::Location loc;

  mlir::Value loop(int64_t number) const;
  mlir::Value constant(int64_t value) const;
  /// Output `p` and tap `i` of windows of one dimension: input p stride + i -
  /// low.
  Place inWindow(mlir::Value p, mlir::Value i, const Windows &windows,
                 int dimension) const;
  /// The output whose tap `i` is input `h`: (h + low - i)/stride, where whole.
  Place ofWindow(mlir::Value h, mlir::Value i, const Windows &windows,
                 int dimension) const;
  /// (x - offset)/stride where that is whole and in [0, size).
  Place divided(mlir::Value x, int64_t offset, int64_t stride,
                int64_t size) const;
  mlir::Value both(mlir::Value x, mlir::Value y) const;
  /// source[places], or `otherwise` where a place does not exist.
  mlir::Value read(mlir::Value source, llvm::ArrayRef<Place> places,
                   float otherwise) const;
};

} // namespace qnet

#endif // QNET_LIB_CONVERSION_QNETTOLINALG_GATHER_H
