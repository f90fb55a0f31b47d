//===- qnet-zoo.cpp - Prints the IR of a named network --------------------===//
//
// Command line of lib/Zoo: a name and settings in, a training graph out.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/MLIRContext.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Driver/Driver.h"
#include "qnet/Zoo/Zoo.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

using namespace llvm;
using namespace qnet;

static cl::OptionCategory category("qnet-zoo options");

static cl::opt<std::string> name(cl::Positional, cl::desc("<network>"),
                                 cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("Output file (default: -)"),
                                   cl::value_desc("file"), cl::init("-"),
                                   cl::cat(category));
static cl::list<int64_t> sizes("sizes", cl::CommaSeparated,
                               cl::desc("Inputs, hidden units, outputs "
                                        "(dense networks)"),
                               cl::cat(category));
static cl::opt<int64_t> classes("classes",
                                cl::desc("Outputs (networks on images)"),
                                cl::cat(category));
static cl::opt<double>
    width("width",
          cl::desc("Multiplies the numbers of filters and hidden units "
                   "(networks on images)"),
          cl::cat(category));

static ZooSettings settings;
static cl::opt<std::string, true>
    rule("rule", cl::desc("Update rule: full, r, sr, bc (default)"),
         cl::location(settings.rule), cl::cat(category));
static cl::opt<std::string, true>
    optimizer("optimizer", cl::desc("Optimizer: sgd, momentum, adam"),
              cl::location(settings.optimizer), cl::cat(category));
static cl::opt<std::string, true>
    schedule("schedule",
             cl::desc("Learning-rate schedule, e.g. constant_rate:0.01"),
             cl::location(settings.schedule), cl::cat(category));
static cl::opt<std::string, true>
    grid("grid", cl::desc("Grid, e.g. binary:1.0 (default), uniform:4,0.125"),
         cl::location(settings.grid), cl::cat(category));
static cl::opt<std::string, true> loss("loss",
                                       cl::desc("Loss, e.g. squared_hinge"),
                                       cl::location(settings.loss),
                                       cl::cat(category));
static cl::opt<GridPolicy> policy(
    "policy", cl::desc("Which layers' weights are on the grid:"),
    cl::values(clEnumValN(GridPolicy::All, "all",
                          "every layer's (default for dense networks)"),
               clEnumValN(GridPolicy::Paper, "paper",
                          "all but the first and the last layer's (default "
                          "for networks on images)"),
               clEnumValN(GridPolicy::None, "none", "none")),
    cl::cat(category));
static cl::opt<RateScale, true> rateScale(
    "rate-scale", cl::desc("Learning-rate scale of weights on the grid:"),
    cl::location(settings.rateScale),
    cl::values(clEnumValN(RateScale::None, "none", "1 (default)"),
               clEnumValN(RateScale::Glorot, "glorot",
                          "1/sqrt(1.5/(fan in + fan out)), BinaryConnect's")),
    cl::cat(category));
static cl::opt<int64_t, true> batch("batch", cl::desc("Batch size"),
                                    cl::location(settings.batch),
                                    cl::cat(category));
static cl::opt<int64_t>
    microBatch("micro-batch",
               cl::desc("Samples of a batch to compute at a time, a divisor "
                        "of the batch size"),
               cl::cat(category));
static cl::opt<int64_t, true> seed("seed", cl::desc("Seed (default: 1)"),
                                   cl::location(settings.seed),
                                   cl::cat(category));

static int fail(Error error) {
  errs() << "qnet-zoo: error: " << toString(std::move(error)) << "\n";
  return 1;
}

static void printNetworks() {
  for (const ZooNetwork &network : zooNetworks()) {
    outs() << network.name << ": " << network.summary << " (";
    if (network.isOnImages()) {
      interleave(network.image, outs(), "x");
      outs() << ", " << network.classes << " classes";
    } else {
      interleave(network.sizes, outs(), "-");
    }
    outs() << ")\n";
  }
}

/// Options that were not given stay the network's own.
template <typename T>
static void setIfGiven(std::optional<T> &setting, const cl::opt<T> &option) {
  if (option.getNumOccurrences())
    setting = option;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "Prints the training graph of a named network; "
                              "without a name, lists the networks.\n");
  if (name.empty()) {
    printNetworks();
    return 0;
  }
  settings.sizes = sizes;
  setIfGiven(settings.policy, policy);
  setIfGiven(settings.classes, classes);
  setIfGiven(settings.width, width);
  setIfGiven(settings.microBatch, microBatch);
  if (batch.getNumOccurrences() && settings.batch == 0)
    return fail(createStringError("expected a batch size from 1, got 0"));
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<QnetDialect>();
  auto module = buildZooNetwork(context, name, settings);
  if (!module)
    return fail(module.takeError());
  Error error = writeFile(output, [&](raw_pwrite_stream &stream) {
    (*module)->print(stream, mlir::OpPrintingFlags().printNameLocAsPrefix());
    return Error::success();
  });
  if (error)
    return fail(std::move(error));
  return 0;
}
