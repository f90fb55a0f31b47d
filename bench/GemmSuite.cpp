//===- GemmSuite.cpp - The products of a dense layer against OpenBLAS -----===//
//
// Each kernel is checked against dot products in f64 at sampled places before
// it is timed in turns with the peer, on the same data. With binary weights the
// peer multiplies by the same weights in f32.
//
//===----------------------------------------------------------------------===//

#include "Blas.h"
#include "GemmCases.h"
#include "Kernel.h"
#include "OptionParser.h"
#include "Suites.h"
#include "Table.h"
#include "Timing.h"
#include "qnet-runtime/philox.h"
#include "llvm/ADT/SmallVector.h"

#include <cmath>
#include <cstdio>

using namespace qnet;
using namespace qnet::bench;

namespace {

/// Both factors, as the kernel and as the peer take them.
struct Operands {
  explicit Operands(const GemmCase &product);
  float a(const GemmCase &product, int64_t row, int64_t column);
  float b(const GemmCase &product, int64_t row, int64_t column);

  Buffer state, floatsB, result, peerResult;
};

class GemmSuite {
public:
  explicit GemmSuite(const OptionParser &options);
  int run();
  int writeAssembly(const std::string &path);

private:
  /// Before the peer, which it may limit.
  const KernelTarget target;

public:
  const Blas blas;
  Table table;

private:
  using Multiply = std::function<void()>;

  bool runCase(const GemmCase &product, rt::ThreadPool &pool);
  /// The product by qnet, compiled, run once and checked; null on an error.
  Multiply prepare(const GemmCase &product, Operands &operands,
                   rt::ThreadPool &pool);

  std::vector<GemmCase> cases;
  std::vector<int64_t> threads;
  double seconds;
  TimingClock clock;
};

} // namespace

Operands::Operands(const GemmCase &product)
    : state(product.state().bytes()), floatsB(4 * product.sizeB()),
      result(4 * product.m() * product.n()),
      peerResult(4 * product.m() * product.n()) {
  fillNormal(state.as<float>(), product.sizeA(), 1);
  fillNormal(floatsB.as<float>(), product.sizeB(), 2);
  if (product.hasCodes())
    takeSigns(floatsB.as<float>(), product.sizeB());
  product.state().storeB(state.as<char>(), floatsB.as<float>());
}

float Operands::a(const GemmCase &product, int64_t row, int64_t column) {
  int64_t i = product.transposeA() ? column * product.m() + row
                                   : row * product.k() + column;
  return state.as<float>()[i];
}

float Operands::b(const GemmCase &product, int64_t row, int64_t column) {
  int64_t i = product.transposeB() ? column * product.k() + row
                                   : row * product.n() + column;
  return floatsB.as<float>()[i];
}

/// Compares at 256 places, the corners among them; the bound is that of any
/// order of summation.
static bool check(const GemmCase &product, Operands &operands) {
  for (uint32_t i = 0; i < 256; ++i) {
    PhiloxBlock random = randomBlock(3, 0, i, 0, Stream::SyntheticData);
    int64_t row =
        i < 4 ? (i & 1) * (product.m() - 1) : random.word[0] % product.m();
    int64_t column =
        i < 4 ? (i >> 1) * (product.n() - 1) : random.word[1] % product.n();
    double sum = 0, magnitude = 0;
    for (int64_t k = 0; k < product.k(); ++k) {
      double term =
          double(operands.a(product, row, k)) * operands.b(product, k, column);
      sum += term;
      magnitude += std::fabs(term);
    }
    double got = operands.result.as<float>()[row * product.n() + column];
    double bound = magnitude * (product.k() + 1) * 0x1p-24;
    if (std::fabs(got - sum) <= bound)
      continue;
    fprintf(stderr,
            "error: the %s product %lldx%lldx%lld is wrong at (%lld, %lld): "
            "%g, expected %g\n",
            product.name(), (long long)product.m(), (long long)product.n(),
            (long long)product.k(), (long long)row, (long long)column, got,
            sum);
    return false;
  }
  return true;
}

/// Three positive numbers: batch, outputs, inputs.
static llvm::SmallVector<int64_t, 3> parseShape(const std::string &text) {
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(text).split(parts, ',');
  llvm::SmallVector<int64_t, 3> shape(parts.size());
  bool valid = parts.size() == 3;
  for (size_t i = 0; valid && i < 3; ++i)
    valid = parseSize(parts[i], shape[i]) && shape[i] <= 1 << 16;
  if (!valid)
    refuse("option '--shape' expects batch,outputs,inputs from 1 to 65536, "
           "got '" +
           text + "'");
  return shape;
}

GemmSuite::GemmSuite(const OptionParser &options)
    : target(parseTarget(options)),
      table({{"batch", "batch"},
             {"outputs", "outputs"},
             {"inputs", "inputs"},
             {"threads", "threads"},
             {"product", "product    "},
             {"weights", "weights"},
             {"gflops", "GFLOP/s", 1},
             {"gflops_median", "median", 1},
             {"openblas_gflops", "OpenBLAS", 1},
             {"openblas_gflops_median", "median", 1},
             {"ratio", "ratio", 2},
             {"ratio_median", "median", 2},
             {"ratio_f32", "x own f32", 2},
             {"ratio_f32_median", "median", 2}}),
      threads(parseThreads(options)), seconds(parseSeconds(options)),
      clock(parseClock(options, threads)) {
  auto products = options.choices("products", "forward,input-grad,weight-grad",
                                  {"forward", "input-grad", "weight-grad"});
  std::vector<std::string> shapes = options.all("shape");
  if (shapes.empty())
    shapes = {"1024,1024,1024", "128,1024,1024", "128,1024,784",
              "128,10,1024",    "127,1000,777",  "1,1024,1024"};
  for (const std::string &text : shapes) {
    auto shape = parseShape(text);
    for (auto &weights :
         options.choices("weights", "f32,binary", {"f32", "binary"}))
      for (Product product : {Product::Forward, Product::InputGradient,
                              Product::WeightGradient}) {
        GemmCase one{product, shape[0], shape[1], shape[2],
                     weights == "binary"};
        // The weights are no factor of their own gradient.
        if (one.binary == one.hasCodes() &&
            llvm::is_contained(products, one.name()))
          cases.push_back(one);
      }
  }
  if (cases.empty())
    refuse("option '--products' expects a product that has weights of the kind "
           "'" +
           options.get("weights", "") + "'");
}

int GemmSuite::writeAssembly(const std::string &path) {
  llvm::Expected<std::string> text =
      Kernel::assembly(cases.front().buildIR(), target);
  if (text)
    return writeText(path, *text) ? 0 : 1;
  fprintf(stderr, "error: %s\n", llvm::toString(text.takeError()).c_str());
  return 1;
}

GemmSuite::Multiply GemmSuite::prepare(const GemmCase &product,
                                       Operands &operands,
                                       rt::ThreadPool &pool) {
  auto compiled = Kernel::compile(product.buildIR(), target);
  if (!compiled) {
    fprintf(stderr, "error: %s\n",
            llvm::toString(compiled.takeError()).c_str());
    return {};
  }
  std::shared_ptr<Kernel> kernel = std::move(*compiled);
  auto arena = std::make_shared<Buffer>(
      std::max<size_t>(size_t(kernel->arenaBytes), 64));
  Multiply multiply = [&operands, &pool, kernel, arena] {
    kernel->predict(&pool, operands.state.as<char>(), arena->as<char>(),
                    nullptr, operands.result.as<char>());
  };
  multiply();
  return check(product, operands) ? multiply : Multiply();
}

/// How much faster `own` is than `other`; dashes without one.
static void addRatio(std::vector<llvm::json::Value> &row, const Timing &own,
                     const Timing *other) {
  if (other)
    row.insert(row.end(), {other->best / own.best, other->median / own.median});
  else
    row.insert(row.end(), 2, nullptr);
}

bool GemmSuite::runCase(const GemmCase &product, rt::ThreadPool &pool) {
  Operands operands(product);
  std::vector<Multiply> runs{prepare(product, operands, pool)};
  if (!runs[0])
    return false;
  if (blas.found()) {
    blas.setThreads(int(pool.size()));
    runs.push_back([&] {
      blas.gemm(product.transposeA(), product.transposeB(), int(product.m()),
                int(product.n()), int(product.k()), operands.state.as<float>(),
                operands.floatsB.as<float>(), operands.peerResult.as<float>());
    });
  }
  GemmCase floats = product;
  floats.binary = false;
  Operands floatOperands(product.hasCodes() ? floats : GemmCase{});
  if (product.hasCodes()) {
    runs.push_back(prepare(floats, floatOperands, pool));
    if (!runs.back())
      return false;
  }
  std::vector<Timing> timings = timeInTurns(runs, 5, seconds, clock);
  auto speed = [&](double time) { return product.flops() / time / 1e9; };
  const Timing &own = timings[0];
  const Timing *peer = blas.found() ? &timings[1] : nullptr;
  std::vector<llvm::json::Value> row{
      product.batch,   product.outputs,
      product.inputs,  int64_t(pool.size()),
      product.name(),  product.hasCodes() ? "binary" : "f32",
      speed(own.best), speed(own.median)};
  if (peer)
    row.insert(row.end(), {speed(peer->best), speed(peer->median)});
  else
    row.insert(row.end(), 2, nullptr);
  addRatio(row, own, peer);
  addRatio(row, own, product.hasCodes() ? &timings.back() : nullptr);
  table.add(std::move(row));
  table.printNew();
  return true;
}

int GemmSuite::run() {
  for (int64_t t : threads) {
    rt::ThreadPool pool;
    if (rt::Status status = pool.start(unsigned(t)); status.failed()) {
      fprintf(stderr, "error: %s\n", status.message().c_str());
      return 1;
    }
    for (const GemmCase &product : cases)
      if (!runCase(product, pool))
        return 1;
  }
  return 0;
}

int qnet::bench::runGemmSuite(const std::vector<std::string> &arguments) {
  OptionParser options(arguments, {"shape", "products", "threads", "weights",
                                   "cpu", "method", "code-schedule", "seconds",
                                   "clock", "json", "asm"});
  GemmSuite suite(options);
  if (options.has("asm"))
    return suite.writeAssembly(options.get("asm", ""));
  std::string cpu = options.get("cpu", "native");
  llvm::json::Object machine = describeMachine(cpu);
  addPeak(machine, cpu);
  printMachine(machine);
  printf("openblas: %s\n", suite.blas.describe().c_str());
  int code = suite.run();
  if (code == 0 && options.has("json") &&
      !writeReport(
          options.get("json", ""), "gemm", arguments, std::move(machine),
          llvm::json::Object{{"openblas", suite.blas.describe()}}, suite.table))
    code = 1;
  return code;
}
