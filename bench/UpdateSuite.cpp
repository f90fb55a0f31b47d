//===- UpdateSuite.cpp - Update kernels against the triad -----------------===//
//
// For each case: compile, check one step bit for bit against the plain loops,
// then time triad, kernel and plain loops in turns, on the same threads and the
// same gradient.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "OptionParser.h"
#include "Suites.h"
#include "Table.h"
#include "Timing.h"
#include "UpdateCases.h"
#include "qnet-runtime/philox.h"

#include <atomic>
#include <cstdio>
#include <cstring>

using namespace qnet;
using namespace qnet::bench;

namespace {

constexpr uint32_t kSeed = 1;

class UpdateSuite {
public:
  UpdateSuite(const OptionParser &options, double seconds);
  int run();
  int writeAssembly(const std::string &path);
  const Table &result() const { return table; }

private:
  bool runSize(int64_t count);
  bool runCase(const UpdateCase &update, rt::ThreadPool &pool);
  bool check(const UpdateCase &update, const Kernel &kernel,
             rt::ThreadPool &pool);
  void resetState(const UpdateCase &update);
  int32_t reference(const UpdateCase &update, char *state, rt::ThreadPool &pool,
                    uint32_t step);
  void step(const Kernel &kernel, rt::ThreadPool &pool, uint32_t step) {
    kernel.trainStep(&pool, state->as<char>(), arena.as<char>(),
                     gradient->as<char>(), nullptr, kSeed, step, 0, nullptr,
                     nullptr, &flag);
  }

  std::vector<UpdateCase> cases;
  std::vector<int64_t> sizes, threads;
  double seconds;
  Table table;
  int64_t count = 0;
  int32_t flag = 0;
  std::unique_ptr<Buffer> state, gradient, triad;
  Buffer arena{64};
};

} // namespace

static std::vector<UpdateCase> chooseCases(const OptionParser &options) {
  const char *ruleNames[] = {"full", "r", "sr", "bc"};
  const char *optimizerNames[] = {"sgd", "momentum", "adam"};
  const char *gridNames[] = {"binary", "ternary", "uniform4"};
  auto indexOf = [](auto &names, const std::string &name) {
    return int(std::find(std::begin(names), std::end(names), name) -
               std::begin(names));
  };
  std::vector<UpdateCase> cases;
  for (auto &rule : options.choices("rules", "full,r,sr,bc", ruleNames))
    for (auto &optimizer :
         options.choices("optimizers", "sgd,momentum,adam", optimizerNames))
      for (auto &grid : options.choices("grids", "binary", gridNames)) {
        UpdateCase update{Rule(indexOf(ruleNames, rule)),
                          Optimizer(indexOf(optimizerNames, optimizer)),
                          Grid(indexOf(gridNames, grid))};
        cases.push_back(update);
        // The grid only bounds latent weights: one is enough.
        if (!update.keepsCodes())
          break;
      }
  return cases;
}

UpdateSuite::UpdateSuite(const OptionParser &options, double seconds)
    : cases(chooseCases(options)), sizes(options.sizes("size", "16M")),
      threads(parseThreads(options)), seconds(seconds),
      table({{"weights", "weights"},
             {"threads", "threads"},
             {"rule", "rule"},
             {"optimizer", "optimizer"},
             {"storage", "storage"},
             {"bytes_per_weight", "B/weight", 2},
             {"ns_per_weight", "ns/weight", 3},
             {"ns_per_weight_median", "median", 3},
             {"gb_per_s", "GB/s", 2},
             {"triad_gb_per_s", "triad GB/s", 2},
             {"share_of_triad", "share", 2},
             {"share_of_triad_median", "median", 2},
             {"plain_loop_ns_per_weight", "C++ ns", 3},
             {"speedup_over_plain_loop", "x C++", 2}}) {}

int UpdateSuite::writeAssembly(const std::string &path) {
  llvm::Expected<std::string> text =
      Kernel::assembly(cases.front().buildIR(sizes.front()));
  if (text)
    return writeText(path, *text) ? 0 : 1;
  fprintf(stderr, "error: %s\n", llvm::toString(text.takeError()).c_str());
  return 1;
}

/// Weights on the grid or in its range, zero slots.
void UpdateSuite::resetState(const UpdateCase &update) {
  std::memset(state->as<char>(), 0, update.stateBytes(count));
  if (!update.keepsCodes())
    return fillNormal(state->as<float>(), count, 7);
  // Any bits are codes of these grids but for the fourth of a ternary one.
  uint32_t mask = update.grid == Grid::Ternary ? 0x55555555u : ~0u;
  for (int64_t i = 0, e = update.weightBytes(count) / 4; i < e; ++i)
    state->as<uint32_t>()[i] =
        randomBlock(1, 9, i, 0, Stream::SyntheticData).word[0] & mask;
}

int32_t UpdateSuite::reference(const UpdateCase &update, char *block,
                               rt::ThreadPool &pool, uint32_t step) {
  constexpr int64_t chunk = 4096;
  std::atomic<int32_t> bad{0};
  pool.run((count + chunk - 1) / chunk, [&](int64_t begin, int64_t end) {
    if (runReference(update, block, count, gradient->as<float>(), kSeed, step,
                     begin * chunk, std::min(end * chunk, count)))
      bad = 1;
  });
  return bad;
}

/// Two steps of the kernel and of the plain loops give the same bits.
bool UpdateSuite::check(const UpdateCase &update, const Kernel &kernel,
                        rt::ThreadPool &pool) {
  resetState(update);
  int64_t bytes = update.stateBytes(count);
  Buffer expected(bytes);
  std::memcpy(expected.as<char>(), state->as<char>(), bytes);
  int32_t wanted = 0, got = 0;
  for (uint32_t i = 0; i < 2; ++i) {
    flag = 0;
    step(kernel, pool, i);
    got |= flag;
    wanted |= reference(update, expected.as<char>(), pool, i);
  }
  // Of a last word that is not full, only the codes count.
  int64_t unused = -count * update.storageBits() & 31;
  if (unused) {
    uint32_t mask = ~0u >> unused;
    int64_t last = update.weightBytes(count) / 4 - 1;
    state->as<uint32_t>()[last] &= mask;
    expected.as<uint32_t>()[last] &= mask;
  }
  if (got == wanted &&
      std::memcmp(expected.as<char>(), state->as<char>(), bytes) == 0)
    return true;
  int64_t word = 0;
  while (word < bytes / 4 &&
         expected.as<uint32_t>()[word] == state->as<uint32_t>()[word])
    ++word;
  fprintf(stderr,
          "error: the update of %s %s %s is wrong: word %lld of the state is "
          "0x%08x, expected 0x%08x\n",
          update.ruleName(), update.optimizerName(),
          update.storageName().c_str(), (long long)word,
          state->as<uint32_t>()[word], expected.as<uint32_t>()[word]);
  return false;
}

bool UpdateSuite::runCase(const UpdateCase &update, rt::ThreadPool &pool) {
  auto kernel = Kernel::compile(update.buildIR(count));
  if (!kernel) {
    fprintf(stderr, "error: %s\n", llvm::toString(kernel.takeError()).c_str());
    return false;
  }
  if (size_t((*kernel)->arenaBytes) > arena.size())
    arena = Buffer((*kernel)->arenaBytes);
  if (!check(update, **kernel, pool))
    return false;
  resetState(update);
  uint32_t next = 0;
  std::function<void()> runs[] = {
      [&] {
        pool.run(count, [&](int64_t begin, int64_t end) {
          runTriad(triad->as<float>(), gradient->as<float>(), 1e-6f, begin,
                   end);
        });
      },
      [&] { step(**kernel, pool, next++); },
      [&] { reference(update, state->as<char>(), pool, next++); }};
  std::vector<Timing> timings = timeInTurns(runs, 5, seconds);
  double perWeight = 1e9 / count;
  double triadBytes = 12.0 * count, bytes = update.bytesPerWeight() * count;
  const Timing &base = timings[0], &own = timings[1], &plain = timings[2];
  auto share = [&](double ownTime, double baseTime) {
    return bytes / ownTime / (triadBytes / baseTime);
  };
  table.add({count, int64_t(pool.size()), update.ruleName(),
             update.optimizerName(), update.storageName(),
             update.bytesPerWeight(), own.best * perWeight,
             own.median * perWeight, bytes / own.best / 1e9,
             triadBytes / base.best / 1e9, share(own.best, base.best),
             share(own.median, base.median), plain.best * perWeight,
             plain.best / own.best});
  table.printNew();
  return true;
}

bool UpdateSuite::runSize(int64_t size) {
  count = size;
  size_t stateBytes = 0;
  for (const UpdateCase &update : cases)
    stateBytes = std::max<size_t>(stateBytes, update.stateBytes(count));
  state = std::make_unique<Buffer>(stateBytes);
  gradient = std::make_unique<Buffer>(4 * count);
  triad = std::make_unique<Buffer>(4 * count);
  fillNormal(gradient->as<float>(), count, 5);
  fillNormal(triad->as<float>(), count, 6);
  for (int64_t t : threads) {
    rt::ThreadPool pool;
    if (rt::Status status = pool.start(unsigned(t)); status.failed()) {
      fprintf(stderr, "error: %s\n", status.message().c_str());
      return false;
    }
    for (const UpdateCase &update : cases)
      if (!runCase(update, pool))
        return false;
  }
  return true;
}

int UpdateSuite::run() {
  for (int64_t size : sizes)
    if (!runSize(size))
      return 1;
  return 0;
}

int qnet::bench::runUpdateSuite(const std::vector<std::string> &arguments) {
  OptionParser options(arguments, {"size", "threads", "rules", "optimizers",
                                   "grids", "seconds", "json", "asm"});
  double seconds = parseSeconds(options);
  UpdateSuite suite(options, seconds);
  if (options.has("asm"))
    return suite.writeAssembly(options.get("asm", ""));
  llvm::json::Object machine = describeMachine();
  printMachine(machine);
  int code = suite.run();
  if (code == 0 && options.has("json") &&
      !writeReport(options.get("json", ""), "updates", arguments,
                   std::move(machine), {}, suite.result()))
    code = 1;
  return code;
}
