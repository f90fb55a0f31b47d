//===- TrainStart.cpp - what comes before the first step ------------------===//
//
// Checks that outputs can be written before any time is spent, loads the data,
// and starts from the seed or from a checkpoint. A checkpoint of other data,
// seed or batch is refused: continuing from it would not be the same run.
//
//===----------------------------------------------------------------------===//
#include "AtomicFile.h"
#include "TrainLoop.h"

#include <algorithm>
#include <unistd.h>

using namespace qnet::rt;

TrainLoop::TrainLoop(const Options &options, Session &session)
    : options(options), session(session), progress(options.quiet) {}

Status TrainLoop::checkFiles() {
  const std::string &path = options.checkpoint;
  bool exists = !path.empty() && access(path.c_str(), F_OK) == 0;
  resumed = exists && options.resume;
  if (exists && !options.resume && !options.overwrite)
    return failure("checkpoint '%s' exists; pass --resume to continue it or "
                   "--overwrite to replace it",
                   path.c_str());
  if (options.resume && !exists)
    note("checkpoint '%s' does not exist yet; starting from the seed",
         path.c_str());
  for (const std::string *output :
       {&options.checkpoint, &options.report, &options.trace})
    if (!output->empty())
      if (Status status = probeWritable(*output); status.failed())
        return status;
  return Status::success();
}

Status TrainLoop::prepare() {
  if (Status status =
          checkAugmentation(options.augment, session.manifest().inputShape);
      status.failed())
    return status;
  DataRequest request;
  request.source = options.data;
  request.trainSamples = options.trainSamples;
  request.testSamples = options.testSamples;
  if (Status status =
          loadDataset(request, session.manifest(), session.pool(), data);
      status.failed())
    return status;
  stepsPerEpoch = data.train.count / session.manifest().batch;
  return Status::success();
}

Status TrainLoop::startFresh(const Normalization &normalization) {
  if (Status status = session.init(options.seed >= 0 ? uint32_t(options.seed)
                                                     : session.manifest().seed);
      status.failed())
    return status;
  if (session.hasCodes())
    if (Status status = session.readCodes(changes.initialCodes());
        status.failed())
      return status;
  session.info.normalization = normalization;
  LoopRecord loop;
  loop.batch = session.manifest().batch;
  loop.trainSamples = data.train.count;
  loop.augment = options.augment;
  session.info.loop = loop;
  return Status::success();
}

static Status differs(const std::string &path, const char *what,
                      const std::string &stored, const std::string &given) {
  return failure("checkpoint '%s' cannot be resumed: its %s is %s, this run's "
                 "is %s",
                 path.c_str(), what, stored.c_str(), given.c_str());
}

Status TrainLoop::resume() {
  const std::string &path = options.checkpoint;
  const CheckpointInfo &info = session.info;
  if (Status status = session.load(path, &changes.initialCodes());
      status.failed())
    return status;
  if (!info.loop || !info.normalization)
    return failure("checkpoint '%s' cannot be resumed: it was not written by "
                   "'train'",
                   path.c_str());
  if (options.seed >= 0 && uint32_t(options.seed) != info.seed)
    return differs(path, "seed", std::to_string(info.seed),
                   std::to_string(options.seed));
  int64_t batch = session.manifest().batch;
  if (info.loop->batch != batch)
    return differs(path, "batch", std::to_string(info.loop->batch),
                   std::to_string(batch));
  if (info.loop->trainSamples != data.train.count)
    return differs(path, "number of training samples",
                   std::to_string(info.loop->trainSamples),
                   std::to_string(data.train.count));
  if (info.loop->augment != options.augment)
    return differs(path, "augmentation", info.loop->augment, options.augment);
  if (info.step / stepsPerEpoch != info.loop->epoch)
    return failure("checkpoint '%s' is inconsistent: step %u is not in epoch "
                   "%u",
                   path.c_str(), info.step, info.loop->epoch);
  savedStep = info.step;
  note("resuming '%s' after step %u", path.c_str(), info.step);
  return Status::success();
}

/// Brings the data to a device that has room for them.
Status TrainLoop::keepData() {
  if (options.dataOn == dataOnHost)
    return Status::success();
  Status status = session.keepData(data, gatherer.byteTables());
  if (!status.failed())
    return status;
  if (options.dataOn == dataOnDevice)
    return failure("option --data-on=device: %s", status.message().c_str());
  if (session.depth() > 1)
    note("the data stay in the host's memory: %s", status.message().c_str());
  return Status::success();
}

Status TrainLoop::startOrResume() {
  if (Status status = changes.allocate(session); status.failed())
    return status;
  int64_t channels = countChannels(session.manifest().inputShape);
  if (resumed) {
    if (Status status = resume(); status.failed())
      return status;
    // A checkpoint of before there were channels goes on with its one mean.
    channels = session.info.normalization->channels();
  }
  Normalization normalization = measureNormalization(data.train, channels);
  if (!resumed)
    if (Status status = startFresh(normalization); status.failed())
      return status;
  const Normalization &stored = *session.info.normalization;
  if (stored.mean != normalization.mean)
    return differs(options.checkpoint, "mean of the training data",
                   formatExactList(stored.mean),
                   formatExactList(normalization.mean));
  if (stored.deviation != normalization.deviation)
    return differs(options.checkpoint, "deviation of the training data",
                   formatExactList(stored.deviation),
                   formatExactList(normalization.deviation));
  if (Status status = gatherer.create(session.manifest(), stored);
      status.failed())
    return status;
  if (Status status = keepData(); status.failed())
    return status;
  stall.start(session);
  if (!options.trace.empty())
    if (Status status =
            trace.start(options.trace, options.traceParameter,
                        std::max<int64_t>(options.traceEvery, 1), session);
        status.failed())
      return status;
  std::optional<int64_t> step;
  if (resumed)
    step = session.info.step;
  return log.open(options.log, step, history);
}
