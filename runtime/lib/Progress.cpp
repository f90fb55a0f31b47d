//===- Progress.cpp - what a user sees while an epoch runs ----------------===//
//
// See Progress.h. The bar is cut to the terminal's width, so that it never
// wraps and a carriage return is enough to redraw it.
//
//===----------------------------------------------------------------------===//
#include "Progress.h"

#include <cstdio>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

using namespace qnet::rt;

static constexpr double lineInterval = 10, barInterval = 0.1;

double qnet::rt::secondsNow() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

static std::string formatDuration(double seconds) {
  auto total = int64_t(seconds + 0.5);
  if (total >= 3600)
    return formatText("%lld:%02lld:%02lld", (long long)total / 3600,
                      (long long)total / 60 % 60, (long long)total % 60);
  return formatText("%lld:%02lld", (long long)total / 60,
                    (long long)total % 60);
}

std::string qnet::rt::formatProgress(const ProgressState &state, int barWidth) {
  std::string line = formatText("epoch %lld/%lld", (long long)state.epoch,
                                (long long)state.epochs);
  double share = double(state.stepInEpoch) / double(state.perEpoch);
  if (barWidth > 0) {
    int full = int(share * barWidth);
    line +=
        " [" + std::string(full, '#') + std::string(barWidth - full, '.') + "]";
  }
  line += formatText(" %3.0f%%  loss %.4f", 100 * share, state.loss);
  if (state.errorShare >= 0)
    line += formatText("  train error %.2f%%", 100 * state.errorShare);
  return line + formatText("  %.0f images/s  %s left", state.imagesPerSecond,
                           formatDuration(state.secondsLeft).c_str());
}

Progress::Progress(bool quiet)
    : quiet(quiet), terminal(isatty(STDERR_FILENO)),
      nextTime(secondsNow() + (terminal ? barInterval : lineInterval)) {}

void Progress::show(const ProgressState &state, double now) {
  nextTime = now + (terminal ? barInterval : lineInterval);
  if (quiet)
    return;
  if (!terminal) {
    fprintf(stderr, "%s\n", formatProgress(state, 0).c_str());
    return;
  }
  winsize size{};
  bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  std::string line = formatProgress(state, 20);
  if (known && line.size() >= size.ws_col)
    line = formatProgress(state, 0).substr(0, size.ws_col - 1);
  fprintf(stderr, "\r\033[K%s", line.c_str());
  fflush(stderr);
  shown = true;
}

void Progress::clear() {
  if (!shown)
    return;
  fprintf(stderr, "\r\033[K");
  fflush(stderr);
  shown = false;
}
