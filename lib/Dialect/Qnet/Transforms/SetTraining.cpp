//===- SetTraining.cpp - qnet-set-training --------------------------------===//
//
// Overrides of a training from the command line. A new batch size is carried
// through the model by shape inference.
//
//===----------------------------------------------------------------------===//

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETSETTRAINING
#include "qnet/Dialect/Qnet/Transforms/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Parses an attribute that implements `InterfaceT`; `text` may be its bare
/// name.
template <typename InterfaceT>
static FailureOr<InterfaceT> parseSetting(Operation *op, StringRef text,
                                          StringRef what) {
  std::string full = text.str();
  if (!text.starts_with("#"))
    full = ("#qnet." + text).str();
  Attribute attribute;
  std::string reason;
  {
    // The parser's place is in a buffer that the user never saw; of its
    // messages those of the attributes' verifiers help.
    ScopedDiagnosticHandler quiet(
        op->getContext(), [&](Diagnostic &diagnostic) {
          std::string message = diagnostic.str();
          if (reason.empty() && StringRef(message).starts_with("expected"))
            reason = ": " + message;
          return success();
        });
    attribute = parseAttribute(full, op->getContext());
  }
  if (auto setting = dyn_cast_or_null<InterfaceT>(attribute))
    return setting;
  return op->emitOpError("expected ")
         << what << ", got '" << text << "'" << reason;
}

/// Gives the model's argument the batch size and infers all types anew.
static LogicalResult setBatch(ModelOp model, int64_t batch) {
  auto withBatch = [&](Type type) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor.getShape());
    shape[0] = batch;
    return tensor.clone(shape);
  };
  model.getInputs().setType(
      cast<RankedTensorType>(withBatch(model.getInputs().getType())));
  for (Operation &op : model.getBody().front().without_terminator()) {
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
  model.setFunctionType(FunctionType::get(model.getContext(),
                                          model.getInputs().getType(),
                                          model.getOutputs().getType()));
  return success();
}

namespace {
struct QnetSetTraining : qnet::impl::QnetSetTrainingBase<QnetSetTraining> {
  using Base::Base;

  LogicalResult apply(TrainingOp training) {
    if (!rule.empty()) {
      auto value = parseSetting<RuleAttrInterface>(training, rule,
                                                   "a rule (full, r, sr, bc)");
      if (failed(value))
        return failure();
      training.setRuleAttr(*value);
      ++numChanged;
    }
    if (!optimizer.empty()) {
      auto value = parseSetting<OptimizerAttrInterface>(
          training, optimizer, "an optimizer (sgd, momentum, adam)");
      if (failed(value))
        return failure();
      training.setOptimizerAttr(*value);
      ++numChanged;
    }
    if (!schedule.empty()) {
      auto value = parseSetting<ScheduleAttrInterface>(
          training, schedule, "a schedule, e.g. #qnet.constant_rate<0.01>");
      if (failed(value))
        return failure();
      training.setScheduleAttr(*value);
      ++numChanged;
    }
    return applyNumbers(training);
  }

  LogicalResult applyNumbers(TrainingOp training) {
    if (seed != -1) {
      if (seed < 0 || seed > int64_t(UINT32_MAX))
        return training.emitOpError("expected a seed from 0 to 4294967295, "
                                    "got ")
               << seed.getValue();
      training.setSeed(static_cast<uint32_t>(seed));
      ++numChanged;
    }
    if (batch == 0)
      return success();
    if (batch < 1 || batch > (int64_t(1) << 24))
      return training.emitOpError("expected a batch size from 1 to 16777216, "
                                  "got ")
             << batch.getValue();
    auto model =
        SymbolTable(getOperation()).lookup<ModelOp>(training.getModel());
    if (!model)
      return training.emitOpError("expected a qnet.model named '")
             << training.getModel() << "' in the module";
    ++numChanged;
    return setBatch(model, batch);
  }

  void runOnOperation() override {
    auto trainings = getOperation().getOps<TrainingOp>();
    if (trainings.empty()) {
      getOperation().emitError("expected a qnet.training op, found none");
      return signalPassFailure();
    }
    for (TrainingOp training : trainings)
      if (failed(apply(training)))
        return signalPassFailure();
  }
};
} // namespace
