//===- ParallelLoops.h - Marks of loops around parallel ones ----*- C++ -*-===//
//
// What qnet-outline-parallel-loops reads of the loops that qnet's passes emit.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_CODEGEN_COMMON_PARALLELLOOPS_H
#define QNET_CODEGEN_COMMON_PARALLELLOOPS_H

#include "llvm/ADT/StringRef.h"

namespace qnet {

/// Of an `scf.for` around nothing but an `scf.parallel`: no iteration of the
/// inner loop reads or writes what another one writes, in any round of the
/// outer one. A thread may go through all rounds with its iterations alone.
inline constexpr llvm::StringLiteral kPrivateRoundsAttrName =
    "qnet.private_rounds";

} // namespace qnet

#endif // QNET_CODEGEN_COMMON_PARALLELLOOPS_H
