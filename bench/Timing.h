//===- Timing.h - Interleaved timings ---------------------------*- C++ -*-===//
//
// Runs that are compared take turns, so that a slow moment of the machine falls
// on all of them. The best and the median of several turns are kept.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_TIMING_H
#define QNET_BENCH_TIMING_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

namespace qnet::bench {

/// Seconds of one run.
struct Timing {
  double best = 0, median = 0;
};

/// What is counted: time on the wall, or time of this process on processors.
enum class TimingClock { Wall, Cpu };

/// Runs each of `runs` once to warm up, then takes at least `turns` turns and
/// as many as fit in `seconds`. Short runs are repeated within a turn.
std::vector<Timing> timeInTurns(llvm::ArrayRef<std::function<void()>> runs,
                                unsigned turns, double seconds,
                                TimingClock clock = TimingClock::Wall);

/// Memory aligned to a page, touched when it is made.
class Buffer {
public:
  explicit Buffer(size_t bytes);
  template <typename T> T *as() { return reinterpret_cast<T *>(data.get()); }
  size_t size() const { return bytes; }

private:
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  size_t bytes;
  std::unique_ptr<char, Free> data;
};

/// Floats that look like a gradient: about normal, deviation 1, no denormals.
void fillNormal(float *values, int64_t count, uint32_t stream);
/// Replaces each value by -1 or +1.
void takeSigns(float *values, int64_t count);

} // namespace qnet::bench

#endif // QNET_BENCH_TIMING_H
