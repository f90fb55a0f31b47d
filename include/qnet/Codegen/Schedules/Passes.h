//===- Passes.h - Code schedules ---------------------------------*- C++ -*-===//
//
// Declares and registers the passes of Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_SCHEDULES_PASSES_H
#define QNET_CODEGEN_SCHEDULES_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace qnet {

#define GEN_PASS_DECL
#include "qnet/Codegen/Schedules/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "qnet/Codegen/Schedules/Passes.h.inc"

} // namespace qnet

#endif // QNET_CODEGEN_SCHEDULES_PASSES_H
