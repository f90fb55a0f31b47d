//===- Products.h - Matrix products and their schedules ---------*- C++ -*-===//
//
// C[m, n] += A[m, k] * B[k, n] as a linalg.generic on buffers: what a schedule
// can ask about it, and the loops it becomes under given choices. None of them
// changes a sum: each is one fma chain in ascending k, or, by tables, the sum
// that qnet-block-matmul states.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_CPU_PRODUCTS_H
#define QNET_CODEGEN_CPU_PRODUCTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

#include "qnet/Codegen/CPU/ProductsEnums.h.inc"

namespace qnet {

/// How a product is cut. Zeros stand for what its shape and the target suggest.
struct ProductSchedule {
  unsigned vectorBits = 256;
  ProductMethod method = ProductMethod::Auto;
  int64_t rows = 0;    ///< of a register tile, at most
  int64_t vectors = 0; ///< of columns of a register tile, at most
  int64_t block = 0;   ///< terms of a sum in a block, at most
  int64_t panels = 0;  ///< in a group, at most (packed)
  int64_t groups = 0;  ///< parts for threads, at least, where tiles suffice
  bool allowSpills = false; ///< register tiles may exceed the registers
};

using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// Complains about a width of vectors that no code is emitted for.
mlir::LogicalResult verifyVectorBits(unsigned vectorBits, EmitError emitError);

/// Complains about what no product could honour.
mlir::LogicalResult verifySchedule(const ProductSchedule &schedule,
                                   EmitError emitError);

/// What is known about a product.
struct ProductFacts {
  int64_t m, n, k;
  /// By how the factors lie: see transform.qnet.match_product.
  std::optional<ProductRole> role;
  bool isWindowed;      ///< a factor lies under the windows of a convolution
  bool holdsCodes;      ///< the columns' factor is codes
  ProductMethod method; ///< what Auto is
  /// Whether the loops of Auto read none of the zeros around an image.
  bool readsInside;
  llvm::SmallVector<ProductMethod> methods; ///< those that can compute it

  bool can(ProductMethod one) const { return llvm::is_contained(methods, one); }
  /// Whether tables are the fastest method, beside minimal filtering if that is
  /// on.
  bool prefersTables(bool hasWinograd) const {
    return can(ProductMethod::Table) &&
           !(hasWinograd && can(ProductMethod::Winograd));
  }
};

/// Fails where `op` is not a product. Changes nothing.
mlir::FailureOr<ProductFacts> describeProduct(mlir::linalg::GenericOp op,
                                              unsigned vectorBits);

/// What blocking did.
struct BlockedProduct {
  ProductMethod method;
  bool removedFill;
  bool hasEpilogue;
  bool hasPartSums;
};

/// Replaces a product by loops. Parameters that the method of Auto does not
/// have are left out. Where `op` is not a product, fails without an error and
/// changes nothing; `reason` says why. Where the product cannot honour the
/// schedule, complains. An epilogue and part sums (Epilogues.h) become part of
/// the loops where they can run them; one that is the very next op only if
/// `takesNext`: a walk may stand on it.
mlir::FailureOr<BlockedProduct>
blockProduct(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
             const ProductSchedule &schedule, EmitError emitError,
             std::string *reason = nullptr, bool takesNext = false);

} // namespace qnet

#endif // QNET_CODEGEN_CPU_PRODUCTS_H
