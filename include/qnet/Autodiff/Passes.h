//===- Passes.h - Differentiation passes ------------------------*- C++ -*-===//
//
// Declarations and registration of the passes in Passes.td.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_AUTODIFF_PASSES_H
#define QNET_AUTODIFF_PASSES_H

#include "mlir/Pass/Pass.h"

namespace qnet {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "qnet/Autodiff/Passes.h.inc"
} // namespace qnet

#endif // QNET_AUTODIFF_PASSES_H
