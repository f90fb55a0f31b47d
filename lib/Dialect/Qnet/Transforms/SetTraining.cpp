//===- SetTraining.cpp - qnet-set-training --------------------------------===//
//
// Overrides of a training from the command line.
//
//===----------------------------------------------------------------------===//

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/Transforms/Passes.h"
#include "llvm/Support/Regex.h"

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

  LogicalResult applyMicroBatch(TrainingOp training) {
    if (microBatch == 0)
      return success();
    if (microBatch < 1 || microBatch > (int64_t(1) << 24))
      return training.emitOpError("expected a micro-batch size from 1 to "
                                  "16777216, got ")
             << microBatch.getValue();
    training.setMicroBatch(microBatch);
    ++numChanged;
    return success();
  }

  /// Freezes the parameters whose names match; at least one must.
  LogicalResult applyFreeze(TrainingOp training) {
    if (freeze.empty())
      return success();
    llvm::Regex pattern(freeze);
    std::string reason;
    if (!pattern.isValid(reason))
      return training.emitOpError("expected a regular expression of parameters "
                                  "to freeze, got '")
             << freeze << "': " << reason;
    unsigned count = 0;
    if (auto model =
            SymbolTable(getOperation()).lookup<ModelOp>(training.getModel()))
      for (auto parameter : model.getBody().getOps<ParameterOp>())
        if (pattern.match(parameter.getParamName())) {
          parameter.setFrozen(true);
          ++count;
        }
    numChanged += count;
    if (count)
      return success();
    return training.emitOpError("expected a parameter to freeze whose name "
                                "matches '")
           << freeze << "', found none";
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
    if (failed(applyMicroBatch(training)) || failed(applyFreeze(training)))
      return failure();
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
    return model.setBatch(batch);
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
