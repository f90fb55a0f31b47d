//===- Options.cpp - The command line of qnet-interpret -------------------===//
//
// Read by hand: the options after a trainer's command are not ours to know.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

const char *const kInterpretHelp =
    R"(qnet-interpret: the reference evaluator of qnet programs

usage: qnet-interpret FILE.mlir --entry=FUNCTION [--arg=VALUE]... [--wide]
       qnet-interpret FILE.mlir --all [--wide]
       qnet-interpret FILE.mlir train|eval|predict|info [TRAINER OPTIONS]

The first form calls a function and prints each result as an attribute, --all
does so for every public function without arguments. The last interprets a training graph as the trainer that qnet-compile would make
of it, with the same options, data, order and checkpoints (see `train --help`).

options, before the trainer's command:
  --entry=FUNCTION    function to call
  --arg=VALUE         its next argument, e.g. 'dense<[1.0, 2.0]> : tensor<2xf32>';
                      codes are given as their ordinals (i32)
  --all               call each function, with its name in a line before the results
  --stage=PASSES      passes to run first, e.g. qnet-build-training-step,canonicalize
  --plugin=FILE       dialect and pass plugin to load
  --wide              compute f32 values in f64
  --help              this text
)";

static LogicalResult fail(const llvm::Twine &message) {
  llvm::errs() << "error: " << message << "\n";
  return failure();
}

static LogicalResult parseOption(StringRef text, InterpretOptions &options) {
  auto [name, value] = text.split('=');
  if (text == "--help" || text == "--wide" || text == "--all") {
    (text == "--help"   ? options.help
     : text == "--wide" ? options.wide
                        : options.all) = true;
    return success();
  }
  if (!text.contains('='))
    return fail("unknown option '" + text + "'; see --help");
  if (name == "--entry")
    options.entry = value.str();
  else if (name == "--arg")
    options.args.push_back(value.str());
  else if (name == "--stage")
    options.stage = value.str();
  else if (name == "--plugin")
    options.plugins.push_back(value.str());
  else
    return fail("unknown option '" + text + "'; see --help");
  return success();
}

static LogicalResult checkOptions(const InterpretOptions &options) {
  if (options.help)
    return success();
  if (options.file.empty())
    return fail("expected an IR file; see --help");
  bool trains = !options.trainer.empty();
  if (trains + !options.entry.empty() + options.all != 1)
    return fail("expected one of --entry=FUNCTION, --all and the commands "
                "train, eval, predict, recalibrate, export and info");
  if (trains && options.wide)
    return fail("--wide does not go with a command");
  if (options.entry.empty() && !options.args.empty())
    return fail("--arg is an option of --entry");
  return success();
}

FailureOr<InterpretOptions> parseInterpretOptions(int argc, char **argv) {
  InterpretOptions options;
  for (int i = 1; i < argc && options.trainer.empty(); ++i) {
    StringRef text = argv[i];
    if (text.starts_with("--")) {
      if (failed(parseOption(text, options)))
        return failure();
    } else if (options.file.empty()) {
      options.file = text.str();
    } else if (llvm::is_contained({"train", "eval", "predict", "recalibrate",
                                   "export", "info"},
                                  text)) {
      options.trainer.assign(argv + i, argv + argc);
    } else {
      (void)fail(
          "unknown command '" + text +
          "', expected train, eval, predict, recalibrate, export or info");
      return failure();
    }
  }
  if (failed(checkOptions(options)))
    return failure();
  return options;
}
