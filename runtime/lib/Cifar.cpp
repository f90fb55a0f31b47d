//===- Cifar.cpp - CIFAR-10 and CIFAR-100 in their binary layout ----------===//
//
// A file is a sequence of records without a header: the label (for CIFAR-100 a
// coarse label, which is skipped, then the fine one) and 3072 bytes, the red,
// green and blue planes of 32x32 pixels. Programs take images by pixel, so the
// planes are interleaved to [32,32,3].
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "InputFile.h"

#include <cstring>
#include <unistd.h>

using namespace qnet::rt;

static constexpr int64_t planeSize = 32 * 32, imageSize = 3 * planeSize;

static bool exists(const std::string &path) {
  return access(path.c_str(), F_OK) == 0 ||
         access((path + ".gz").c_str(), F_OK) == 0;
}

CifarFiles qnet::rt::findCifar(const std::string &folder, bool isCifar100) {
  const char *own = isCifar100 ? "/cifar-100-binary" : "/cifar-10-batches-bin";
  CifarFiles files;
  files.labelBytes = isCifar100 ? 2 : 1;
  for (const std::string &place : {folder, folder + own}) {
    files.train.clear();
    if (isCifar100)
      files.train.push_back(place + "/train.bin");
    for (int batch = 1; batch <= 5 && !isCifar100; ++batch)
      files.train.push_back(place + formatText("/data_batch_%d.bin", batch));
    files.test = {place + (isCifar100 ? "/test.bin" : "/test_batch.bin")};
    files.found = exists(files.test[0]);
    for (const std::string &path : files.train)
      files.found |= exists(path);
    if (files.found)
      break;
  }
  return files;
}

/// Appends the image of a record, by pixel.
static void appendImage(const uint8_t *planes, std::vector<uint8_t> &bytes) {
  size_t start = bytes.size();
  bytes.resize(start + imageSize);
  uint8_t *pixel = bytes.data() + start;
  for (int64_t i = 0; i < planeSize; ++i)
    for (int64_t channel = 0; channel < 3; ++channel)
      *pixel++ = planes[channel * planeSize + i];
}

/// Appends the records of a file to `set`, up to `limit` samples in all.
static Status readRecords(const std::string &path, int labelBytes,
                          int64_t classes, int64_t limit, SampleSet &set) {
  InputFile file;
  if (Status status = file.openEither(path); status.failed())
    return status;
  uint8_t record[2 + imageSize];
  for (int64_t image = 0; limit == 0 || set.count < limit; ++image) {
    bool atEnd = false;
    if (Status status = file.readRecord(record, labelBytes + imageSize, atEnd);
        status.failed() || atEnd)
      return status;
    int label = record[labelBytes - 1];
    if (label >= classes)
      return failure("label %d of image %lld in '%s': expected a class below "
                     "%lld",
                     label, (long long)image, file.name(), (long long)classes);
    set.classes.push_back(label);
    appendImage(record + labelBytes, set.bytes);
    ++set.count;
  }
  return Status::success();
}

Status qnet::rt::loadCifar(const CifarFiles &files, bool isTrain,
                           const Manifest &manifest, int64_t limit,
                           SampleSet &set) {
  const std::vector<std::string> &paths = isTrain ? files.train : files.test;
  if (!isColorImage(manifest.inputShape))
    return failure("images in '%s' are [32,32,3], this program expects inputs "
                   "of %s",
                   paths[0].c_str(), formatShape(manifest.inputShape).c_str());
  set.sampleSize = imageSize;
  for (const std::string &path : paths)
    if (limit == 0 || set.count < limit)
      if (Status status =
              readRecords(path, files.labelBytes, manifest.classes, limit, set);
          status.failed())
        return status;
  if (set.count == 0)
    return failure("'%s' has no %s images", paths[0].c_str(),
                   isTrain ? "training" : "test");
  return Status::success();
}
