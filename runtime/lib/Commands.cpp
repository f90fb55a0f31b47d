//===- Commands.cpp - train, eval and predict -----------------------------===//
//
// eval and predict use the normalization that the checkpoint holds, never one
// measured on the data at hand.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include "AtomicFile.h"
#include "TrainLoop.h"

using namespace qnet::rt;

Status qnet::rt::runTrain(const Options &options, Session &session,
                          int &signal) {
  return TrainLoop(options, session).run(signal);
}

/// Loads checkpoint and test data.
static Status prepare(const Options &options, Session &session, Dataset &data,
                      BatchGatherer &gatherer) {
  if (!options.checkpoint.empty())
    if (Status status = session.load(options.checkpoint); status.failed())
      return status;
  if (!session.info.normalization && session.isPredictor())
    session.info.normalization = Normalization();
  if (!session.info.normalization)
    return failure("checkpoint '%s' holds no normalization of the data: it was "
                   "not written by 'train'",
                   options.checkpoint.c_str());
  DataRequest request;
  request.source = options.data;
  request.needsTrain = false;
  request.testSamples = options.testSamples;
  if (Status status =
          loadDataset(request, session.manifest(), session.pool(), data);
      status.failed())
    return status;
  return gatherer.create(session.manifest(), *session.info.normalization);
}

Status qnet::rt::runEval(const Options &options, Session &session) {
  Dataset data;
  BatchGatherer gatherer;
  BatchResult total;
  if (Status status = prepare(options, session, data, gatherer);
      status.failed())
    return status;
  if (Status status = evaluateSet(session, gatherer, data.test, total);
      status.failed())
    return status;
  auto count = (long long)data.test.count;
  printf("test loss %.4f", total.lossSum / count);
  if (session.manifest().classification)
    printf("  test error %.2f%%  (%lld of %lld)", 100.0 * total.errors / count,
           (long long)total.errors, count);
  else
    printf("  (%lld samples)", count);
  printf("\n");
  return Status::success();
}

static Status predictClasses(Session &session, BatchGatherer &gatherer,
                             const SampleSet &set, std::string &text) {
  text = "index,predicted,label\n";
  return forEachBatch(
      session, gatherer, set, [&](int64_t first, int64_t valid) -> Status {
        BatchResult result;
        Status status = session.evaluate(gatherer.inputs(), gatherer.labels(),
                                         valid, result);
        for (int64_t i = 0; i < valid; ++i)
          text += formatText("%lld,%d,%d\n", (long long)(first + i),
                             session.predicted()[i], set.classes[first + i]);
        return status;
      });
}

static Status predictOutputs(Session &session, BatchGatherer &gatherer,
                             const SampleSet &set, std::string &text) {
  const Manifest &manifest = session.manifest();
  int64_t size = manifest.outputSize();
  Buffer outputs;
  if (!outputs.allocate(4 * size * manifest.batch))
    return failure("cannot allocate memory for the outputs");
  text = "index";
  for (int64_t j = 0; j < size; ++j)
    text += formatText(",output%lld", (long long)j);
  text += "\n";
  return forEachBatch(
      session, gatherer, set, [&](int64_t first, int64_t valid) -> Status {
        if (Status status =
                session.predict(gatherer.inputs(), outputs.as<float>());
            status.failed())
          return status;
        for (int64_t i = 0; i < valid; ++i) {
          text += std::to_string(first + i);
          for (int64_t j = 0; j < size; ++j)
            text += formatText(",%.9g", outputs.as<float>()[i * size + j]);
          text += "\n";
        }
        return Status::success();
      });
}

Status qnet::rt::runPredict(const Options &options, Session &session) {
  bool toFile = options.output != "-";
  if (toFile)
    if (Status status = probeWritable(options.output); status.failed())
      return status;
  Dataset data;
  BatchGatherer gatherer;
  if (Status status = prepare(options, session, data, gatherer);
      status.failed())
    return status;
  auto predict =
      session.manifest().classification ? predictClasses : predictOutputs;
  std::string text;
  if (Status status = predict(session, gatherer, data.test, text);
      status.failed())
    return status;
  if (toFile)
    return replaceFile(options.output, text);
  fwrite(text.data(), 1, text.size(), stdout);
  return Status::success();
}
