//===- Epilogues.cpp - Ops that a product runs ----------------------------===//
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

bool qnet::isPartSums(Operation *op) { return op->hasAttr(kPartSumsAttrName); }

bool qnet::consumesResult(Operation *op) {
  auto kind = op->getAttrOfType<StringAttr>(kEpilogueAttrName);
  return kind && kind.getValue() == "consumes";
}

bool qnet::touchesNoMemory(Operation *op) {
  return isPure(op) || isa<ViewLikeOpInterface, memref::AllocOp>(op);
}

Operation *qnet::nextOnMemory(Operation *op) {
  Operation *next = op->getNextNode();
  while (next && touchesNoMemory(next))
    next = next->getNextNode();
  return next;
}

Operation *qnet::lastOnMemory(Operation *op) {
  Operation *last = op->getPrevNode();
  while (last && touchesNoMemory(last))
    last = last->getPrevNode();
  return last;
}

static linalg::GenericOp findNext(Operation *op) {
  return dyn_cast_or_null<linalg::GenericOp>(nextOnMemory(op));
}

linalg::GenericOp qnet::findEpilogue(Operation *op) {
  linalg::GenericOp next = findNext(op);
  return next && isEpilogue(next) ? next : linalg::GenericOp();
}

linalg::GenericOp qnet::findPartSums(Operation *op) {
  linalg::GenericOp epilogue = findEpilogue(op);
  linalg::GenericOp next = findNext(epilogue ? epilogue : op);
  return next && isPartSums(next) ? next : linalg::GenericOp();
}
