//===- Dialect.cpp - Registration of the dialect --------------------------===//
//
// Registers the attribute with the dialect.
//
//===----------------------------------------------------------------------===//

#include "Standalone/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "qnet/Dialect/Qnet/IR/AttrParameters.h"
#include "llvm/ADT/TypeSwitch.h"

#include "Standalone/Dialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "Standalone/Attrs.cpp.inc"

void standalone::StandaloneDialect::initialize() { registerAttributes(); }

void standalone::StandaloneDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Standalone/Attrs.cpp.inc"
      >();
}
