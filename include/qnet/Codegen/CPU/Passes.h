//===- Passes.h - Code generation for CPUs ----------------------*- C++ -*-===//
//
// Declares and registers the passes of Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_CPU_PASSES_H
#define QNET_CODEGEN_CPU_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace qnet {

#define GEN_PASS_DECL
#include "qnet/Codegen/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "qnet/Codegen/CPU/Passes.h.inc"

} // namespace qnet

#endif // QNET_CODEGEN_CPU_PASSES_H
