//===- Options.h - The command line of qnet-interpret -----------*- C++ -*-===//
//
// What to interpret: one function, or a training program under the trainer's
// command line, which starts at its command and is handed on as it is.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TOOLS_INTERPRET_OPTIONS_H
#define QNET_TOOLS_INTERPRET_OPTIONS_H

#include "mlir/Support/LLVM.h"

#include <string>
#include <vector>

struct InterpretOptions {
  std::string file;
  std::string entry;             ///< function to call
  std::vector<std::string> args; ///< its arguments, as attributes
  std::string stage;             ///< passes to run first
  std::vector<std::string> plugins;
  bool all = false; ///< call every function without arguments
  bool wide = false;
  bool help = false;
  /// The trainer's command and its options; empty when a function is called.
  std::vector<char *> trainer;
};

extern const char *const kInterpretHelp;

/// Prints one error line and fails where the command line is not understood.
mlir::FailureOr<InterpretOptions> parseInterpretOptions(int argc, char **argv);

#endif // QNET_TOOLS_INTERPRET_OPTIONS_H
