//===- InitAll.h - Registers everything a tool needs ------------*- C++ -*-===//
//
// The dialects qnet uses, their interfaces, and qnet's passes and pipelines.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_INITALL_H
#define QNET_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace qnet {

/// Registers dialects, external interface models and translations.
void registerAllDialects(mlir::DialectRegistry &registry);
/// Registers qnet's passes and pipelines and the upstream passes beside them.
void registerAllPasses();
/// Both of the above.
void registerAll(mlir::DialectRegistry &registry);

/// Hides the command-line options that LLVM's libraries bring along, so that
/// --help shows the tool's own (--help-hidden shows all). To be called first in
/// main.
void hideLLVMOptions();

} // namespace qnet

#endif // QNET_INITALL_H
