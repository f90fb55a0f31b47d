//===- Convexity.h - What a model is to theory ------------------*- C++ -*-===//
//
// Facts on the loss as a function of the trained parameters, for the module's
// description of the program.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_AUTODIFF_CONVEXITY_H
#define QNET_LIB_AUTODIFF_CONVEXITY_H

#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {

/// `convex`: the loss is convex in the outputs, and these are affine in the
/// trained parameters. `linear`, where the outputs are qnet.dense of the inputs
/// with the trained weights, plus at most a trained bias: their names, and
/// bounds on the gradient by the outputs where the loss has them.
llvm::SmallVector<mlir::NamedAttribute> describeConvexity(TrainingOp training,
                                                          ModelOp model);

} // namespace qnet

#endif // QNET_LIB_AUTODIFF_CONVEXITY_H
