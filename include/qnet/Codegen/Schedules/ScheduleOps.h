//===- ScheduleOps.h - Transform ops for products ---------------*- C++ -*-===//
//
// Declares the ops of ScheduleOps.td and what they know of the target.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_SCHEDULES_SCHEDULEOPS_H
#define QNET_CODEGEN_SCHEDULES_SCHEDULEOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"
#include "mlir/IR/OpImplementation.h"
#include "qnet/Codegen/CPU/Products.h"

#define GET_OP_CLASSES
#include "qnet/Codegen/Schedules/ScheduleOps.h.inc"

namespace qnet {

/// The target of the code, as qnet-apply-code-schedule tells the ops; without
/// it, vectors have 256 bits, and all methods are allowed.
class ScheduleTarget : public mlir::transform::TransformState::Extension {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ScheduleTarget)

  ScheduleTarget(mlir::transform::TransformState &state, unsigned vectorBits,
                 bool hasTables, bool hasWinograd)
      : Extension(state), vectorBits(vectorBits), hasTables(hasTables),
        hasWinograd(hasWinograd) {}

  /// Whether a method is on. Those whose sums are chains always are.
  bool allows(ProductMethod method) const {
    return (method != ProductMethod::Table || hasTables) &&
           (method != ProductMethod::Winograd || hasWinograd);
  }

  unsigned vectorBits;
  bool hasTables, hasWinograd;
  /// What the ops did.
  int64_t numProducts = 0, numTables = 0, numWinograd = 0, numFills = 0;
  int64_t numEpilogues = 0;
  int64_t numPartSums = 0;
};

} // namespace qnet

#endif // QNET_CODEGEN_SCHEDULES_SCHEDULEOPS_H
