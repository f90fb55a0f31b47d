//===- Schedules.h - Code schedules ------------------------------*- C++ -*-===//
//
// A code schedule is a transform-dialect module that says how the loops of a
// program's products are cut. docs/schedules.md describes them.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_SCHEDULES_SCHEDULES_H
#define QNET_CODEGEN_SCHEDULES_SCHEDULES_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace qnet {

/// The transform dialect with qnet's ops, and upstream's for linalg, loops,
/// vectors and buffers, with the interfaces that they need.
void registerScheduleExtensions(mlir::DialectRegistry &registry);

/// Text of the schedule for vectors of 128, 256 or 512 bits that programs are
/// compiled with unless told otherwise.
llvm::StringRef getDefaultCodeSchedule(unsigned vectorBits);

} // namespace qnet

#endif // QNET_CODEGEN_SCHEDULES_SCHEDULES_H
