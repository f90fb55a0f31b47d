//===- ApplyCodeSchedule.cpp - Runs a schedule on a module ----------------===//
//
// Reads the schedule once, when the pipeline starts, and interprets its entry
// with what it has to know of the target.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Schedules/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "qnet/Codegen/Schedules/ScheduleOps.h"
#include "qnet/Codegen/Schedules/Schedules.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "llvm/Support/SourceMgr.h"

namespace qnet {
#define GEN_PASS_DEF_QNETAPPLYCODESCHEDULE
#include "qnet/Codegen/Schedules/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
struct QnetApplyCodeSchedule
    : qnet::impl::QnetApplyCodeScheduleBase<QnetApplyCodeSchedule> {
  using QnetApplyCodeScheduleBase::QnetApplyCodeScheduleBase;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  /// The module of the schedule; shared by clones of the pass.
  std::shared_ptr<OwningOpRef<ModuleOp>> schedule;
};
} // namespace

static InFlightDiagnostic fail(MLIRContext *context) {
  return emitError(UnknownLoc::get(context)) << "qnet-apply-code-schedule: ";
}

static OwningOpRef<ModuleOp> readSchedule(StringRef path,
                                          MLIRContext *context) {
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &message);
  if (!file) {
    fail(context) << message;
    return {};
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(file), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, context);
}

static transform::NamedSequenceOp findEntry(ModuleOp module) {
  return module.lookupSymbol<transform::NamedSequenceOp>(
      transform::TransformDialect::kTransformEntryPointSymbolName);
}

/// Whether the entry can be called with a handle to the module.
static LogicalResult checkEntry(ModuleOp module, StringRef name) {
  transform::NamedSequenceOp entry = findEntry(module);
  if (!entry || entry.isExternal())
    return fail(module.getContext())
           << "expected a sequence @__transform_main in '" << name << "'";
  FunctionType type = entry.getFunctionType();
  if (type.getNumInputs() != 1 || type.getNumResults() != 0 ||
      !isa<transform::TransformHandleTypeInterface>(type.getInput(0)))
    return fail(module.getContext())
           << "expected @__transform_main of '" << name
           << "' to take one handle and yield nothing, got " << type;
  return success();
}

LogicalResult QnetApplyCodeSchedule::initialize(MLIRContext *context) {
  if (failed(verifyVectorBits(vectorBits, [&] { return fail(context); })))
    return failure();
  OwningOpRef<ModuleOp> module;
  if (file.empty())
    module = parseSourceString<ModuleOp>(getDefaultCodeSchedule(vectorBits),
                                         context, "code-schedule");
  else
    module = readSchedule(file, context);
  if (!module || failed(checkEntry(*module, file)))
    return failure();
  schedule = std::make_shared<OwningOpRef<ModuleOp>>(std::move(module));
  return success();
}

void QnetApplyCodeSchedule::runOnOperation() {
  transform::NamedSequenceOp entry = findEntry(**schedule);
  transform::TransformOptions options;
  // They find wrong uses of handles, which the schedules that ship do not have.
  options.enableExpensiveChecks(!file.empty());
  ScheduleTarget *target = nullptr;
  auto describeTarget = [&](transform::TransformState &state) {
    target = &state.addExtension<ScheduleTarget>(vectorBits, tableProducts,
                                                 winogradProducts);
  };
  auto count = [&](transform::TransformState &) {
    numProducts += target->numProducts;
    numTables += target->numTables;
    numWinograd += target->numWinograd;
    numFills += target->numFills;
    numEpilogues += target->numEpilogues;
    numPartSums += target->numPartSums;
    return success();
  };
  if (failed(transform::applyTransforms(
          getOperation(), entry, /*extraMapping=*/{}, options,
          /*enforceToplevelTransformOp=*/false, describeTarget, count)))
    signalPassFailure();
}
