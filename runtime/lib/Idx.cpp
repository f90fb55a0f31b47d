//===- Idx.cpp - MNIST's IDX files ----------------------------------------===//
//
// An IDX file is a big-endian magic number (two zero bytes, the element type,
// the number of dimensions), the dimensions, and the elements. Images are
// unsigned bytes in three dimensions, labels unsigned bytes in one.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "InputFile.h"

#include <algorithm>

using namespace qnet::rt;

static constexpr uint32_t imageMagic = 0x00000803, labelMagic = 0x00000801;

static Status readWord(InputFile &file, uint32_t &word) {
  uint8_t bytes[4] = {};
  Status status = file.read(bytes, 4);
  word = uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 |
         uint32_t(bytes[2]) << 8 | bytes[3];
  return status;
}

/// Opens a file and reads its magic number and first dimension.
static Status openIdx(InputFile &file, const std::string &path, uint32_t magic,
                      const char *what, uint32_t &count) {
  if (Status status = file.openEither(path); status.failed())
    return status;
  uint32_t found;
  if (Status status = readWord(file, found); status.failed())
    return status;
  if (found != magic)
    return failure("'%s' is not an idx file of %s: expected the magic number "
                   "0x%08x, got 0x%08x",
                   file.name(), what, magic, found);
  return readWord(file, count);
}

static int64_t limitCount(int64_t count, int64_t limit) {
  return limit > 0 && limit < count ? limit : count;
}

static Status readImages(InputFile &file, int64_t total, int64_t limit,
                         int64_t expected, SampleSet &set) {
  uint32_t rows, columns;
  for (uint32_t *size : {&rows, &columns})
    if (Status status = readWord(file, *size); status.failed())
      return status;
  if (uint64_t(rows) * columns != uint64_t(expected))
    return failure("images in '%s' have %ux%u = %llu pixels, this program "
                   "expects %lld",
                   file.name(), rows, columns,
                   (unsigned long long)rows * columns, (long long)expected);
  set.count = limitCount(total, limit);
  set.sampleSize = expected;
  if (Status status = file.readVector(set.count * expected, set.bytes);
      status.failed())
    return status;
  if (Status status = file.skip((total - set.count) * expected);
      status.failed())
    return status;
  return file.expectEnd();
}

static Status readLabels(InputFile &file, int64_t total, int64_t classes,
                         SampleSet &set) {
  std::vector<uint8_t> labels;
  if (Status status = file.readVector(total, labels); status.failed())
    return status;
  if (Status status = file.expectEnd(); status.failed())
    return status;
  set.classes.assign(labels.begin(), labels.begin() + set.count);
  for (int64_t i = 0; i < set.count; ++i)
    if (set.classes[i] >= classes)
      return failure("label %d of image %lld in '%s': expected a class below "
                     "%lld",
                     set.classes[i], (long long)i, file.name(),
                     (long long)classes);
  return Status::success();
}

Status qnet::rt::loadIdx(const std::string &folder, const char *part,
                         bool isTrain, const Manifest &manifest, int64_t limit,
                         SampleSet &set) {
  std::string prefix = folder + "/" + part;
  InputFile images, labels;
  uint32_t imageCount, labelCount;
  if (Status status = openIdx(images, prefix + "-images-idx3-ubyte", imageMagic,
                              "images", imageCount);
      status.failed())
    return status;
  if (Status status = openIdx(labels, prefix + "-labels-idx1-ubyte", labelMagic,
                              "labels", labelCount);
      status.failed())
    return status;
  if (imageCount != labelCount)
    return failure("'%s' has %u images, '%s' has %u labels", images.name(),
                   imageCount, labels.name(), labelCount);
  if (imageCount == 0)
    return failure("'%s' has no %s images", images.name(),
                   isTrain ? "training" : "test");
  if (Status status =
          readImages(images, imageCount, limit, manifest.sampleSize(), set);
      status.failed())
    return status;
  return readLabels(labels, labelCount, manifest.classes, set);
}
