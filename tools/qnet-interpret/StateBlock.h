//===- StateBlock.h - Program state between memory and data -----*- C++ -*-===//
//
// Reads and writes pieces of a program's state block, and its codes buffer, in
// the layout of the program's description: f32, and codes packed into words.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TOOLS_INTERPRET_STATEBLOCK_H
#define QNET_TOOLS_INTERPRET_STATEBLOCK_H

#include "qnet/Interpreter/Datum.h"
#include "qnet/Program/Program.h"

/// A tensor of f32, i32 or codes from memory at `bytes`.
qnet::Datum readTensor(mlir::RankedTensorType type, const uint8_t *bytes);
/// The same to memory. Unused bits of the last word of codes are zero.
void writeTensor(const qnet::Datum &datum, uint8_t *bytes);

#endif // QNET_TOOLS_INTERPRET_STATEBLOCK_H
