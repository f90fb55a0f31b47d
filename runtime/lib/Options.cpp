//===- Options.cpp - the command line of a trainer ------------------------===//
//
// Options are written --name=value, --name value, or --name for a switch; each
// names the commands it belongs to, and is refused elsewhere.
//
//===----------------------------------------------------------------------===//
#include "Options.h"
#include "Augment.h"

using namespace qnet::rt;

namespace {
/// Sets of commands.
enum : unsigned {
  InTrain = 1,
  InEval = 2,
  InPredict = 4,
  InInfo = 8,
  InRecalibrate = 16,
  InExport = 32
};

struct Option {
  const char *name;
  const char *valueName; // Null for a switch.
  unsigned commands;
  std::string Options::*text;
  int64_t Options::*number;
  int64_t least, most;
  bool Options::*flag;
  const char *help;
};
} // namespace

static constexpr Option textOption(const char *name, const char *valueName,
                                   unsigned commands,
                                   std::string Options::*member,
                                   const char *help) {
  return {name, valueName, commands, member, nullptr, 0, 0, nullptr, help};
}

static constexpr Option numberOption(const char *name, unsigned commands,
                                     int64_t Options::*member, int64_t least,
                                     int64_t most, const char *help) {
  return {name, "N", commands, nullptr, member, least, most, nullptr, help};
}

static constexpr Option switchOption(const char *name, unsigned commands,
                                     bool Options::*member, const char *help) {
  return {name, nullptr, commands, nullptr, nullptr, 0, 0, member, help};
}

static constexpr int64_t maxSamples = 100000000;
static constexpr unsigned withData =
    InTrain | InEval | InPredict | InRecalibrate;
static constexpr unsigned withTest = InTrain | InEval | InPredict;

static const Option optionTable[] = {
    textOption("data", "DIR|synthetic", withData | InInfo, &Options::data,
               "folder with the data, or data made by the trainer itself"),
    numberOption("epochs", InTrain, &Options::epochs, 1, 1000000,
                 "epochs in all, also when resuming (default: 10)"),
    numberOption("steps", InTrain, &Options::steps, 1, UINT32_MAX,
                 "stop after this many steps in all"),
    numberOption("seed", InTrain, &Options::seed, 0, UINT32_MAX,
                 "seed of all randomness (default: the program's)"),
    numberOption("threads", withData, &Options::threads, 1, 1024,
                 "threads (default: one per processor)"),
    textOption("checkpoint", "FILE", withData | InInfo | InExport,
               &Options::checkpoint, "file to save to (train) or to read from"),
    numberOption("checkpoint-every", InTrain, &Options::checkpointEvery, 1,
                 UINT32_MAX, "steps between saves (default: one epoch)"),
    switchOption("resume", InTrain, &Options::resume,
                 "continue from the checkpoint if it exists"),
    switchOption("overwrite", InTrain, &Options::overwrite,
                 "start anew and replace an existing checkpoint"),
    textOption("log", "FILE", InTrain, &Options::log,
               "metrics as JSON lines, one per epoch"),
    textOption("report", "FILE", InTrain, &Options::report,
               "HTML page with curves and a table"),
    textOption("trace", "FILE.npy", InTrain, &Options::trace,
               "values of one parameter, step by step"),
    numberOption("trace-every", InTrain, &Options::traceEvery, 1, UINT32_MAX,
                 "steps between records of --trace (default: 1)"),
    textOption("trace-parameter", "NAME", InTrain, &Options::traceParameter,
               "parameter to trace (default: the first with a grid)"),
    numberOption("eval-every", InTrain, &Options::evalEvery, 1, 1000000,
                 "epochs between evaluations, lines and records (default: 1)"),
    numberOption("train-samples", InTrain | InRecalibrate | InInfo,
                 &Options::trainSamples, 1, maxSamples,
                 "training samples (default: all)"),
    numberOption("test-samples", withTest, &Options::testSamples, 1, maxSamples,
                 "test samples (default: all)"),
    textOption("output", "FILE|-", InPredict, &Options::output,
               "file for the predictions (default: -, standard output)"),
    textOption("output", "FILE", InRecalibrate | InExport, &Options::output,
               "file to write"),
    numberOption("batches", InRecalibrate, &Options::batches, 1, UINT32_MAX,
                 "training batches to average over (default: all)"),
    textOption("weights", "FILE", InExport, &Options::weights,
               "also the weights as safetensors"),
    textOption("augment", "none|crop-flip", InTrain, &Options::augment,
               "random changes of training images (default: none)"),
    textOption("data-on", "auto|host|device", InTrain, &Options::dataOn,
               "where a GPU's data are kept (default: on the device if they "
               "fit)"),
    switchOption("quiet", InTrain, &Options::quiet,
                 "print errors and warnings only"),
};

static constexpr struct {
  const char *name;
  Command command;
  unsigned bit;
  const char *help;
} commandTable[] = {
    {"train", Command::Train, InTrain, "train and save checkpoints"},
    {"eval", Command::Eval, InEval, "loss and error of a checkpoint"},
    {"predict", Command::Predict, InPredict,
     "one line per test sample: index, prediction, label"},
    {"recalibrate", Command::Recalibrate, InRecalibrate,
     "measure the statistics of layers anew at the final weights"},
    {"export", Command::Export, InExport,
     "the trained net as an inference graph for qnet-compile"},
    {"info", Command::Info, InInfo, "what this trainer is, memory it needs"},
};

std::string qnet::rt::helpText() {
  std::string text = "usage: trainer COMMAND [OPTIONS]\n\ncommands:\n";
  for (auto &entry : commandTable)
    text += formatText("  %-12s %s\n", entry.name, entry.help);
  for (auto &entry : commandTable) {
    text += formatText("\noptions of %s:\n", entry.name);
    for (const Option &option : optionTable) {
      if (!(option.commands & entry.bit))
        continue;
      std::string name = std::string("--") + option.name;
      if (option.valueName)
        name += std::string("=") + option.valueName;
      text += formatText("  %-24s %s\n", name.c_str(), option.help);
    }
  }
  return text + "\nThe exit code is 0 on success, 2 for a wrong command line, "
                "128 + N after\nsignal N, and 1 for every other failure.\n";
}

static Status setValue(const Option &option, const std::string &value,
                       Options &options) {
  if (option.text) {
    options.*option.text = value;
    if (value.empty())
      return failure("option --%s: expected %s, got nothing", option.name,
                     option.valueName);
    return Status::success();
  }
  int64_t number;
  if (!parseInteger(value, number) || number < option.least ||
      number > option.most)
    return failure("option --%s: expected an integer from %lld to %lld, got "
                   "'%s'",
                   option.name, (long long)option.least, (long long)option.most,
                   value.c_str());
  options.*option.number = number;
  return Status::success();
}

/// Whether another entry of this name belongs to `command`: --output means
/// another thing for predict than for commands that write one file.
static bool belongsLater(const Option &option, unsigned command) {
  for (const Option &other : optionTable)
    if (std::string(other.name) == option.name && (other.commands & command))
      return true;
  return false;
}

/// Parses the option at `index`, which moves on if its value follows.
static Status parseOption(const std::vector<std::string> &arguments,
                          size_t &index, unsigned command,
                          const char *commandName, Options &options) {
  const std::string &argument = arguments[index];
  size_t equals = argument.find('=');
  std::string name = argument.substr(0, equals);
  for (const Option &option : optionTable) {
    if (name != std::string("--") + option.name)
      continue;
    if (!(option.commands & command) && belongsLater(option, command))
      continue;
    if (!(option.commands & command))
      return failure("option %s does not belong to '%s'; see --help",
                     name.c_str(), commandName);
    if (option.flag) {
      options.*option.flag = true;
      if (equals == std::string::npos)
        return Status::success();
      return failure("option %s takes no value", name.c_str());
    }
    if (equals != std::string::npos)
      return setValue(option, argument.substr(equals + 1), options);
    if (++index == arguments.size())
      return failure("option %s: expected %s, got nothing", name.c_str(),
                     option.valueName);
    return setValue(option, arguments[index], options);
  }
  return failure("unknown option '%s'; see --help", argument.c_str());
}

static Status checkRequired(const Options &options, bool isPredictor) {
  bool needsData =
      options.command != Command::Info && options.command != Command::Export;
  if (needsData && options.data.empty())
    return failure("expected --data=DIR or --data=synthetic");
  bool writes = options.command == Command::Recalibrate ||
                options.command == Command::Export;
  bool reads =
      options.command == Command::Eval || options.command == Command::Predict;
  if ((writes || (reads && !isPredictor)) && options.checkpoint.empty())
    return failure("expected --checkpoint=FILE");
  if (writes && options.output == "-")
    return failure("expected --output=FILE");
  if (options.checkpoint.empty() &&
      (options.resume || options.overwrite || options.checkpointEvery))
    return failure("--resume, --overwrite and --checkpoint-every need "
                   "--checkpoint=FILE");
  if (options.trace.empty() &&
      (options.traceEvery || !options.traceParameter.empty()))
    return failure("--trace-every and --trace-parameter need --trace=FILE.npy");
  if (!options.trace.empty() && options.resume)
    return failure("--trace begins with the initial value; expected it without "
                   "--resume");
  if (options.augment != augmentNone && options.augment != augmentCropFlip)
    return failure("option --augment: expected none or crop-flip, got '%s'",
                   options.augment.c_str());
  if (options.dataOn != dataOnAuto && options.dataOn != dataOnHost &&
      options.dataOn != dataOnDevice)
    return failure("option --data-on: expected auto, host or device, got '%s'",
                   options.dataOn.c_str());
  if (options.resume && options.overwrite)
    return failure("expected one of --resume and --overwrite, got both");
  return Status::success();
}

Status qnet::rt::parseOptions(const std::vector<std::string> &arguments,
                              Options &options, bool isPredictor) {
  options = Options();
  for (const std::string &argument : arguments)
    if (argument == "--help" || argument == "-h" || argument == "help")
      return Status::success();
  if (arguments.empty())
    return failure(
        "expected a command: train, eval, predict, recalibrate, export or "
        "info");
  for (auto &entry : commandTable) {
    if (arguments[0] != entry.name)
      continue;
    options.command = entry.command;
    for (size_t i = 1; i < arguments.size(); ++i)
      if (Status status =
              parseOption(arguments, i, entry.bit, entry.name, options);
          status.failed())
        return status;
    return checkRequired(options, isPredictor);
  }
  return failure("unknown command '%s', expected train, eval, predict, "
                 "recalibrate, export or info",
                 arguments[0].c_str());
}
