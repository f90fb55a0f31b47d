//===- TrainLoop.cpp - the steps and epochs of training -------------------===//
//
// See TrainLoop.h; what happens before the first step is in TrainStart.cpp. On
// a GPU the results of a step are read when the next one is under way. A
// checkpoint at the end of an epoch is written after its log line, so a resumed
// run never lacks an epoch in its log.
//
//===----------------------------------------------------------------------===//
#include "TrainLoop.h"
#include "AtomicFile.h"
#include "Report.h"
#include "Shuffle.h"
#include "StopSignal.h"

#include <algorithm>
#include <cstdarg>

using namespace qnet::rt;

void TrainLoop::note(const char *format, ...) {
  if (options.quiet)
    return;
  progress.clear();
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

uint64_t TrainLoop::targetStep() const {
  uint64_t target = uint64_t(options.epochs) * stepsPerEpoch;
  return options.steps ? std::min<uint64_t>(target, options.steps) : target;
}

int64_t TrainLoop::stepInEpoch() const {
  return session.info.step - session.info.loop->epoch * stepsPerEpoch;
}

Status TrainLoop::save() {
  if (Status status = collectDownTo(0); status.failed())
    return status;
  savedStep = session.info.step;
  return options.checkpoint.empty() ? Status::success()
                                    : session.save(options.checkpoint);
}

/// Waits for steps until only so many are under way.
Status TrainLoop::collectDownTo(int underWay) {
  while (session.underWay() > underWay) {
    double start = secondsNow();
    BatchResult result;
    if (Status status = session.collect(result); status.failed())
      return status;
    record().lossSum += result.lossSum;
    record().errors += result.errors;
    stepSeconds += secondsNow() - start;
  }
  return Status::success();
}

Status TrainLoop::oneStep() {
  uint32_t epoch = record().epoch;
  if (orderedEpoch != epoch) {
    shuffleEpoch(session.info.seed, epoch, data.train.count, order);
    orderedEpoch = epoch;
    if (stepInEpoch() == 0)
      stall.beginEpoch(session);
  }
  if (stepInEpoch() + 1 == stepsPerEpoch && measuresEpoch())
    if (Status status = changes.beforeStep(session); status.failed())
      return status;
  double start = secondsNow();
  int64_t batch = session.manifest().batch;
  Augmentation augmentation;
  augmentation.cropFlip = options.augment == augmentCropFlip;
  augmentation.seed = session.info.seed;
  augmentation.epoch = epoch;
  gatherer.setTarget(session.nextBatch(&data.train));
  gatherer.gather(data.train, order.data() + stepInEpoch() * batch, batch,
                  session.pool(), augmentation);
  if (Status status =
          session.startStep(gatherer.inputs(), gatherer.labels(), epoch);
      status.failed())
    return status;
  stepSeconds += secondsNow() - start;
  if (Status status = collectDownTo(session.depth() - 1); status.failed())
    return status;
  start = secondsNow();
  stall.afterStep(session);
  if (trace.isActive())
    if (Status status = trace.afterStep(session); status.failed())
      return status;
  stepSeconds += secondsNow() - start;
  ++timedSteps;
  return Status::success();
}

void TrainLoop::showProgress() {
  double now = secondsNow();
  if (!progress.isDue(now) || timedSteps == 0)
    return;
  int64_t seen =
      (stepInEpoch() - session.underWay()) * session.manifest().batch;
  ProgressState state;
  state.epoch = record().epoch + 1;
  state.epochs = options.epochs;
  state.stepInEpoch = stepInEpoch();
  state.perEpoch = stepsPerEpoch;
  state.loss = seen ? record().lossSum / seen : 0;
  if (session.manifest().classification && seen)
    state.errorShare = double(record().errors) / seen;
  state.imagesPerSecond = timedSteps * session.manifest().batch / stepSeconds;
  state.secondsLeft =
      double(targetStep() - session.info.step) * stepSeconds / timedSteps;
  progress.show(state, now);
}

/// Evaluates, prints and logs the epoch just done.
Status TrainLoop::measureEpoch() {
  EpochMetrics metrics;
  if (Status status =
          changes.measure(session, metrics.changedStep, metrics.changedStart);
      status.failed())
    return status;
  BatchResult test;
  if (Status status = evaluateSet(session, gatherer, data.test, test);
      status.failed())
    return status;
  double seen = double(stepsPerEpoch * session.manifest().batch);
  metrics.epoch = record().epoch + 1;
  metrics.step = session.info.step;
  metrics.loss = record().lossSum / seen;
  metrics.testLoss = test.lossSum / data.test.count;
  if (session.manifest().classification) {
    metrics.trainError = record().errors / seen;
    metrics.testError = double(test.errors) / data.test.count;
  }
  metrics.seconds = stepSeconds;
  metrics.imagesPerSecond = timedSteps * session.manifest().batch / stepSeconds;
  metrics.deviceBytes = session.deviceBytes();
  progress.clear();
  if (!options.quiet) {
    printf("%s\n", formatEpochLine(metrics, options.epochs).c_str());
    fflush(stdout);
  }
  history.push_back(metrics);
  stepSeconds = 0;
  timedSteps = 0;
  return log.append(metrics);
}

/// Whether the running epoch is measured: every --eval-every epochs, and the
/// last whole one.
bool TrainLoop::measuresEpoch() const {
  uint64_t done = session.info.loop->epoch + 1;
  return done % options.evalEvery == 0 ||
         (done + 1) * stepsPerEpoch > targetStep();
}

void TrainLoop::warnIfStalled() {
  if (!stall.endEpoch(session))
    return;
  progress.clear();
  fprintf(stderr, "%s\n",
          formatStall(session.manifest(), record().epoch + 1).c_str());
}

Status TrainLoop::finishEpoch() {
  if (Status status = collectDownTo(0); status.failed())
    return status;
  if (measuresEpoch())
    if (Status status = measureEpoch(); status.failed())
      return status;
  warnIfStalled();
  ++record().epoch;
  record().lossSum = 0;
  record().errors = 0;
  return Status::success();
}

Status TrainLoop::trainUntil(uint64_t target, int &signal) {
  StopSignal stop;
  while (session.info.step < target && !stop.received()) {
    if (Status status = oneStep(); status.failed())
      return status;
    bool epochEnds = stepInEpoch() == stepsPerEpoch;
    if (epochEnds)
      if (Status status = finishEpoch(); status.failed())
        return status;
    bool saves = options.checkpointEvery
                     ? session.info.step % options.checkpointEvery == 0
                     : epochEnds;
    if (saves)
      if (Status status = save(); status.failed())
        return status;
    showProgress();
  }
  signal = session.info.step < target ? stop.received() : 0;
  progress.clear();
  if (Status status = trace.finish(); status.failed())
    return status;
  return savedStep == session.info.step ? Status::success() : save();
}

Status TrainLoop::writeReport() {
  if (options.report.empty())
    return Status::success();
  RunDescription run{data.description, session.info.seed, data.train.count,
                     data.test.count};
  return replaceFile(options.report,
                     formatReport(session.manifest(), run, history));
}

Status TrainLoop::run(int &signal) {
  signal = 0;
  for (auto stage :
       {&TrainLoop::checkFiles, &TrainLoop::prepare, &TrainLoop::startOrResume})
    if (Status status = (this->*stage)(); status.failed())
      return status;
  if (std::string libraries = session.describeLibraries(); !libraries.empty())
    note("%s", libraries.c_str());
  uint64_t target = targetStep();
  if (target > UINT32_MAX)
    return failure("%llu steps are more than the step counter holds",
                   (unsigned long long)target);
  if (session.info.step >= target)
    note("nothing to do: %u steps are done, the target is %llu",
         session.info.step, (unsigned long long)target);
  Status status = trainUntil(target, signal);
  progress.clear();
  if (status.failed())
    return status;
  if (signal) {
    note("stopped by signal %d after step %u%s%s", signal, session.info.step,
         options.checkpoint.empty() ? "" : "; saved to ",
         options.checkpoint.c_str());
    return writeReport();
  }
  if (Status status = log.finish(session.info.step); status.failed())
    return status;
  return writeReport();
}
