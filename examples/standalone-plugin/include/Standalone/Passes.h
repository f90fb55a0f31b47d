//===- Passes.h - The passes of the plugin ----------------------*- C++ -*-===//
//
// Declares and registers what Passes.td defines.
//
//===----------------------------------------------------------------------===//

#ifndef STANDALONE_PASSES_H
#define STANDALONE_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace standalone {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "Standalone/Passes.h.inc"
} // namespace standalone

#endif // STANDALONE_PASSES_H
