//===- Passes.h - From qnet to linalg ---------------------------*- C++ -*-===//
//
// The conversion pass and the patterns it is made of, by op family.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CONVERSION_QNETTOLINALG_PASSES_H
#define QNET_CONVERSION_QNETTOLINALG_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace qnet {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "qnet/Conversion/QnetToLinalg/Passes.h.inc"

void populateDenseToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateElementwiseToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateConvToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populatePoolingToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateShapeToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateBatchNormToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateDropoutToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateOutputLossToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateLossToLinalgPatterns(mlir::RewritePatternSet &patterns);
void populateRoundingToLinalgPatterns(mlir::RewritePatternSet &patterns);
} // namespace qnet

#endif // QNET_CONVERSION_QNETTOLINALG_PASSES_H
