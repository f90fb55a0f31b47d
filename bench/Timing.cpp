//===- Timing.cpp - Interleaved timings -----------------------------------===//
//
// See Timing.h. Data comes from qnet's own generator: the same in every run.
//
//===----------------------------------------------------------------------===//

#include "Timing.h"
#include "qnet-runtime/philox.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

using namespace qnet::bench;

static double now(TimingClock clock) {
  timespec time;
  clock_gettime(clock == TimingClock::Wall ? CLOCK_MONOTONIC
                                           : CLOCK_PROCESS_CPUTIME_ID,
                &time);
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

static double secondsOf(const std::function<void()> &run, unsigned times,
                        TimingClock clock) {
  double start = now(clock);
  for (unsigned i = 0; i < times; ++i)
    run();
  return (now(clock) - start) / times;
}

std::vector<Timing>
qnet::bench::timeInTurns(llvm::ArrayRef<std::function<void()>> runs,
                         unsigned turns, double seconds, TimingClock clock) {
  constexpr double shortest = 2e-3;
  // The same number for all: the first of them finds its data far away.
  unsigned times = 1;
  for (const std::function<void()> &run : runs) {
    run();
    double once = std::max(secondsOf(run, 1, clock), 1e-8);
    times = std::max<unsigned>(times, std::min(shortest / once, 1e5));
  }
  std::vector<std::vector<double>> samples(runs.size());
  double start = now(TimingClock::Wall);
  auto elapsed = [&] { return now(TimingClock::Wall) - start; };
  for (unsigned turn = 0; turn < turns || elapsed() < seconds; ++turn)
    for (size_t i = 0; i < runs.size(); ++i)
      samples[i].push_back(secondsOf(runs[i], times, clock));
  std::vector<Timing> timings;
  for (std::vector<double> &sample : samples) {
    std::sort(sample.begin(), sample.end());
    size_t half = sample.size() / 2;
    double median = sample.size() % 2 ? sample[half]
                                      : (sample[half - 1] + sample[half]) / 2;
    timings.push_back({sample.front(), median});
  }
  return timings;
}

Buffer::Buffer(size_t size) : bytes(std::max<size_t>(size, 1)) {
  constexpr size_t page = 4096;
  size_t whole = (bytes + page - 1) / page * page;
  data.reset(static_cast<char *>(std::aligned_alloc(page, whole)));
  if (!data) {
    fprintf(stderr, "error: cannot allocate %zu bytes\n", whole);
    exit(1);
  }
  std::memset(data.get(), 0, whole);
}

void qnet::bench::fillNormal(float *values, int64_t count, uint32_t stream) {
  for (int64_t i = 0; i < count; ++i) {
    PhiloxBlock block = randomBlock(1, stream, i, 0, Stream::SyntheticData);
    // The sum of four uniform numbers, scaled to deviation 1.
    float sum = -2;
    for (uint32_t word : block.word)
      sum += float(word >> 8) * 0x1p-24f;
    values[i] = sum * 1.7320508f;
  }
}

void qnet::bench::takeSigns(float *values, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    values[i] = values[i] < 0 ? -1.0f : 1.0f;
}
