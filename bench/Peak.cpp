//===- Peak.cpp - The fused multiply-adds that are within reach -----------===//
//
// Chains of fused multiply-adds that use registers alone, as many as hide the
// latency of the instruction: no product that multiplies every term is faster.
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "Timing.h"
#include "qnet/Driver/Driver.h"

using namespace qnet::bench;

#if defined(__x86_64__)

static constexpr int kChains = 12;
static constexpr int64_t kRounds = 4'000'000;
static constexpr int kTries = 5;

namespace {
using Vector256 = float __attribute__((vector_size(32)));
using Vector512 = float __attribute__((vector_size(64)));
} // namespace

/// GFLOP/s of a function that does `kRounds` rounds with `lanes` floats a
/// chain.
static double best(void (*run)(), int lanes) {
  double seconds = timeInTurns({run}, kTries, 0).front().best;
  return 2e-9 * kRounds * kChains * lanes / seconds;
}

[[gnu::target("avx512f")]] static void runWide() {
  Vector512 chains[kChains] = {}, factor = {}, term = {};
  for (int64_t i = 0; i < kRounds; ++i)
    for (Vector512 &chain : chains) {
      chain = __builtin_elementwise_fma(chain, factor, term);
      // One value in one register: the compiler neither joins nor drops them.
      asm volatile("" : "+v"(chain));
    }
}

[[gnu::target("avx2,fma")]] static void runNarrow() {
  Vector256 chains[kChains] = {}, factor = {}, term = {};
  for (int64_t i = 0; i < kRounds; ++i)
    for (Vector256 &chain : chains) {
      chain = __builtin_elementwise_fma(chain, factor, term);
      asm volatile("" : "+x"(chain));
    }
}

static double measure(unsigned vectorBits) {
  if (vectorBits == 512)
    return best(runWide, 16);
  return vectorBits == 256 ? best(runNarrow, 8) : 0;
}

#else
static double measure(unsigned) { return 0; }
#endif

void qnet::bench::addPeak(llvm::json::Object &machine, llvm::StringRef cpu) {
  llvm::Expected<TargetCPU> target = resolveTargetCPU(cpu);
  if (!target)
    return llvm::consumeError(target.takeError());
  if (double gflops = measure(target->vectorBits))
    machine["fma_gflops"] = gflops;
}
