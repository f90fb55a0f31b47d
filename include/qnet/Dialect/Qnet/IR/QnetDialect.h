//===- QnetDialect.h - The qnet dialect -------------------------*- C++ -*-===//
//
// Declares the dialect class. Include QnetOps.h for everything in the dialect.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_QNETDIALECT_H
#define QNET_DIALECT_QNET_IR_QNETDIALECT_H

#include "mlir/IR/Dialect.h"

#include "qnet/Dialect/Qnet/IR/QnetDialect.h.inc"

#endif // QNET_DIALECT_QNET_IR_QNETDIALECT_H
