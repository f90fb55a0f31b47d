//===- Dialect.h - The standalone dialect -----------------------*- C++ -*-===//
//
// The dialect and its attribute `#standalone.dithered`.
//
//===----------------------------------------------------------------------===//

#ifndef STANDALONE_DIALECT_H
#define STANDALONE_DIALECT_H

#include "mlir/IR/Dialect.h"
#include "qnet/Dialect/Qnet/IR/QnetInterfaces.h"
#include "llvm/ADT/APFloat.h"

#include "Standalone/Dialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "Standalone/Attrs.h.inc"

#endif // STANDALONE_DIALECT_H
