//===- Dataset.h - samples and labels in memory -----------------*- C++ -*-===//
//
// Images stay as bytes and become floats when a batch is gathered, through a
// table of 256 standardized values for each channel; other inputs are floats
// and used as they are. Labels are class indices or float targets, as the
// program's manifest says.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_DATASET_H
#define QNET_RUNTIME_LIB_DATASET_H

#include "Augment.h"
#include "BatchSlot.h"
#include "Checkpoint.h"
#include "ThreadPool.h"

#include <array>

namespace qnet::rt {

struct SampleSet {
  int64_t count = 0;
  int64_t sampleSize = 0;
  int64_t targetSize = 0;       // 0 for class labels.
  std::vector<uint8_t> bytes;   // Either bytes
  std::vector<float> floats;    // or floats.
  std::vector<int32_t> classes; // Either classes
  std::vector<float> targets;   // or targets.

  bool isBytes() const { return !bytes.empty(); }
};

struct Dataset {
  SampleSet train, test;
  std::string description;
};

struct DataRequest {
  std::string source;       // A folder, or "synthetic".
  bool needsTrain = true;   // Else only the test set is read.
  int64_t trainSamples = 0; // 0: all there are (synthetic: a default).
  int64_t testSamples = 0;
};

/// Loads what `request` names and checks it against the program.
Status loadDataset(const DataRequest &request, const Manifest &manifest,
                   ThreadPool &pool, Dataset &dataset);

/// Mean and deviation of the bytes of each channel (byte i is of channel i mod
/// `channels`); one mean of 0 and deviation of 1 for floats.
Normalization measureNormalization(const SampleSet &set, int64_t channels = 1);

/// Copies samples into one batch of the program.
class BatchGatherer {
public:
  Status create(const Manifest &manifest, const Normalization &normalization);
  /// Gathers the samples `indices[0, count)`; rows up to the batch size that
  /// are left over become zeros.
  void gather(const SampleSet &set, const uint32_t *indices, int64_t count,
              ThreadPool &pool, const Augmentation &augmentation = {});
  /// Where the next batches go: to `memory`, or, where that is null, to the
  /// gatherer's own.
  void setTarget(const BatchMemory &memory);
  /// Null where only places are gathered.
  const float *inputs() const { return target.inputs; }
  const void *labels() const { return target.labels; }

  /// The floats of bytes, by channel, or for all channels.
  const std::vector<std::array<float, 256>> &byteTables() const {
    return tables;
  }

private:
  void gatherRow(const SampleSet &set, int64_t row, uint32_t index,
                 const Augmentation &augmentation);
  void gatherInput(const SampleSet &set, uint32_t index,
                   const Augmentation &augmentation, float *input) const;
  Shape inputShape;
  int64_t batch = 0, sampleSize = 0, labelSize = 0;
  std::vector<std::array<float, 256>> tables; // One, or one per channel.
  Buffer inputBuffer, labelBuffer;
  BatchMemory target;
};

/// Reads MNIST's IDX files of a folder.
Status loadIdx(const std::string &folder, const char *part, bool isTrain,
               const Manifest &manifest, int64_t limit, SampleSet &set);

/// The files of CIFAR-10 or CIFAR-100 in a folder or its folder of the usual
/// name. `found` if any of them exists; otherwise the last place looked at.
struct CifarFiles {
  std::vector<std::string> train, test;
  int labelBytes = 1;
  bool found = false;
};
CifarFiles findCifar(const std::string &folder, bool isCifar100);
Status loadCifar(const CifarFiles &files, bool isTrain,
                 const Manifest &manifest, int64_t limit, SampleSet &set);
/// Whether inputs are images of CIFAR's size, by pixel: [32,32,3] or [3072].
bool isColorImage(const Shape &shape);
/// Whether `folder` holds train/CLASS or test/CLASS (or val) of images.
bool isImageFolder(const std::string &folder);
Status loadImageFolder(const std::string &folder, bool isTrain,
                       const Manifest &manifest, int64_t limit,
                       ThreadPool &pool, SampleSet &set);
/// Reads NumPy files of a folder; `part` is "train" or "test".
Status loadNpy(const std::string &folder, const char *part,
               const Manifest &manifest, int64_t limit, SampleSet &set);
/// Fills a set with samples that depend on nothing but the program's shapes.
void makeSyntheticDigits(bool isTrain, int64_t count, ThreadPool &pool,
                         SampleSet &set);
void makeSyntheticShapes(bool isTrain, int64_t count, ThreadPool &pool,
                         SampleSet &set);
void makeSyntheticTargets(bool isTrain, int64_t count, const Manifest &manifest,
                          ThreadPool &pool, SampleSet &set);
void makeSyntheticBlobs(bool isTrain, int64_t count, const Manifest &manifest,
                        ThreadPool &pool, SampleSet &set);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_DATASET_H
