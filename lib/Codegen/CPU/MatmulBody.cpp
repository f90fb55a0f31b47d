//===- MatmulBody.cpp - The body of a product, on vectors -----------------===//
//
// Replays the elementwise ops between a factor's element and the multiplication
// while the factor is packed; codes enter as vectors of ordinals.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "mlir/IR/IRMapping.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// `value` of the body as a vector: mapped, or a scalar that is the same in all
/// lanes.
static Value asVector(ImplicitLocOpBuilder &b, IRMapping &map, Value value,
                      int64_t lanes) {
  if (Value mapped = map.lookupOrNull(value))
    return mapped;
  return broadcastLanes(b, value, lanes);
}

Value matmul::applyBody(ImplicitLocOpBuilder &b, const Factor &factor,
                        Value elements) {
  int64_t lanes = cast<VectorType>(elements.getType()).getNumElements();
  OpBuilder &builder = b;
  IRMapping map;
  map.map(factor.element, elements);
  for (Operation &op : factor.element.getOwner()->without_terminator()) {
    if (map.contains(factor.value))
      break;
    // Only ops on the way from the element to the factor's value.
    if (!llvm::any_of(op.getOperands(),
                      [&](Value v) { return map.contains(v); }))
      continue;
    if (auto decode = dyn_cast<DecodeOp>(op)) {
      Value ordinals = map.lookup(decode.getCodes());
      map.map(op.getResult(0),
              decode.getGrid().buildDecode(b, b.getLoc(), ordinals));
      continue;
    }
    if (isa<FromCodeOp>(op)) {
      map.map(op.getResult(0), map.lookup(op.getOperand(0)));
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(asVector(b, map, operand, lanes));
    auto type = VectorType::get(lanes, op.getResult(0).getType());
    Operation *wide =
        builder.create(b.getLoc(), op.getName().getIdentifier(), operands,
                       TypeRange{type}, op.getAttrDictionary().getValue());
    map.map(op.getResult(0), wide->getResult(0));
  }
  return map.lookup(factor.value);
}
