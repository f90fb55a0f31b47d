//===- qnet-interpret.cpp - Evaluates qnet programs by the reference ------===//
//
// Reads IR, runs passes on it if asked to, and interprets a function or a
// training.
//
//===----------------------------------------------------------------------===//

#include "CallFunction.h"
#include "Options.h"
#include "ProgramHost.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "qnet/InitAll.h"
#include "qnet/Interpreter/Interpreter.h"
#include "qnet/Program/Program.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

/// A plugin may bring passes, a dialect, or both.
static LogicalResult loadPlugin(const std::string &file,
                                DialectRegistry &registry) {
  auto passes = PassPlugin::load(file);
  auto dialects = DialectPlugin::load(file);
  if (passes)
    passes->registerPassRegistryCallbacks();
  if (dialects)
    dialects->registerDialectRegistryCallbacks(registry);
  bool loaded = bool(passes) || bool(dialects);
  std::string reason = llvm::toString(passes.takeError());
  llvm::consumeError(dialects.takeError());
  if (!loaded)
    llvm::errs() << "error: cannot load plugin '" << file << "': " << reason
                 << "\n";
  return success(loaded);
}

static LogicalResult runPasses(ModuleOp module, StringRef passes) {
  PassManager manager(module.getContext());
  return failure(failed(parsePassPipeline(passes, manager)) ||
                 failed(manager.run(module)));
}

/// Runs the stage asked for; a program then needs its training entries.
static LogicalResult prepare(ModuleOp module, const InterpretOptions &options) {
  if (!options.stage.empty() && failed(runPasses(module, options.stage)))
    return failure();
  if (options.trainer.empty() || qnet::findEntry(module, "train_step"))
    return success();
  return runPasses(module, "qnet-build-training-step,qnet-build-inference");
}

int main(int argc, char **argv) {
  FailureOr<InterpretOptions> options = parseInterpretOptions(argc, argv);
  if (failed(options))
    return 2;
  if (options->help) {
    llvm::outs() << kInterpretHelp;
    return 0;
  }
  DialectRegistry registry;
  qnet::registerAll(registry);
  qnet::registerInterpreterRules(registry);
  for (const std::string &plugin : options->plugins)
    if (failed(loadPlugin(plugin, registry)))
      return 1;
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler handler(sources, &context);
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(options->file, sources, &context);
  if (!module || failed(prepare(*module, *options)))
    return 1;
  if (!options->trainer.empty())
    return runTrainer(*module, options->trainer);
  return failed(callFunctions(*module, *options));
}
