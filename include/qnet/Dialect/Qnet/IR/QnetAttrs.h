//===- QnetAttrs.h - Attributes of the dialect ------------------*- C++ -*-===//
//
// Grids, roundings, rules, optimizers, schedules, losses, initializers, state.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_IR_QNETATTRS_H
#define QNET_DIALECT_QNET_IR_QNETATTRS_H

#include "mlir/IR/Attributes.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Dialect/Qnet/IR/QnetInterfaces.h"
#include "llvm/ADT/APFloat.h"

#include "qnet/Dialect/Qnet/IR/QnetEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h.inc"

#endif // QNET_DIALECT_QNET_IR_QNETATTRS_H
