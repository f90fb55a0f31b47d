//===- BuildTrainingStep.cpp - qnet-build-training-step -------------------===//
//
// Checks a training graph, builds its functions and records in the module what
// a trainer must know about it.
//
//===----------------------------------------------------------------------===//

#include "Convexity.h"
#include "TrainingFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "qnet/Autodiff/Passes.h"
#include "llvm/ADT/StringExtras.h"

namespace qnet {
#define GEN_PASS_DEF_QNETBUILDTRAININGSTEP
#include "qnet/Autodiff/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// The one training of the module.
static FailureOr<TrainingOp> findTraining(ModuleOp module) {
  TrainingOp found;
  for (auto training : module.getOps<TrainingOp>()) {
    if (!found) {
      found = training;
      continue;
    }
    InFlightDiagnostic diagnostic =
        training.emitOpError("expected one qnet.training in the module, got "
                             "another");
    diagnostic.attachNote(found.getLoc()) << "the first is here";
    return failure();
  }
  if (!found)
    return module.emitError("expected a qnet.training op, found none");
  return found;
}

/// Sizes stay far from the limits of 64-bit arithmetic: bytes of all state and
/// all buffers can be summed.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

static LogicalResult checkSize(Location loc, Type type) {
  int64_t room = kMaxElements;
  auto tensor = dyn_cast<RankedTensorType>(type);
  for (int64_t dim : tensor ? tensor.getShape() : ArrayRef<int64_t>())
    room = dim > 0 ? room / dim : room;
  if (room > 0)
    return success();
  return emitError(loc) << "expected a tensor of at most 2^40 elements, got "
                        << type;
}

static LogicalResult checkSizes(ModelOp model) {
  if (failed(checkSize(model.getLoc(), model.getInputs().getType())))
    return failure();
  for (Operation &op : model.getBody().front())
    for (Type type : op.getResultTypes())
      if (failed(checkSize(op.getLoc(), type)))
        return failure();
  return success();
}

/// The name becomes part of file names and of C identifiers.
static LogicalResult checkName(TrainingOp training) {
  StringRef name = training.getSymName();
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (!name.empty() && !llvm::isDigit(name[0]) && llvm::all_of(name, isWord))
    return success();
  return training.emitOpError("expected its name to be a C identifier, got '")
         << name << "'";
}

static LogicalResult checkMicroBatch(TrainingOp training, ModelOp model) {
  std::optional<int64_t> size = training.getMicroBatch();
  if (!size || model.getBatch() % *size == 0)
    return success();
  InFlightDiagnostic diagnostic =
      training.emitOpError("expected micro_batch to divide the batch of ")
      << model.getBatch() << ", got " << *size;
  diagnostic.attachNote(model.getLoc()) << "the model with this batch";
  return diagnostic;
}

/// Checks what a verifier cannot see: the way from the parameters to the loss.
static LogicalResult checkTraining(TrainingOp training, ModelOp model) {
  if (failed(checkName(training)) || failed(checkSizes(model)) ||
      failed(checkMicroBatch(training, model)))
    return failure();
  auto outputs = cast<RankedTensorType>(model.getResultTypes()[0]);
  if (outputs.getRank() != 2)
    return model.emitOpError("expected outputs of rank 2 for training, got ")
           << outputs;
  auto lossError = [&] {
    return training.emitOpError() << "has a loss that does not fit: ";
  };
  if (failed(training.getLoss().verifyOutputs(lossError, outputs)))
    return failure();
  SmallVector<Value> parameters;
  for (auto parameter : model.getBody().getOps<ParameterOp>())
    if (!parameter.getFrozen())
      parameters.push_back(parameter.getResult());
  if (parameters.empty())
    return model.emitOpError("has no parameter to train");
  return checkAdjoints(model.getOutputs(), parameters);
}

template <typename T> static StringAttr printed(T attribute) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << attribute;
  return StringAttr::get(attribute.getContext(), text);
}

/// Facts for the trainer's manifest.
static DictionaryAttr describeProgram(TrainingOp training, ModelOp model) {
  Builder b(training.getContext());
  SmallVector<Attribute> parameters;
  for (auto parameter : model.getBody().getOps<ParameterOp>()) {
    auto type = cast<RankedTensorType>(parameter.getType());
    SmallVector<NamedAttribute> facts{
        b.getNamedAttr("name", parameter.getParamNameAttr()),
        b.getNamedAttr("shape", b.getI64ArrayAttr(type.getShape())),
        b.getNamedAttr("trainable", b.getBoolAttr(!parameter.getFrozen()))};
    if (Attribute grid = parameter.getGridAttr())
      facts.push_back(b.getNamedAttr("grid", grid));
    parameters.push_back(b.getDictionaryAttr(facts));
  }
  auto outputs = cast<RankedTensorType>(model.getResultTypes()[0]);
  int64_t classes = training.getLoss().getNumClasses(outputs);
  SmallVector<NamedAttribute> facts = describeConvexity(training, model);
  if (RoundingAttrInterface rounding = training.getRule().getStateRounding())
    facts.push_back(b.getNamedAttr(
        "state_random_bits", b.getI64IntegerAttr(rounding.getRandomBits())));
  facts.append({
      b.getNamedAttr("name", training.getSymNameAttr()),
      b.getNamedAttr("rule", b.getStringAttr(training.getRule().getRuleName())),
      b.getNamedAttr("optimizer", printed(training.getOptimizerAttr())),
      b.getNamedAttr("schedule", printed(training.getScheduleAttr())),
      b.getNamedAttr("loss", printed(training.getLossAttr())),
      b.getNamedAttr("seed", training.getSeedAttr()),
      b.getNamedAttr("batch", b.getI64IntegerAttr(model.getBatch())),
      b.getNamedAttr("classes", b.getI64IntegerAttr(classes)),
      b.getNamedAttr("parameters", b.getArrayAttr(parameters)),
  });
  return b.getDictionaryAttr(facts);
}

namespace {
struct QnetBuildTrainingStep
    : qnet::impl::QnetBuildTrainingStepBase<QnetBuildTrainingStep> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TrainingOp> training = findTraining(module);
    if (failed(training))
      return signalPassFailure();
    auto model = SymbolTable(module).lookup<ModelOp>(training->getModel());
    if (!model) {
      training->emitOpError("expected a qnet.model named '")
          << training->getModel() << "' in the module";
      return signalPassFailure();
    }
    if (failed(checkTraining(*training, model)))
      return signalPassFailure();
    DictionaryAttr facts = describeProgram(*training, model);
    int64_t batch = model.getBatch();
    if (std::optional<int64_t> size = training->getMicroBatch())
      if (failed(model.setBatch(*size)) || failed(verify(model)))
        return signalPassFailure();
    TrainingFunctions functions(*training, model, batch);
    if (failed(functions.build(module)))
      return signalPassFailure();
    numAdjoints += functions.numAdjoints;
    numUpdates += functions.numUpdates;
    module->setAttr(QnetDialect::kProgramAttrName, facts);
    training->erase();
    model.erase();
  }
};
} // namespace
