//===- Recalibrate.cpp - statistics of layers at the final weights --------===//
//
// Running statistics follow weights that move. This measures them anew at the
// weights that inference uses: the mean over training batches, in the order of
// the data and summed in double. Nothing else of the checkpoint changes.
//
//===----------------------------------------------------------------------===//
#include "AtomicFile.h"
#include "Commands.h"
#include "Evaluate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace qnet::rt;

namespace {
class Recalibration {
public:
  Recalibration(const Options &options, Session &session)
      : options(options), session(session) {}
  Status run();

private:
  Status prepare();
  Status evaluate(BatchResult &result);
  Status measure();
  Status replace();
  void report(const BatchResult &before, const BatchResult &after) const;

  const Options &options;
  Session &session;
  Dataset data;
  BatchGatherer gatherer;
  int64_t batches = 0;
  std::vector<const StateTensor *> statistics;
  std::vector<std::vector<double>> sums;
};
} // namespace

Status Recalibration::prepare() {
  if (!session.hasStatistics())
    return failure("this model has no layer with statistics to recalibrate");
  if (Status status = probeWritable(options.output); status.failed())
    return status;
  if (Status status = session.load(options.checkpoint); status.failed())
    return status;
  if (!session.info.normalization)
    return failure("checkpoint '%s' holds no normalization of the data: it was "
                   "not written by 'train'",
                   options.checkpoint.c_str());
  DataRequest request;
  request.source = options.data;
  request.trainSamples = options.trainSamples;
  const Manifest &manifest = session.manifest();
  if (Status status = loadDataset(request, manifest, session.pool(), data);
      status.failed())
    return status;
  batches = data.train.count / manifest.batch;
  if (options.batches > batches)
    return failure("option --batches: expected at most %lld, the batches of "
                   "the training data, got %lld",
                   (long long)batches, (long long)options.batches);
  if (options.batches)
    batches = options.batches;
  for (const StateTensor &tensor : manifest.tensors)
    if (tensor.role == "statistic") {
      statistics.push_back(&tensor);
      sums.emplace_back(tensor.bytes / 4);
    }
  return gatherer.create(manifest, *session.info.normalization);
}

Status Recalibration::evaluate(BatchResult &result) {
  return evaluateSet(session, gatherer, data.train, result);
}

Status Recalibration::measure() {
  int64_t batch = session.manifest().batch;
  Buffer block;
  if (!block.allocate(session.manifest().stateBytes))
    return failure("cannot allocate %lld bytes for the statistics",
                   (long long)session.manifest().stateBytes);
  std::vector<uint32_t> indices(batch);
  for (int64_t i = 0; i < batches; ++i) {
    std::iota(indices.begin(), indices.end(), uint32_t(i * batch));
    gatherer.gather(data.train, indices.data(), batch, session.pool());
    if (Status status = session.measureStatistics(gatherer.inputs(), block);
        status.failed())
      return status;
    for (size_t s = 0; s < statistics.size(); ++s) {
      auto *values =
          reinterpret_cast<const float *>(block.data() + statistics[s]->offset);
      for (size_t k = 0; k < sums[s].size(); ++k)
        sums[s][k] += values[k];
    }
  }
  return Status::success();
}

Status Recalibration::replace() {
  for (size_t s = 0; s < statistics.size(); ++s) {
    std::vector<float> means;
    for (double sum : sums[s]) {
      means.push_back(float(sum / double(batches)));
      if (!std::isfinite(means.back()))
        return failure("the statistic '%s' is not finite on this data",
                       statistics[s]->name.c_str());
    }
    if (Status status = session.replaceTensor(*statistics[s], means.data());
        status.failed())
      return status;
  }
  return Status::success();
}

void Recalibration::report(const BatchResult &before,
                           const BatchResult &after) const {
  double count = double(data.train.count);
  printf("recalibrated over %lld batches of %lld\n", (long long)batches,
         (long long)session.manifest().batch);
  for (auto [when, result] :
       {std::pair("before", &before), std::pair("after ", &after)}) {
    printf("%s  train loss %.4f", when, result->lossSum / count);
    if (session.manifest().classification)
      printf("  train error %.2f%%", 100.0 * result->errors / count);
    printf("\n");
  }
}

Status Recalibration::run() {
  if (Status status = prepare(); status.failed())
    return status;
  BatchResult before, after;
  if (Status status = evaluate(before); status.failed())
    return status;
  for (auto stage : {&Recalibration::measure, &Recalibration::replace})
    if (Status status = (this->*stage)(); status.failed())
      return status;
  if (Status status = evaluate(after); status.failed())
    return status;
  report(before, after);
  return session.save(options.output);
}

Status qnet::rt::runRecalibrate(const Options &options, Session &session) {
  return Recalibration(options, session).run();
}
