//===- Options.h - the command line of a trainer ----------------*- C++ -*-===//
//
// One table holds every option with its commands, its range and its line of
// help; parsing and --help both read it.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_OPTIONS_H
#define QNET_RUNTIME_LIB_OPTIONS_H

#include "Support.h"

#include <optional>

namespace qnet::rt {

enum class Command { Help, Train, Eval, Predict, Recalibrate, Export, Info };

/// Values of --data-on.
constexpr const char *dataOnAuto = "auto", *dataOnHost = "host",
                     *dataOnDevice = "device";

struct Options {
  Command command = Command::Help;
  std::string data, checkpoint, log, report;
  std::string output = "-";
  std::string weights;
  std::string augment = "none";
  std::string dataOn = dataOnAuto;
  std::string trace, traceParameter;
  int64_t epochs = 10;
  int64_t seed = -1; // -1: the manifest's.
  int64_t threads = 0;
  int64_t checkpointEvery = 0;
  int64_t trainSamples = 0, testSamples = 0;
  int64_t steps = 0; // 0: as many as the epochs have.
  int64_t batches = 0;
  int64_t traceEvery = 0; // 0: not given.
  int64_t evalEvery = 1;
  bool resume = false, overwrite = false, quiet = false;
};

/// Parses the arguments after the program's name. A predictor needs no
/// checkpoint.
Status parseOptions(const std::vector<std::string> &arguments, Options &options,
                    bool isPredictor = false);

std::string helpText();

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_OPTIONS_H
