//===- ProgramHost.h - An interpreted program as a trainer ------*- C++ -*-===//
//
// Stands in for compiled code behind the C ABI: its functions read state from
// the block, interpret the entries and write the results back. The runtime does
// the rest, so data, order, metrics and checkpoints are those of a compiled
// trainer.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TOOLS_INTERPRET_PROGRAMHOST_H
#define QNET_TOOLS_INTERPRET_PROGRAMHOST_H

#include "mlir/IR/BuiltinOps.h"

#include <vector>

/// Runs the trainer's command line on a module with entries; the exit code.
int runTrainer(mlir::ModuleOp module, const std::vector<char *> &command);

#endif // QNET_TOOLS_INTERPRET_PROGRAMHOST_H
