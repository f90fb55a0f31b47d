//===- DirectConv.h - Convolutions without a columns matrix -----*- C++ -*-===//
//
// Convolutions as linalg.generic over a padded input: seven loops, affine in
// all operands. Internal to lib/Conversion/QnetToLinalg.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CONVERSION_QNETTOLINALG_DIRECTCONV_H
#define QNET_LIB_CONVERSION_QNETTOLINALG_DIRECTCONV_H

#include "GenericBuilder.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

namespace qnet {

/// y[n,p,q,f] = sum_ijc x[n, p sh + i - top, q sw + j - left, c] k[f,i,j,c], in
/// ascending (i, j, c).
mlir::Value buildDirectConv(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::Value input, mlir::Value weights,
                            mlir::RankedTensorType result,
                            const Windows &windows);
/// dx[n,h,w,c] = sum_ijf dy[n, (h + top - i)/sh, (w + left - j)/sw, f]
/// k[f,i,j,c] over whole quotients: inputs whose rows and columns leave the
/// same rest are a convolution of stride 1 with every sh-th, sw-th tap.
mlir::Value buildDirectInputGrad(mlir::OpBuilder &b, mlir::Location loc,
                                 mlir::Value gradient, mlir::Value weights,
                                 mlir::RankedTensorType result,
                                 const Windows &windows);
/// dk[f,i,j,c] = sum_npq dy[n,p,q,f] x[n, p sh + i - top, q sw + j - left, c].
mlir::Value buildDirectWeightGrad(mlir::OpBuilder &b, mlir::Location loc,
                                  mlir::Value gradient, mlir::Value input,
                                  mlir::RankedTensorType result,
                                  const Windows &windows);

} // namespace qnet

#endif // QNET_LIB_CONVERSION_QNETTOLINALG_DIRECTCONV_H
