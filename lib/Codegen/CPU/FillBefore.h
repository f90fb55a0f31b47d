//===- FillBefore.h - The fill that only one op sees ------------*- C++ -*-===//
//
// Sums start from a filled buffer. Where nothing else sees the filled values, the
// op can start from the value itself, and the fill goes away.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_CPU_FILLBEFORE_H
#define QNET_LIB_CODEGEN_CPU_FILLBEFORE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace qnet {

/// The fill of all of `out` that no other op than `op` reads or overwrites, in
/// the same block, or null.
mlir::linalg::FillOp findFillBefore(mlir::Operation *op, mlir::Value out);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_CPU_FILLBEFORE_H
