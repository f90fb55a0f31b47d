//===- ConvSuite.cpp - The products of convolutions against oneDNN --------===//
//
// The kernel, the kernel that reads packed weights, and oneDNN in each choice
// of layouts take turns on the same data. All of them are checked against sums
// in f64 at sampled places before they are timed.
//
//===----------------------------------------------------------------------===//

#include "ConvCases.h"
#include "Dnnl.h"
#include "Kernel.h"
#include "OptionParser.h"
#include "Suites.h"
#include "Table.h"
#include "Timing.h"
#include "qnet-runtime/philox.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <cstdio>

using namespace qnet;
using namespace qnet::bench;

namespace {

/// A compiled product with its own state and result. Weights in codes are the
/// signs of the values.
class OwnConv {
public:
  OwnConv(const ConvCase &conv, bool codes);
  bool compile(Buffer &arena, const KernelTarget &target);
  void run(rt::ThreadPool &pool, Buffer &arena) {
    kernel->predict(&pool, state.as<char>(), arena.as<char>(), nullptr,
                    result.as<char>());
  }
  const float *a() { return state.as<float>(); }
  const float *b() { return floatsB.as<float>(); }
  const float *c() { return result.as<float>(); }

private:
  const ConvCase &conv;
  bool codes;
  Buffer state, floatsB, result;
  std::unique_ptr<Kernel> kernel;
};

class ConvSuite {
public:
  explicit ConvSuite(const OptionParser &options);
  int run();
  int writeAssembly(const std::string &path);

  Table table;

private:
  bool runCase(const ConvCase &conv, rt::ThreadPool &pool);
  bool addRow(const ConvCase &conv, rt::ThreadPool &pool, OwnConv &floats,
              OwnConv *codes);

  std::vector<ConvCase> cases;
  std::vector<int64_t> threads;
  bool withFloats, withCodes;
  double seconds;
  TimingClock clock;
  KernelTarget target;
  Buffer arena{64};
};

} // namespace

OwnConv::OwnConv(const ConvCase &conv, bool codes)
    : conv(conv), codes(codes), state(conv.state(codes).bytes()),
      floatsB(4 * conv.sizeB()), result(4 * conv.sizeC()) {
  fillNormal(state.as<float>(), conv.sizeA(), 1);
  fillNormal(floatsB.as<float>(), conv.sizeB(), 2);
  if (codes)
    takeSigns(floatsB.as<float>(), conv.sizeB());
  conv.state(codes).storeB(state.as<char>(), floatsB.as<float>());
}

static bool fail(llvm::Error error) {
  fprintf(stderr, "error: %s\n", llvm::toString(std::move(error)).c_str());
  return false;
}

bool OwnConv::compile(Buffer &arena, const KernelTarget &target) {
  auto compiled = Kernel::compile(conv.buildIR(codes), target);
  if (!compiled)
    return fail(compiled.takeError());
  kernel = std::move(*compiled);
  if (size_t(kernel->arenaBytes) > arena.size())
    arena = Buffer(kernel->arenaBytes);
  return true;
}

/// Compares at 64 places, the first and the last among them. The bound is that
/// of any order of summation; a peer that transforms (Winograd) may exceed it.
static bool check(const ConvCase &conv, const float *a, const float *b,
                  const float *c, const char *who, double slack) {
  for (uint32_t i = 0; i < 64; ++i) {
    PhiloxBlock random = randomBlock(3, 0, i, 0, Stream::SyntheticData);
    int64_t at =
        i < 2 ? i * (conv.sizeC() - 1) : int64_t(random.word[0]) % conv.sizeC();
    ConvCase::Sum sum = conv.compute(a, b, at);
    double bound = slack * sum.magnitude * (sum.terms + 1) * 0x1p-24;
    if (std::fabs(c[at] - sum.value) <= bound)
      continue;
    fprintf(stderr, "error: the %s of %s is wrong at %lld: %g, expected %g\n",
            conv.name(), who, (long long)at, double(c[at]), sum.value);
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

/// The layers of vgg-bc and resnet-56, and a 1x1 between many channels.
static const char *const kShapes[] = {
    "32,3,128,3,1", "32,128,128,3,1", "16,256,256,3,1", "8,512,512,3,1",
    "32,3,16,3,1",  "32,16,16,3,1",   "16,32,32,3,1",   "8,64,64,3,1",
    "32,16,32,3,2", "32,16,32,1,2",   "32,128,128,1,1"};

static llvm::SmallVector<int64_t, 5> parseShape(const std::string &text) {
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(text).split(parts, ',');
  llvm::SmallVector<int64_t, 5> shape(parts.size());
  bool valid = parts.size() == 5;
  for (size_t i = 0; valid && i < 5; ++i)
    valid = parseSize(parts[i], shape[i]) && shape[i] <= 4096;
  if (!valid || shape[3] > shape[0])
    refuse("option '--shape' expects image,channels,filters,window,stride "
           "from 1 to 4096 with a window inside the image, got '" +
           text + "'");
  return shape;
}

ConvSuite::ConvSuite(const OptionParser &options)
    : table({{"image", "image"},
             {"channels", "channels"},
             {"filters", "filters"},
             {"window", "window"},
             {"stride", "stride"},
             {"threads", "threads"},
             {"product", "product    "},
             {"gflops", "GFLOP/s", 1},
             {"gflops_median", "median", 1},
             {"onednn_gflops", "oneDNN", 1},
             {"onednn_gflops_median", "median", 1},
             {"onednn_layout", "layout     "},
             {"ratio", "ratio", 2},
             {"ratio_median", "median", 2},
             {"winograd_gflops", "winograd", 1},
             {"ratio_winograd", "ratio", 2},
             {"bits_gflops", "bits", 1},
             {"bits_gflops_median", "median", 1},
             {"bits_ratio_f32", "x f32", 2},
             {"bits_ratio_f32_median", "median", 2},
             {"bits_ratio", "x oneDNN", 2},
             {"bits_ratio_median", "median", 2}}),
      threads(parseThreads(options)), seconds(parseSeconds(options)),
      clock(parseClock(options, threads)), target(parseTarget(options)) {
  std::vector<int64_t> batch = options.sizes("batch", "32");
  if (batch.size() != 1 || batch[0] > 4096)
    refuse("option '--batch' expects one number from 1 to 4096, got '" +
           options.get("batch", "") + "'");
  auto weights = options.choices("weights", "f32,binary", {"f32", "binary"});
  withFloats = llvm::is_contained(weights, "f32");
  withCodes = llvm::is_contained(weights, "binary");
  auto products = options.choices("products", "forward,input-grad,filter-grad",
                                  {"forward", "input-grad", "filter-grad"});
  std::vector<std::string> shapes = options.all("shape");
  bool given = !shapes.empty();
  if (!given)
    shapes.assign(std::begin(kShapes), std::end(kShapes));
  for (const std::string &text : shapes) {
    auto shape = parseShape(text);
    for (Product product :
         {Product::Forward, Product::InputGradient, Product::WeightGradient}) {
      ConvCase one{product,  batch[0], shape[0], shape[1],
                   shape[2], shape[3], shape[4]};
      // No trainer computes the gradient of the images themselves.
      bool skipped =
          !given && product == Product::InputGradient && one.channels == 3;
      if (!skipped && llvm::is_contained(products, one.name()))
        cases.push_back(one);
    }
  }
}

int ConvSuite::writeAssembly(const std::string &path) {
  llvm::Expected<std::string> text =
      Kernel::assembly(cases.front().buildIR(!withFloats), target);
  if (text)
    return writeText(path, *text) ? 0 : 1;
  return fail(text.takeError()) ? 0 : 1;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

bool ConvSuite::addRow(const ConvCase &conv, rt::ThreadPool &pool,
                       OwnConv &floats, OwnConv *codes) {
  auto peers = makeDnnlConvs(conv, floats.a(), floats.b(), int(pool.size()));
  std::vector<std::function<void()>> runs;
  runs.push_back([&] { floats.run(pool, arena); });
  for (auto &peer : peers) {
    peer->run();
    Buffer result(4 * conv.sizeC());
    peer->readResult(result.as<float>());
    if (!check(conv, floats.a(), floats.b(), result.as<float>(), "oneDNN", 16))
      return false;
    runs.push_back([&peer] { peer->run(); });
  }
  if (codes)
    runs.push_back([&] { codes->run(pool, arena); });
  std::vector<Timing> timings = timeInTurns(runs, 5, seconds, clock);

  auto speed = [&](double time) { return conv.flops() / time / 1e9; };
  const Timing &own = timings.front();
  std::vector<llvm::json::Value> row{
      conv.image,  conv.channels,   conv.filters,
      conv.window, conv.stride,     int64_t(pool.size()),
      conv.name(), speed(own.best), speed(own.median)};
  // The fastest layout is the peer; its kernels by minimal filtering, which it
  // has to be asked for, are shown beside it.
  size_t fastest = 0, filtering = 0;
  for (size_t i = 1; i <= peers.size(); ++i)
    if (peers[i - 1]->isWinograd())
      filtering = i;
    else if (fastest == 0 || timings[i].best < timings[fastest].best)
      fastest = i;
  const Timing *peer = fastest ? &timings[fastest] : nullptr;
  if (peer)
    row.insert(row.end(), {speed(peer->best), speed(peer->median),
                           peers[fastest - 1]->layout(), peer->best / own.best,
                           peer->median / own.median});
  else
    row.insert(row.end(), 5, nullptr);
  if (filtering)
    row.insert(row.end(), {speed(timings[filtering].best),
                           timings[filtering].best / own.best});
  else
    row.insert(row.end(), 2, nullptr);
  const Timing *bits = codes ? &timings.back() : nullptr;
  if (bits)
    row.insert(row.end(), {speed(bits->best), speed(bits->median),
                           own.best / bits->best, own.median / bits->median});
  else
    row.insert(row.end(), 4, nullptr);
  if (bits && peer)
    row.insert(row.end(),
               {peer->best / bits->best, peer->median / bits->median});
  else
    row.insert(row.end(), 2, nullptr);
  table.add(std::move(row));
  table.printNew();
  return true;
}

bool ConvSuite::runCase(const ConvCase &conv, rt::ThreadPool &pool) {
  auto prepare = [&](bool inCodes) -> std::unique_ptr<OwnConv> {
    auto own = std::make_unique<OwnConv>(conv, inCodes);
    if (!own->compile(arena, target))
      return nullptr;
    own->run(pool, arena);
    const char *who = inCodes ? "packed weights" : "f32 weights";
    if (!check(conv, own->a(), own->b(), own->c(), who, 1))
      return nullptr;
    return own;
  };
  std::unique_ptr<OwnConv> floats = prepare(false), codes;
  if (!floats)
    return false;
  // The weights are no factor of their own gradient.
  bool hasCodes = withCodes && conv.product != Product::WeightGradient;
  if (hasCodes && !(codes = prepare(true)))
    return false;
  return addRow(conv, pool, *floats, codes.get());
}

int ConvSuite::run() {
  for (int64_t t : threads) {
    rt::ThreadPool pool;
    if (rt::Status status = pool.start(unsigned(t)); status.failed()) {
      fprintf(stderr, "error: %s\n", status.message().c_str());
      return 1;
    }
    for (const ConvCase &conv : cases)
      if (!runCase(conv, pool))
        return 1;
  }
  return 0;
}

int qnet::bench::runConvSuite(const std::vector<std::string> &arguments) {
  OptionParser options(arguments, {"shape", "batch", "products", "threads",
                                   "weights", "cpu", "method", "code-schedule",
                                   "seconds", "clock", "json", "asm"});
  ConvSuite suite(options);
  if (options.has("asm"))
    return suite.writeAssembly(options.get("asm", ""));
  std::string cpu = options.get("cpu", "native");
  llvm::json::Object machine = describeMachine(cpu);
  addPeak(machine, cpu);
  printMachine(machine);
  printf("onednn: %s\n", describeDnnl().c_str());
  int code = suite.run();
  if (code == 0 && options.has("json") &&
      !writeReport(options.get("json", ""), "conv", arguments,
                   std::move(machine),
                   llvm::json::Object{{"onednn", describeDnnl()}}, suite.table))
    code = 1;
  return code;
}
