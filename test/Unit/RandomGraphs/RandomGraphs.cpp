//===- RandomGraphs.cpp - Random graphs, compiled against interpreted -----===//
//
// Makes graphs from successive seeds and compares each in a child process. A
// graph that fails is written to files, as it is and shrunk.
//
//===----------------------------------------------------------------------===//

#include "Children.h"
#include "CompareGraph.h"
#include "CompiledProgram.h"
#include "RandomGraph.h"
#include "Shrink.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <map>

using namespace llvm;
using namespace qnet::test;

static cl::OptionCategory category("qnet-random-graphs options");
static cl::opt<std::string> file(cl::Positional, cl::desc("[<graph>]"),
                                 cl::cat(category));
static cl::opt<unsigned> seed("seed", cl::desc("Seed of the first graph"),
                              cl::init(1), cl::cat(category));
static cl::opt<unsigned> graphCount("count", cl::desc("Number of graphs"),
                                    cl::init(100), cl::cat(category));
static cl::opt<unsigned> jobs("jobs", cl::desc("Graphs at a time"), cl::init(2),
                              cl::cat(category));
static cl::opt<unsigned> timeLimit("time-limit",
                                   cl::desc("Seconds that a graph may take"),
                                   cl::init(120), cl::cat(category));
static cl::opt<std::string>
    output("output", cl::desc("Folder for graphs that fail (default: .)"),
           cl::init("."), cl::cat(category));
static cl::opt<bool>
    onGpu("gpu", cl::cat(category),
          cl::desc("Compile for a GPU, and emulate its kernels: blocks and "
                   "threads in either order, long sums of products in parts or "
                   "not, by the seed"));
static cl::opt<bool> print("print",
                           cl::desc("Print the graphs and compare nothing"),
                           cl::cat(category));
static cl::opt<std::string>
    failOn("fail-on", cl::Hidden, cl::cat(category),
           cl::desc("Call graphs that have this text different, to test "
                    "shrinking"));

namespace {
enum ExitCode { kSame = 0, kDifferent = 1, kExplained = 3 };

struct Totals {
  unsigned compared = 0, explained = 0, failed = 0;
};
} // namespace

/// LLVM optimizes the code of every fourth graph: with it, a graph takes twice
/// as long, and what is tested is the code before.
static Target targetOf(uint32_t graphSeed) {
  Target target;
  target.optimizes = graphSeed % 4 == 0;
  if (onGpu) {
    target.gpuMath = "f32";
    target.descending = graphSeed % 2;
    target.splitSums = graphSeed / 2 % 2;
  }
  return target;
}

static int compareInChild(const std::string &text, uint32_t graphSeed) {
  if (!failOn.empty() && StringRef(text).contains(failOn))
    return kDifferent;
  switch (compareGraph(text, graphSeed, targetOf(graphSeed))) {
  case Outcome::Same:
    return kSame;
  case Outcome::Explained:
    return kExplained;
  case Outcome::Different:
    return kDifferent;
  }
  return kDifferent;
}

/// A failed generator fails the graph, too: it runs in the child.
static int compareChoices(Choices &choices, uint32_t graphSeed) {
  return compareInChild(makeRandomGraph(getContext(), choices), graphSeed);
}

static bool writeGraph(const std::string &path, const std::string &text) {
  std::error_code error;
  raw_fd_ostream stream(path, error);
  stream << text;
  stream.close();
  if (!error)
    error = stream.error();
  stream.clear_error(); // It is reported here, and an unread one aborts.
  if (error)
    errs() << "error: cannot write '" << path << "': " << error.message()
           << "\n";
  return !error;
}

static ChoiceList shrinkGraph(ChoiceList list, uint32_t graphSeed,
                              int exitCode) {
  auto stillFails = [&](ChoiceList &candidate) {
    Choices choices(candidate);
    std::string text = makeRandomGraph(getContext(), choices);
    pid_t child =
        startChild([&] { return compareInChild(text, graphSeed); }, timeLimit,
                   /*quiet=*/true);
    candidate = choices.getMade();
    return waitForChild(child) == exitCode;
  };
  return shrink(std::move(list), stillFails, /*attempts=*/400);
}

/// Writes the graph, then what is left of it.
static void reportFailure(uint32_t graphSeed, int exitCode) {
  std::string prefix = output + "/random-graph-" + std::to_string(graphSeed);
  Choices choices(graphSeed);
  std::string text = makeRandomGraph(getContext(), choices);
  std::string header = "// seed " + std::to_string(graphSeed) + ", exit code " +
                       std::to_string(exitCode) +
                       "; compare again: qnet-random-graphs --seed=" +
                       std::to_string(graphSeed) + " FILE\n";
  outs() << "seed " << graphSeed << " failed with exit code " << exitCode
         << "; see " << prefix << ".mlir\n";
  outs().flush();
  if (!writeGraph(prefix + ".mlir", header + text))
    return;
  Choices reduced(shrinkGraph(choices.getMade(), graphSeed, exitCode));
  std::string small = makeRandomGraph(getContext(), reduced);
  if (writeGraph(prefix + ".reduced.mlir", header + small))
    outs() << "reduced from " << StringRef(text).count("qnet.") << " to "
           << StringRef(small).count("qnet.")
           << " ops and attributes: " << prefix << ".reduced.mlir\n";
}

static Totals compareAll() {
  Totals totals;
  std::map<pid_t, uint32_t> running;
  std::map<uint32_t, int> failures;
  for (unsigned next = 0; next < graphCount || !running.empty();) {
    if (next < graphCount && running.size() < std::max(1u, jobs.getValue())) {
      uint32_t graphSeed = seed + next++;
      Choices choices(graphSeed);
      running[startChild([&] { return compareChoices(choices, graphSeed); },
                         timeLimit, /*quiet=*/false)] = graphSeed;
      continue;
    }
    pid_t child = -1;
    int code = waitForChild(child);
    ++totals.compared;
    totals.explained += code == kExplained;
    if (code != kSame && code != kExplained)
      failures[running[child]] = code;
    running.erase(child);
  }
  totals.failed = failures.size();
  for (auto [graphSeed, code] : failures)
    reportFailure(graphSeed, code);
  return totals;
}

static int compareFile() {
  auto buffer = MemoryBuffer::getFile(file);
  if (!buffer) {
    errs() << "error: cannot read '" << file
           << "': " << buffer.getError().message() << "\n";
    return 1;
  }
  return compareInChild((*buffer)->getBuffer().str(), seed);
}

static int printGraphs() {
  for (unsigned i = 0; i < graphCount; ++i) {
    Choices choices(seed + i);
    outs() << "// seed " << seed + i << "\n"
           << makeRandomGraph(getContext(), choices);
  }
  return 0;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compares random training graphs, compiled and interpreted.\n");
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  getContext(); // Once, before there are children.
  if (!file.empty())
    return compareFile();
  if (print)
    return printGraphs();
  if (!sys::fs::is_directory(output)) {
    errs() << "error: no folder '" << output << "'\n";
    return 1;
  }
  Totals totals = compareAll();
  outs() << "seeds " << seed << " to " << seed + graphCount - 1 << ": "
         << totals.compared << " graphs, " << totals.failed << " failed, "
         << totals.explained
         << " with differences that conditioning explains\n";
  // If conditioning explained much, there would be little comparison left.
  bool isVague = totals.explained * 4 > totals.compared;
  return totals.failed || isVague;
}
