//===- Dataset.cpp - samples and labels in memory -------------------------===//
//
// Chooses the source of the data, measures its normalization and gathers
// batches. The statistics of bytes come from a histogram: integers until the
// last step, so no order of summation can change them.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <sys/stat.h>

using namespace qnet::rt;

static constexpr int64_t defaultTrainSamples = 12000;
static constexpr int64_t defaultTestSamples = 2000;
/// Batches of fewer values are gathered by one thread: waking others costs
/// more.
static constexpr int64_t parallelValues = 1 << 14;

bool qnet::rt::isColorImage(const Shape &shape) {
  return shape == Shape{32, 32, 3} || shape == Shape{3072};
}

static void makeSynthetic(bool isTrain, int64_t count, const Manifest &manifest,
                          ThreadPool &pool, SampleSet &set) {
  set.count = count;
  set.sampleSize = manifest.sampleSize();
  if (!manifest.classification)
    makeSyntheticTargets(isTrain, count, manifest, pool, set);
  else if (set.sampleSize == 784 && manifest.classes == 10)
    makeSyntheticDigits(isTrain, count, pool, set);
  else if (isColorImage(manifest.inputShape) && manifest.classes == 10)
    makeSyntheticShapes(isTrain, count, pool, set);
  else
    makeSyntheticBlobs(isTrain, count, manifest, pool, set);
}

static void loadSynthetic(const DataRequest &request, const Manifest &manifest,
                          ThreadPool &pool, Dataset &dataset) {
  auto pick = [](int64_t wanted, int64_t otherwise) {
    return wanted ? wanted : otherwise;
  };
  if (request.needsTrain)
    makeSynthetic(true, pick(request.trainSamples, defaultTrainSamples),
                  manifest, pool, dataset.train);
  makeSynthetic(false, pick(request.testSamples, defaultTestSamples), manifest,
                pool, dataset.test);
  dataset.description = "synthetic";
}

static bool fileExists(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

/// Whether `path` exists, plain or compressed.
static bool eitherExists(const std::string &path) {
  return fileExists(path) || fileExists(path + ".gz");
}

using Loader = std::function<Status(bool, int64_t, SampleSet &)>;

/// Chooses the format by the files that exist.
static Status chooseLoader(const std::string &folder, const Manifest &manifest,
                           ThreadPool &pool, Loader &loader) {
  bool isNpy = !manifest.classification ||
               fileExists(folder + "/train-inputs.npy") ||
               fileExists(folder + "/test-inputs.npy");
  if (isNpy) {
    loader = [&](bool isTrain, int64_t limit, SampleSet &set) {
      return loadNpy(folder, isTrain ? "train" : "test", manifest, limit, set);
    };
    return Status::success();
  }
  bool isIdx = eitherExists(folder + "/train-images-idx3-ubyte") ||
               eitherExists(folder + "/t10k-images-idx3-ubyte");
  CifarFiles cifar = findCifar(folder, manifest.classes > 10);
  if (!cifar.found)
    cifar = findCifar(folder, manifest.classes <= 10);
  if (!isIdx && !cifar.found && isImageFolder(folder)) {
    loader = [&](bool isTrain, int64_t limit, SampleSet &set) {
      return loadImageFolder(folder, isTrain, manifest, limit, pool, set);
    };
    return Status::success();
  }
  if (!isIdx && !cifar.found && isColorImage(manifest.inputShape))
    return failure("cannot find 'data_batch_1.bin' or 'train.bin' (or .gz) of "
                   "cifar in '%s', its 'cifar-10-batches-bin' or its "
                   "'cifar-100-binary'",
                   folder.c_str());
  if (cifar.found && !isIdx)
    loader = [cifar, &manifest](bool isTrain, int64_t limit, SampleSet &set) {
      return loadCifar(cifar, isTrain, manifest, limit, set);
    };
  else
    loader = [&](bool isTrain, int64_t limit, SampleSet &set) {
      return loadIdx(folder, isTrain ? "train" : "t10k", isTrain, manifest,
                     limit, set);
    };
  return Status::success();
}

static Status loadFolder(const DataRequest &request, const Manifest &manifest,
                         ThreadPool &pool, Dataset &dataset) {
  const std::string &folder = request.source;
  struct stat info;
  if (stat(folder.c_str(), &info) != 0)
    return failure("data folder '%s': %s", folder.c_str(), strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return failure("data '%s' is not a folder", folder.c_str());
  Loader load;
  if (Status status = chooseLoader(folder, manifest, pool, load);
      status.failed())
    return status;
  if (request.needsTrain)
    if (Status status = load(true, request.trainSamples, dataset.train);
        status.failed())
      return status;
  dataset.description = folder;
  return load(false, request.testSamples, dataset.test);
}

Status qnet::rt::loadDataset(const DataRequest &request,
                             const Manifest &manifest, ThreadPool &pool,
                             Dataset &dataset) {
  dataset = Dataset();
  if (request.source == "synthetic")
    loadSynthetic(request, manifest, pool, dataset);
  else if (Status status = loadFolder(request, manifest, pool, dataset);
           status.failed())
    return status;
  if (request.needsTrain && dataset.train.count < manifest.batch)
    return failure("data '%s' has %lld training samples, fewer than one batch "
                   "of %lld",
                   request.source.c_str(), (long long)dataset.train.count,
                   (long long)manifest.batch);
  return Status::success();
}

using Histogram = std::array<uint64_t, 256>;

static void addChannel(const Histogram &histogram,
                       Normalization &normalization) {
  uint64_t sum = 0, squares = 0, count = 0;
  for (uint64_t value = 0; value < 256; ++value) {
    count += histogram[value];
    sum += histogram[value] * value;
    squares += histogram[value] * value * value;
  }
  double mean = double(sum) / double(count);
  double variance = double(squares) / double(count) - mean * mean;
  double deviation = variance > 0 ? std::sqrt(variance) : 0;
  normalization.mean.push_back(mean / 255);
  // Constant images carry nothing to scale by.
  normalization.deviation.push_back(deviation > 0 ? deviation / 255 : 1);
}

Normalization qnet::rt::measureNormalization(const SampleSet &set,
                                             int64_t channels) {
  if (!set.isBytes())
    return Normalization();
  std::vector<Histogram> histograms(channels, Histogram());
  for (size_t i = 0; i < set.bytes.size(); i += channels)
    for (int64_t channel = 0; channel < channels; ++channel)
      ++histograms[channel][set.bytes[i + channel]];
  Normalization normalization{{}, {}};
  for (const Histogram &histogram : histograms)
    addChannel(histogram, normalization);
  return normalization;
}

Status BatchGatherer::create(const Manifest &manifest,
                             const Normalization &normalization) {
  batch = manifest.batch;
  sampleSize = manifest.sampleSize();
  inputShape = manifest.inputShape;
  labelSize = 4 * (manifest.classification ? 1 : manifest.targetSize());
  tables.resize(normalization.channels());
  for (size_t channel = 0; channel < tables.size(); ++channel)
    for (int value = 0; value < 256; ++value)
      tables[channel][value] =
          float((value / 255.0 - normalization.mean[channel]) /
                normalization.deviation[channel]);
  if (!inputBuffer.allocate(4 * batch * sampleSize) ||
      !labelBuffer.allocate(batch * labelSize))
    return failure("cannot allocate memory for a batch of %lld samples",
                   (long long)batch);
  setTarget({});
  return Status::success();
}

void BatchGatherer::setTarget(const BatchMemory &memory) {
  target = memory;
  if (!target.inputs && !target.places)
    target = {inputBuffer.as<float>(), labelBuffer.data(), nullptr};
}

void BatchGatherer::gatherInput(const SampleSet &set, uint32_t index,
                                const Augmentation &augmentation,
                                float *input) const {
  int64_t channels = tables.size();
  auto copy = [&](const auto *source, auto convert) {
    if (augmentation.cropFlip)
      return cropFlip(drawCropFlip(augmentation, index), inputShape, source,
                      input, convert);
    for (int64_t i = 0; i < sampleSize; i += channels)
      for (int64_t channel = 0; channel < channels; ++channel)
        input[i + channel] = convert(source[i + channel], channel);
  };
  if (!set.isBytes())
    copy(set.floats.data() + index * sampleSize,
         [](float value, int64_t) { return value; });
  else if (channels == 1)
    copy(set.bytes.data() + index * sampleSize,
         [&table = tables[0]](uint8_t byte, int64_t) { return table[byte]; });
  else
    copy(set.bytes.data() + index * sampleSize,
         [&](uint8_t byte, int64_t channel) { return tables[channel][byte]; });
}

void BatchGatherer::gatherRow(const SampleSet &set, int64_t row, uint32_t index,
                              const Augmentation &augmentation) {
  if (target.places) {
    CropFlip draw = augmentation.cropFlip ? drawCropFlip(augmentation, index)
                                          : CropFlip{0, 0, false};
    target.places[row] = {int32_t(index), int32_t(draw.row),
                          int32_t(draw.column), draw.mirrored};
  } else {
    gatherInput(set, index, augmentation, target.inputs + row * sampleSize);
  }
  uint8_t *label = static_cast<uint8_t *>(target.labels) + row * labelSize;
  if (set.targetSize == 0)
    memcpy(label, &set.classes[index], labelSize);
  else
    memcpy(label, &set.targets[index * set.targetSize], labelSize);
}

void BatchGatherer::gather(const SampleSet &set, const uint32_t *indices,
                           int64_t count, ThreadPool &pool,
                           const Augmentation &augmentation) {
  auto gatherRows = [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      gatherRow(set, row, indices[row], augmentation);
  };
  if (target.places || count * sampleSize < parallelValues)
    gatherRows(0, count);
  else
    pool.run(count, gatherRows);
  if (target.places)
    std::fill(target.places + count, target.places + batch,
              BatchPlace{-1, 0, 0, 0});
  else
    memset(target.inputs + count * sampleSize, 0,
           4 * (batch - count) * sampleSize);
  memset(static_cast<uint8_t *>(target.labels) + count * labelSize, 0,
         (batch - count) * labelSize);
}
