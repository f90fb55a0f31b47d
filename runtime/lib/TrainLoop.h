//===- TrainLoop.h - training from data to checkpoint -----------*- C++ -*-===//
//
// The loop of `trainer train`. Everything that decides the weights is in the
// checkpoint or in the command line, so a run that was stopped at any step and
// resumed ends with the same bytes as one that was not.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_TRAINLOOP_H
#define QNET_RUNTIME_LIB_TRAINLOOP_H

#include "Changes.h"
#include "Evaluate.h"
#include "Metrics.h"
#include "Options.h"
#include "Progress.h"
#include "Stall.h"
#include "Trace.h"

namespace qnet::rt {

class TrainLoop {
public:
  TrainLoop(const Options &options, Session &session);
  /// Trains. `signal` receives the signal that stopped the run, or 0.
  Status run(int &signal);

private:
  Status checkFiles();
  Status prepare();
  Status startOrResume();
  Status resume();
  Status keepData();
  Status startFresh(const Normalization &normalization);
  Status trainUntil(uint64_t target, int &signal);
  Status oneStep();
  Status collectDownTo(int underWay);
  bool measuresEpoch() const;
  Status measureEpoch();
  Status finishEpoch();
  Status save();
  Status writeReport();
  void note(const char *format, ...) __attribute__((format(printf, 2, 3)));
  void showProgress();
  void warnIfStalled();
  uint64_t targetStep() const;
  LoopRecord &record() { return *session.info.loop; }
  int64_t stepInEpoch() const;

  const Options &options;
  Session &session;
  Dataset data;
  BatchGatherer gatherer;
  ChangeMeter changes;
  MetricsLog log;
  Trace trace;
  StallWatch stall;
  Progress progress;
  std::vector<EpochMetrics> history;
  std::vector<uint32_t> order;
  int64_t orderedEpoch = -1;
  int64_t stepsPerEpoch = 0;
  bool resumed = false;
  int64_t savedStep = -1;
  // Time of this process's steps of the running epoch.
  double stepSeconds = 0;
  int64_t timedSteps = 0;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_TRAINLOOP_H
