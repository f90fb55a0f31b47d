//===- Progress.h - what a user sees while an epoch runs --------*- C++ -*-===//
//
// On a terminal a bar on standard error, redrawn in place; otherwise a plain
// line about every ten seconds.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_PROGRESS_H
#define QNET_RUNTIME_LIB_PROGRESS_H

#include "Support.h"

namespace qnet::rt {

/// Seconds on a clock that never goes back.
double secondsNow();

struct ProgressState {
  int64_t epoch = 0, epochs = 0;         // From 1.
  int64_t stepInEpoch = 0, perEpoch = 0; // Steps.
  double loss = 0;                       // Mean over the epoch so far.
  double errorShare = -1;                // Negative: no classes.
  double imagesPerSecond = 0;
  double secondsLeft = 0; // Of the whole run.
};

/// The text of a progress line; a bar is part of it when `barWidth` > 0.
std::string formatProgress(const ProgressState &state, int barWidth);

class Progress {
public:
  explicit Progress(bool quiet);
  /// Whether it is time to show something.
  bool isDue(double now) const { return now >= nextTime; }
  void show(const ProgressState &state, double now);
  /// Removes the bar, so that a line can be printed.
  void clear();

private:
  bool quiet, terminal;
  bool shown = false;
  double nextTime;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_PROGRESS_H
