//===- SyntheticSets.cpp - linear targets and Gaussian blobs --------------===//
//
// Targets: inputs are normal, targets are a fixed linear map of them plus noise
// of deviation 0.1. Blobs: each class has a normal center of length about 3,
// and samples lie around it with deviation 1.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "SampleRandom.h"

#include <cmath>

using namespace qnet::rt;

static SyntheticPart partOf(bool isTrain) {
  return isTrain ? SyntheticPart::Train : SyntheticPart::Test;
}

void qnet::rt::makeSyntheticTargets(bool isTrain, int64_t count,
                                    const Manifest &manifest, ThreadPool &pool,
                                    SampleSet &set) {
  int64_t size = set.sampleSize, targets = manifest.targetSize();
  set.targetSize = targets;
  set.floats.resize(count * size);
  set.targets.resize(count * targets);
  std::vector<double> weights(targets * size);
  double scale = 1 / std::sqrt(double(size));
  SampleRandom world(SyntheticPart::World, 0);
  for (double &weight : weights)
    weight = world.normal() * scale;
  pool.run(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      SampleRandom random(partOf(isTrain), i);
      float *input = &set.floats[i * size];
      for (int64_t k = 0; k < size; ++k)
        input[k] = float(random.normal());
      for (int64_t j = 0; j < targets; ++j) {
        double sum = 0.1 * random.normal();
        for (int64_t k = 0; k < size; ++k)
          sum += weights[j * size + k] * input[k];
        set.targets[i * targets + j] = float(sum);
      }
    }
  });
}

void qnet::rt::makeSyntheticBlobs(bool isTrain, int64_t count,
                                  const Manifest &manifest, ThreadPool &pool,
                                  SampleSet &set) {
  int64_t size = set.sampleSize;
  set.floats.resize(count * size);
  set.classes.resize(count);
  double scale = 3 / std::sqrt(double(size));
  pool.run(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      SampleRandom random(partOf(isTrain), i);
      set.classes[i] = random.below(manifest.classes);
      SampleRandom center(SyntheticPart::World, set.classes[i]);
      for (int64_t k = 0; k < size; ++k)
        set.floats[i * size + k] =
            float(center.normal() * scale + random.normal());
    }
  });
}
