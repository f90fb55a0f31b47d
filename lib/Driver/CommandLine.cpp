//===- CommandLine.cpp - qnet-compile's options ---------------------------===//
//
// The options of qnet-compile, all in one category so that --help shows only
// them.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/CommandLine.h"
#include "qnet/Codegen/Schedules/Schedules.h"
#include "qnet/Driver/Driver.h"
#include "qnet/Program/MemoryPlan.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using namespace llvm;
using namespace qnet;

static int fail(const Twine &message) {
  errs() << "qnet-compile: error: " << message << "\n";
  return 1;
}

namespace {
/// Whether an error of ours has been printed.
bool complained = false;

/// As LLVM's parser of enumerations, but a wrong value is an error of ours.
template <typename EnumT> struct EnumParser : cl::parser<EnumT> {
  using cl::parser<EnumT>::parser;
  bool parse(cl::Option &option, StringRef, StringRef text, EnumT &kind) {
    std::string names;
    for (const auto &value : this->Values) {
      if (value.Name == text) {
        kind = value.V.getValue();
        return false;
      }
      if (!value.Name.empty()) // The option alone.
        names += (names.empty() ? "" : ", ") + value.Name.str();
    }
    complained = true;
    return fail("expected --" + option.ArgStr + " to be one of " +
                Twine(names) + ", got '" + text + "'");
  }
};

cl::OptionCategory category("qnet-compile options");

struct Options {
  cl::opt<std::string> input{cl::Positional,
                             cl::desc("<training graph, MLIR; - for stdin>"),
                             cl::init("-"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::desc("Output file (default: named after the training)"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<EmitKind, false, EnumParser<EmitKind>> emit{
      "emit", cl::desc("What to write:"), cl::init(EmitKind::Trainer),
      cl::values(
          clEnumValN(EmitKind::Trainer, "trainer",
                     "executable that trains (default)"),
          clEnumValN(EmitKind::Object, "obj", "object file, for --emit=header"),
          clEnumValN(EmitKind::Shared, "shared",
                     "shared library with the runtime in it"),
          clEnumValN(EmitKind::Llvm, "llvm", "optimized LLVM IR"),
          clEnumValN(EmitKind::Asm, "asm", "assembly"),
          clEnumValN(EmitKind::Ptx, "ptx", "PTX of the kernels (target cuda)"),
          clEnumValN(EmitKind::HostKernels, "host-kernels",
                     "shared library that emulates the kernels on a CPU, for "
                     "tests (target cuda)"),
          clEnumValN(EmitKind::Mlir, "mlir", "MLIR in the LLVM dialect"),
          clEnumValN(EmitKind::Header, "header", "C header of the program")),
      cl::cat(category)};
  cl::opt<std::string> rule{
      "rule",
      cl::desc("Update rule in place of the graph's: full, r, sr, bc, or an "
               "attribute"),
      cl::cat(category)};
  cl::opt<std::string> optimizer{
      "optimizer",
      cl::desc("Optimizer in place of the graph's: sgd, momentum, adam, or an "
               "attribute"),
      cl::cat(category)};
  cl::opt<std::string> schedule{
      "schedule",
      cl::desc("Learning-rate schedule in place of the graph's, e.g. "
               "'#qnet.constant_rate<0.01>'"),
      cl::cat(category)};
  cl::opt<std::string> freeze{
      "freeze",
      cl::desc("Do not train the parameters in whose name this regular "
               "expression is found"),
      cl::value_desc("regex"), cl::cat(category)};
  // Numbers are read by us: LLVM prints its errors itself.
  cl::opt<std::string> batch{"batch",
                             cl::desc("Batch size in place of the graph's"),
                             cl::value_desc("n"), cl::cat(category)};
  cl::opt<std::string> microBatch{
      "micro-batch",
      cl::desc("Samples of a batch to compute at a time, a divisor of the "
               "batch size"),
      cl::value_desc("n"), cl::cat(category)};
  cl::opt<std::string> seed{"seed",
                            cl::desc("Default seed of the trainer, in place of "
                                     "the graph's"),
                            cl::value_desc("n"), cl::cat(category)};
  cl::opt<std::string> report{
      "report",
      cl::desc("What to print: memory, the memory plan, or memory=json; the "
               "program is then written only with -o"),
      cl::value_desc("what"), cl::cat(category)};
  cl::opt<RecomputeKind, false, EnumParser<RecomputeKind>> recompute{
      "recompute",
      cl::desc("Activations to compute again for the gradients instead of "
               "keeping them:"),
      cl::ValueOptional,
      cl::init(RecomputeKind::None),
      cl::values(clEnumValN(RecomputeKind::None, "none",
                            "none (default for target cuda)"),
                 clEnumValN(RecomputeKind::Cheap, "cheap",
                            "what is cheap: normalization, relu, padding, "
                            "pooling (default for target cpu)"),
                 clEnumValN(RecomputeKind::Cheap, "", "the same"),
                 clEnumValN(RecomputeKind::Segments, "segments",
                            "all, a segment of the forward pass at a time "
                            "(gradient checkpointing)")),
      cl::cat(category)};
  cl::opt<bool> fuseUpdates{
      "fuse-updates",
      cl::desc("Consume gradients as they are computed instead of storing them "
               "(default; --fuse-updates=false stores them)"),
      cl::init(true), cl::cat(category)};
  cl::opt<bool> fuseEpilogues{
      "fuse-epilogues",
      cl::desc("Run elementwise ops on the results of products in their loops "
               "(default; target cpu)"),
      cl::init(true), cl::cat(category)};
  cl::opt<std::string> memoryBudget{
      "memory-budget",
      cl::desc("Fail where state and buffers take more bytes than this; K, M "
               "or G may follow"),
      cl::value_desc("size"), cl::cat(category)};
  cl::opt<std::string> cpu{
      "cpu",
      cl::desc("CPU to make code for: native (default), generic (x86-64-v3), "
               "or a name"),
      cl::init("native"), cl::cat(category)};
  cl::opt<ProductKind, false, EnumParser<ProductKind>> products{
      "products", cl::desc("How to multiply and convolve:"),
      cl::init(ProductKind::Auto),
      cl::values(
          clEnumValN(ProductKind::Auto, "auto",
                     "as winograd, but by tables with binary weights "
                     "where the cpu is not generic and has AVX2 "
                     "(default)"),
          clEnumValN(ProductKind::Chain, "chain",
                     "by fma, with the same bits on every cpu and gpu"),
          clEnumValN(ProductKind::Table, "table",
                     "as auto, with the same bits on every x86 cpu with "
                     "AVX2"),
          clEnumValN(ProductKind::Winograd, "winograd",
                     "windows of 3 x 3 by minimal filtering, all else by "
                     "fma, with the same bits on every cpu")),
      cl::cat(category)};
  cl::opt<std::string> codeSchedule{
      "code-schedule",
      cl::desc("Transform-dialect schedule of the loops of products, in place "
               "of the one that ships (target cpu)"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> printCodeSchedule{
      "print-code-schedule",
      cl::desc("Print the code schedule that ships for --cpu, to start one's "
               "own from, and do nothing else"),
      cl::cat(category)};
  cl::opt<std::string> target{
      "target",
      cl::desc("What runs the training: cpu (default), cuda, cuda:sm_80 or "
               "cuda:sm_90, or cuda:sm_90a for that chip alone"),
      cl::init("cpu"), cl::cat(category)};
  cl::opt<GpuMath, false, EnumParser<GpuMath>> gpuMath{
      "gpu-math", cl::desc("How a GPU multiplies matrices (target cuda):"),
      cl::init(GpuMath::F32),
      cl::values(clEnumValN(GpuMath::F32, "f32",
                            "with the same bits as --products=chain on a CPU "
                            "(default)"),
                 clEnumValN(GpuMath::TF32, "tf32",
                            "on tensor cores, factors rounded to 11 "
                            "significant bits"),
                 clEnumValN(GpuMath::BF16, "bf16",
                            "on tensor cores, factors rounded to 8 "
                            "significant bits")),
      cl::cat(category)};
  cl::opt<GpuSums, false, EnumParser<GpuSums>> gpuSums{
      "gpu-sums",
      cl::desc("The order of long sums in a GPU's products (target cuda):"),
      cl::init(GpuSums::Auto),
      cl::values(clEnumValN(GpuSums::Auto, "auto",
                            "cpu with --gpu-math=f32, else parallel (default)"),
                 clEnumValN(GpuSums::CPU, "cpu", "one chain, as on a CPU"),
                 clEnumValN(GpuSums::Parallel, "parallel",
                            "in parts side by side where there are few sums: "
                            "faster, with bits of its own")),
      cl::cat(category)};
  cl::opt<LibraryKind, false, EnumParser<LibraryKind>> gpuLibrary{
      "gpu-library",
      cl::desc("Whether a GPU multiplies and convolves f32 by cuBLAS and cuDNN "
               "(target cuda):"),
      cl::init(LibraryKind::None),
      cl::values(clEnumValN(LibraryKind::None, "none",
                            "no, by qnet's own kernels (default)"),
                 clEnumValN(LibraryKind::Auto, "auto",
                            "if they are found when the program runs, or else "
                            "by qnet's own kernels"),
                 clEnumValN(LibraryKind::Require, "require",
                            "yes; the program fails where they are not found")),
      cl::cat(category)};
  cl::opt<std::string> passPipeline{
      "pass-pipeline",
      cl::desc("Passes to run on the training graph before qnet's own"),
      cl::value_desc("pipeline"), cl::cat(category)};
  cl::list<std::string> passPlugins{
      "load-pass-plugin", cl::desc("Load passes from a plugin"),
      cl::value_desc("library"), cl::cat(category)};
  cl::list<std::string> dialectPlugins{
      "load-dialect-plugin", cl::desc("Load dialects from a plugin"),
      cl::value_desc("library"), cl::cat(category)};
};
} // namespace

/// Reads an option where it is given; complains and returns false where it is
/// not a number from `low` to `high`.
static bool readNumber(const cl::opt<std::string> &option, const char *what,
                       int64_t low, int64_t high, int64_t &value) {
  if (!option.getNumOccurrences())
    return true;
  const std::string &text = option;
  if (!StringRef(text).getAsInteger(10, value) && value >= low && value <= high)
    return true;
  fail(Twine("expected ") + what + " from " + Twine(low) + " to " +
       Twine(high) + ", got '" + text + "'");
  return false;
}

static bool readReport(const cl::opt<std::string> &option, ReportKind &report) {
  if (!option.getNumOccurrences())
    return true;
  report = StringSwitch<ReportKind>(option.getValue())
               .Case("memory", ReportKind::Memory)
               .Case("memory=json", ReportKind::MemoryJson)
               .Default(ReportKind::None);
  if (report != ReportKind::None)
    return true;
  fail("expected --report to be memory or memory=json, got '" +
       option.getValue() + "'");
  return false;
}

static bool readBudget(const cl::opt<std::string> &option,
                       std::string &budget) {
  budget = option;
  if (!option.getNumOccurrences() || mlir::succeeded(parseByteSize(budget)))
    return true;
  fail("expected --memory-budget to be a number of bytes, or one and K, M or "
       "G, got '" +
       budget + "'");
  return false;
}

/// The first line of LLVM's messages on the command line, in the form of ours.
/// There are none where the parser of a value has complained, ours or LLVM's.
static int failCommandLine(StringRef messages) {
  if (messages.trim().empty())
    return complained ? 1 : fail("bad command line; see --help");
  StringRef line = messages.trim().split('\n').first;
  line.consume_front("qnet-compile: ");
  std::string text = line.split(".  Try").first.rtrim("!").str();
  for (size_t i = 0; i < text.size(); ++i)
    if (i == 0 || StringRef(text).take_front(i).ends_with(": "))
      text[i] = toLower(text[i]);
  return fail(text + "; see --help");
}

static int printCodeSchedule(StringRef cpuName) {
  Expected<TargetCPU> cpu = resolveTargetCPU(cpuName);
  if (!cpu)
    return fail(toString(cpu.takeError()));
  outs() << getDefaultCodeSchedule(cpu->vectorBits);
  return 0;
}

int qnet::compileMain(int argc, char **argv) {
  InitLLVM init(argc, argv);
  // A file limit is an error of the write then, not a crash.
  std::signal(SIGXFSZ, SIG_IGN);
  Options options;
  cl::HideUnrelatedOptions(category);
  std::string messages;
  raw_string_ostream stream(messages);
  if (!cl::ParseCommandLineOptions(
          argc, argv,
          "Compiles a training graph of a quantized net to a native trainer.\n",
          &stream))
    return failCommandLine(messages);
  if (options.printCodeSchedule)
    return printCodeSchedule(options.cpu);
  if (options.codeSchedule.getNumOccurrences() && options.codeSchedule.empty())
    return fail("expected a file for --code-schedule, got ''");
  CompileOptions settings;
  if (!readNumber(options.batch, "a batch size", 1, 1 << 24, settings.batch) ||
      !readNumber(options.microBatch, "a micro-batch size", 1, 1 << 24,
                  settings.microBatch) ||
      !readNumber(options.seed, "a seed", 0, UINT32_MAX, settings.seed) ||
      !readReport(options.report, settings.report) ||
      !readBudget(options.memoryBudget, settings.memoryBudget))
    return 1;
  settings.input = options.input;
  settings.output = options.output;
  settings.emit = options.emit;
  settings.rule = options.rule;
  settings.optimizer = options.optimizer;
  settings.schedule = options.schedule;
  settings.freeze = options.freeze;
  settings.cpu = options.cpu;
  if (options.recompute.getNumOccurrences())
    settings.recompute = options.recompute;
  settings.products = options.products;
  settings.fuseUpdates = options.fuseUpdates;
  settings.fuseEpilogues = options.fuseEpilogues;
  settings.codeSchedule = options.codeSchedule;
  settings.target = options.target;
  settings.gpuMath = options.gpuMath;
  settings.gpuSums = options.gpuSums;
  settings.gpuLibrary = options.gpuLibrary;
  settings.passPipeline = options.passPipeline;
  settings.passPlugins.assign(options.passPlugins.begin(),
                              options.passPlugins.end());
  settings.dialectPlugins.assign(options.dialectPlugins.begin(),
                                 options.dialectPlugins.end());
  return mlir::succeeded(compile(settings)) ? 0 : 1;
}
