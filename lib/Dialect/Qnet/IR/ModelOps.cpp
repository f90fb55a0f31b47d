//===- ModelOps.cpp - Models, parameters and training ---------------------===//
//
// Syntax and verifiers of the ops a user writes.
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/FunctionImplementation.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// ModelOp
//===----------------------------------------------------------------------===//

ParseResult ModelOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType =
      [](Builder &builder, ArrayRef<Type> inputs, ArrayRef<Type> results,
         function_interface_impl::VariadicFlag, std::string &) -> Type {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void ModelOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

int64_t ModelOp::getBatch() {
  return cast<RankedTensorType>(getArgumentTypes()[0]).getDimSize(0);
}

Value ModelOp::getOutputs() {
  return cast<ReturnOp>(getBody().front().getTerminator()).getOutputs();
}

LogicalResult ModelOp::setBatch(int64_t batch) {
  auto inputs = cast<RankedTensorType>(getInputs().getType());
  SmallVector<int64_t> shape(inputs.getShape());
  shape[0] = batch;
  getInputs().setType(cast<RankedTensorType>(inputs.clone(shape)));
  for (Operation &op : getBody().front().without_terminator()) {
    if (op.getNumOperands() == 0)
      continue;
    auto batched = dyn_cast<BatchedOpInterface>(op);
    if (batched)
      batched.setBatch(batch);
    auto inferable = dyn_cast<InferTypeOpInterface>(op);
    if (batched && !inferable)
      continue;
    if (!inferable)
      return op.emitOpError("cannot change its batch size: it does not infer "
                            "its result types");
    SmallVector<Type> types;
    if (failed(inferable.inferReturnTypes(
            op.getContext(), op.getLoc(), op.getOperands(),
            op.getRawDictionaryAttrs(), op.getPropertiesStorage(),
            op.getRegions(), types)))
      return failure();
    for (auto [result, type] : llvm::zip_equal(op.getResults(), types))
      result.setType(type);
  }
  setFunctionType(FunctionType::get(getContext(), getInputs().getType(),
                                    getOutputs().getType()));
  return success();
}

/// Names of parameters and of layers with state are unique in a model.
static LogicalResult verifyNames(ModelOp model) {
  llvm::StringMap<Operation *> names;
  auto check = [&](Operation *op, StringRef name) -> LogicalResult {
    if (name.empty())
      return op->emitOpError("expected a name, got an empty string");
    auto [it, inserted] = names.try_emplace(name, op);
    if (inserted)
      return success();
    InFlightDiagnostic diagnostic =
        op->emitOpError("expected a unique name, got '") << name << "' again";
    diagnostic.attachNote(it->second->getLoc()) << "first used here";
    return diagnostic;
  };
  for (Operation &op : model.getBody().front()) {
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      if (failed(check(&op, parameter.getParamName())))
        return failure();
      continue;
    }
    auto modal = dyn_cast<ModalOpInterface>(op);
    if (!modal)
      continue;
    for (const ModalState &state : modal.getModalStates())
      if (failed(check(&op, state.name)))
        return failure();
  }
  return success();
}

LogicalResult ModelOp::verify() {
  if (getNumArguments() != 1 || getNumResults() != 1)
    return emitOpError("expected one argument and one result, got ")
           << getNumArguments() << " and " << getNumResults();
  auto isBatch = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() >= 1 && tensor.hasStaticShape() &&
           tensor.getElementType().isF32() && tensor.getNumElements() > 0;
  };
  for (Type type : {getArgumentTypes()[0], getResultTypes()[0]})
    if (!isBatch(type))
      return emitOpError("expected tensors of f32 with static shape, got ")
             << type;
  auto inputs = cast<RankedTensorType>(getArgumentTypes()[0]);
  auto outputs = cast<RankedTensorType>(getResultTypes()[0]);
  if (inputs.getDimSize(0) != outputs.getDimSize(0))
    return emitOpError("expected inputs and outputs of the same batch size, "
                       "got ")
           << inputs.getDimSize(0) << " and " << outputs.getDimSize(0);
  auto terminator = dyn_cast<ReturnOp>(getBody().front().getTerminator());
  if (!terminator)
    return emitOpError("expected the body to end with qnet.return");
  if (terminator.getOutputs().getType() != outputs)
    return terminator.emitOpError("expected a value of type ")
           << outputs << ", got " << terminator.getOutputs().getType();
  return verifyNames(*this);
}

//===----------------------------------------------------------------------===//
// ParameterOp
//===----------------------------------------------------------------------===//

LogicalResult ParameterOp::verify() {
  float scale = getRateScale().convertToFloat();
  if (!(scale > 0) || !getRateScale().isFinite())
    return emitOpError("expected rate_scale to be positive and finite, got ")
           << scale;
  if (getResult().getType().getNumElements() == 0)
    return emitOpError("expected at least one element, got ")
           << getResult().getType();
  return getInitializer().verifyParameter([&] { return emitOpError(); },
                                          getResult().getType());
}

//===----------------------------------------------------------------------===//
// TrainingOp
//===----------------------------------------------------------------------===//

LogicalResult TrainingOp::verify() {
  if (std::optional<APFloat> clip = getClipGradient())
    if (!clip->isFinite() || clip->isNegative() || clip->isZero())
      return emitOpError("expected clip_gradient to be positive and finite, "
                         "got ")
             << clip->convertToFloat();
  if (std::optional<int64_t> size = getMicroBatch())
    if (*size < 1)
      return emitOpError("expected micro_batch to be positive, got ") << *size;
  Operation *symbol = SymbolTable::lookupNearestSymbolFrom(
      (*this)->getParentOp(), getModelAttr());
  if (!symbol)
    return emitOpError("expected a qnet.model named '")
           << getModel() << "', found none";
  if (!isa<ModelOp>(symbol)) {
    InFlightDiagnostic diagnostic = emitOpError("expected '")
                                    << getModel() << "' to be a qnet.model";
    diagnostic.attachNote(symbol->getLoc()) << "this is what it names";
    return diagnostic;
  }
  return success();
}
