//===- Epilogues.cpp - Elementwise ops that a product runs ----------------===//
//
// See Epilogues.h.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Common/Epilogues.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace qnet;

bool qnet::isEpilogue(Operation *op) {
  return op->getAttrOfType<StringAttr>(kEpilogueAttrName) != nullptr;
}

bool qnet::consumesResult(Operation *op) {
  auto kind = op->getAttrOfType<StringAttr>(kEpilogueAttrName);
  return kind && kind.getValue() == "consumes";
}

bool qnet::touchesNoMemory(Operation *op) {
  return isPure(op) || isa<ViewLikeOpInterface, memref::AllocOp>(op);
}

linalg::GenericOp qnet::findEpilogue(Operation *op) {
  Operation *next = op->getNextNode();
  while (next && touchesNoMemory(next))
    next = next->getNextNode();
  auto generic = dyn_cast_or_null<linalg::GenericOp>(next);
  return generic && isEpilogue(generic) ? generic : linalg::GenericOp();
}
