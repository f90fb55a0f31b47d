//===- Passes.h - Passes inside the qnet dialect ----------------*- C++ -*-===//
//
// Declarations and registration of the passes in Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_TRANSFORMS_PASSES_H
#define QNET_DIALECT_QNET_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace qnet {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"

/// round, encode, decode -> arith and ordinals (qnet-expand-rounding).
void populateExpandRoundingPatterns(mlir::RewritePatternSet &patterns);
} // namespace qnet

#endif // QNET_DIALECT_QNET_TRANSFORMS_PASSES_H
