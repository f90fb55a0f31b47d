//===- QnetDialect.cpp - Registration of the dialect ----------------------===//
//
// Registers attributes, types and ops, and checks the dialect's discardable
// attributes.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "qnet/Dialect/Qnet/IR/AttrParameters.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace qnet;

#include "qnet/Dialect/Qnet/IR/QnetDialect.cpp.inc"

#include "qnet/Dialect/Qnet/IR/QnetAttrInterfaces.cpp.inc"
#include "qnet/Dialect/Qnet/IR/QnetEnums.cpp.inc"
#include "qnet/Dialect/Qnet/IR/QnetOpInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetTypes.cpp.inc"

void QnetDialect::initialize() {
  registerAttributes();
  registerTypes();
  registerOperations();
}

void QnetDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "qnet/Dialect/Qnet/IR/QnetAttrs.cpp.inc"
      >();
}

void QnetDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "qnet/Dialect/Qnet/IR/QnetTypes.cpp.inc"
      >();
}

Operation *QnetDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

/// A parameter's weights are kept once: as codes, or as f32, never both.
static LogicalResult verifyStateOnce(FunctionOpInterface function) {
  llvm::StringMap<StateRole> seen;
  for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i) {
    auto state =
        function.getArgAttrOfType<StateAttr>(i, QnetDialect::kStateAttrName);
    if (!state || (state.getRole() != StateRole::Weights &&
                   state.getRole() != StateRole::Codes))
      continue;
    auto [it, inserted] = seen.try_emplace(state.getOwner(), state.getRole());
    if (!inserted)
      return function.emitOpError("expected one copy of the weights of '")
             << state.getOwner() << "', got " << stringifyStateRole(it->second)
             << " and " << stringifyStateRole(state.getRole());
    auto tensor = dyn_cast<TensorType>(function.getArgumentTypes()[i]);
    if (!tensor)
      continue;
    bool holdsCodes = isa<QType>(tensor.getElementType());
    if (holdsCodes != (state.getRole() == StateRole::Codes))
      return function.emitOpError("expected ")
             << stringifyStateRole(state.getRole()) << " of '"
             << state.getOwner() << "' to be "
             << (holdsCodes ? "floats" : "codes") << ", got " << tensor;
  }
  return success();
}

LogicalResult QnetDialect::verifyOperationAttribute(Operation *op,
                                                    NamedAttribute attribute) {
  if (attribute.getName() != kEntryAttrName)
    return success();
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function || !isa<StringAttr>(attribute.getValue()))
    return op->emitOpError("expected '")
           << kEntryAttrName << "' to be a string on a function";
  return verifyStateOnce(function);
}
