//===- Theory.cpp - the error floor of stochastic rounding ----------------===//
//
// Li et al. 2017, theorem 1 and 2: for a convex loss the average iterate of SR
// stays within a floor of sqrt(d) D G/2 of the minimum, with d weights on a
// grid of spacing D and gradients no longer than G. Here G is a bound on the
// gradient of any sample of the data at any weights in the grid's range, for
// outputs y = W x + b: |dL/dy| |(x, 1)|.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"
#include "Evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

using namespace qnet::rt;

/// The largest size of an output: |x|_1 times the largest weight.
static double boundOutput(const Manifest &manifest, double absoluteSum) {
  const Parameter *weights = manifest.findParameter(manifest.linear->weights);
  double largest = 0;
  for (float level : weights->levels)
    largest = std::max(largest, std::fabs(double(level)));
  return largest * absoluteSum;
}

/// A bound on the gradient of one sample.
static double boundGradient(const Manifest &manifest, const float *input,
                            const float *targets) {
  double squares = manifest.linear->bias.empty() ? 0 : 1, absoluteSum = 0;
  for (int64_t k = 0; k < manifest.sampleSize(); ++k) {
    squares += double(input[k]) * input[k];
    absoluteSum += std::fabs(double(input[k]));
  }
  double byOutputs = manifest.linear->gradient;
  if (byOutputs == 0) {
    double output = boundOutput(manifest, absoluteSum), residual = 0;
    for (int64_t j = 0; j < manifest.targetSize(); ++j) {
      double distance = output + std::fabs(double(targets[j]));
      residual += distance * distance;
    }
    byOutputs = manifest.linear->gradientPerResidual * std::sqrt(residual);
  }
  return byOutputs * std::sqrt(squares);
}

static Status boundOverData(const Options &options, Session &session,
                            double &bound) {
  const Manifest &manifest = session.manifest();
  DataRequest request;
  request.source = options.data;
  request.trainSamples = options.trainSamples;
  request.testSamples = 1;
  Dataset data;
  if (Status status = loadDataset(request, manifest, session.pool(), data);
      status.failed())
    return status;
  if (!session.info.normalization)
    session.info.normalization =
        measureNormalization(data.train, countChannels(manifest.inputShape));
  BatchGatherer gatherer;
  if (Status status = gatherer.create(manifest, *session.info.normalization);
      status.failed())
    return status;
  return forEachBatch(
      session, gatherer, data.train, [&](int64_t, int64_t valid) {
        auto *targets = static_cast<const float *>(gatherer.labels());
        for (int64_t i = 0; i < valid; ++i)
          bound = std::max(
              bound,
              boundGradient(manifest,
                            gatherer.inputs() + i * manifest.sampleSize(),
                            targets + i * manifest.targetSize()));
        return Status::success();
      });
}

/// Whether a bound on the gradient exists; else why not.
static const char *findObstacle(const Manifest &manifest) {
  const LinearFacts &linear = *manifest.linear;
  if (linear.spacing == 0)
    return "the weights have no grid";
  if (linear.gradient > 0)
    return nullptr;
  if (linear.gradientPerResidual == 0 || manifest.classification)
    return "the gradient of the loss has no bound";
  if (!linear.bias.empty())
    return "the gradient has no bound, for the bias has no range";
  if (manifest.findParameter(linear.weights)->levels.empty())
    return "the manifest does not hold the levels of the grid";
  return nullptr;
}

Status qnet::rt::printTheory(const Options &options, Session &session) {
  const Manifest &manifest = session.manifest();
  if (!manifest.convex)
    return Status::success();
  printf("\ntheory\n  the loss is convex in the weights\n");
  if (!manifest.linear)
    return Status::success();
  if (const char *obstacle = findObstacle(manifest)) {
    printf("  no floor of sr: %s\n", obstacle);
    return Status::success();
  }
  const LinearFacts &linear = *manifest.linear;
  auto weights = manifest.findParameter(linear.weights)->count();
  if (options.data.empty()) {
    printf("  floor of sr: sqrt(d) D G/2 with d = %lld, D = %.6g; pass "
           "--data=DIR|synthetic for G\n",
           (long long)weights, linear.spacing);
    return Status::success();
  }
  double bound = 0;
  if (Status status = boundOverData(options, session, bound); status.failed())
    return status;
  printf("  floor of sr: sqrt(d) D G/2 = %.6g with d = %lld, D = %.6g and "
         "gradients of samples up to G = %.6g\n",
         std::sqrt(double(weights)) * linear.spacing * bound / 2,
         (long long)weights, linear.spacing, bound);
  return Status::success();
}
