//===- ImageFolder.cpp - folders of images, one per class -----------------===//
//
// DIR/train/CLASS/* and DIR/test/CLASS/* (or val). Images are decoded once, on
// all threads, and kept as bytes of the program's size. Samples go round the
// classes, so that the first N of a set hold every class.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "Image.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <sys/stat.h>

using namespace qnet::rt;

/// The most bytes that the images of one set may take.
static constexpr int64_t maxSetBytes = int64_t(8) << 30;

static bool isFolder(const std::string &path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

static std::string testFolder(const std::string &folder) {
  return folder + (isFolder(folder + "/test") ? "/test" : "/val");
}

bool qnet::rt::isImageFolder(const std::string &folder) {
  return isFolder(folder + "/train") || isFolder(testFolder(folder));
}

/// The sorted names in a folder: its folders, or its files of images.
static Status listNames(const std::string &folder, bool folders,
                        std::vector<std::string> &names) {
  DIR *stream = opendir(folder.c_str());
  if (!stream)
    return failure("cannot read folder '%s': %s", folder.c_str(),
                   strerror(errno));
  while (const dirent *entry = readdir(stream)) {
    std::string name = entry->d_name;
    if (name[0] == '.')
      continue;
    if (folders ? isFolder(folder + "/" + name) : hasImageSuffix(name))
      names.push_back(name);
  }
  closedir(stream);
  std::sort(names.begin(), names.end());
  return Status::success();
}

/// Fails unless both parts, where they exist, have the same classes.
static Status checkClasses(const std::string &train, const std::string &test,
                           const Manifest &manifest,
                           std::vector<std::string> &classes) {
  std::vector<std::string> others;
  if (Status status = listNames(test, true, classes); status.failed())
    return status;
  if (isFolder(train)) {
    if (Status status = listNames(train, true, others); status.failed())
      return status;
    std::vector<std::string> different;
    std::set_symmetric_difference(classes.begin(), classes.end(),
                                  others.begin(), others.end(),
                                  std::back_inserter(different));
    if (!different.empty())
      return failure("class '%s' is in only one of '%s' and '%s'",
                     different[0].c_str(), train.c_str(), test.c_str());
  }
  if (int64_t(classes.size()) == manifest.classes)
    return Status::success();
  std::string list;
  for (size_t i = 0; i < classes.size() && i < 10; ++i)
    list += (i ? ", " : ": ") + classes[i];
  if (classes.size() > 10)
    list += ", ...";
  return failure("'%s' has %zu classes%s; this program expects %lld",
                 test.c_str(), classes.size(), list.c_str(),
                 (long long)manifest.classes);
}

static Status listImages(const std::string &part,
                         const std::vector<std::string> &classes, int64_t limit,
                         std::vector<std::string> &paths, SampleSet &set) {
  std::vector<std::vector<std::string>> names(classes.size());
  size_t most = 0;
  for (size_t i = 0; i < classes.size(); ++i) {
    std::string folder = part + "/" + classes[i];
    if (Status status = listNames(folder, false, names[i]); status.failed())
      return status;
    if (names[i].empty())
      return failure("'%s' has no images (png, jpg, jpeg, ppm, pgm)",
                     folder.c_str());
    most = std::max(most, names[i].size());
  }
  for (size_t n = 0; n < most; ++n)
    for (size_t i = 0; i < classes.size(); ++i)
      if (n < names[i].size() && (!limit || int64_t(paths.size()) < limit)) {
        paths.push_back(part + "/" + classes[i] + "/" + names[i][n]);
        set.classes.push_back(int32_t(i));
      }
  return Status::success();
}

static Status readSample(const std::string &path, const Shape &shape,
                         uint8_t *target) {
  Image image;
  if (Status status = readImage(path, image); status.failed())
    return status;
  if (20 * std::min(image.height, image.width) <
      std::max(image.height, image.width))
    return failure("'%s': expected sides of a ratio up to 20, got %lldx%lld",
                   path.c_str(), (long long)image.height,
                   (long long)image.width);
  if (shape[2] == 1)
    toLuminance(image);
  fitCentre(image, shape[0], shape[1]);
  memcpy(target, image.bytes.data(), image.bytes.size());
  return Status::success();
}

Status qnet::rt::loadImageFolder(const std::string &folder, bool isTrain,
                                 const Manifest &manifest, int64_t limit,
                                 ThreadPool &pool, SampleSet &set) {
  const Shape &shape = manifest.inputShape;
  if (shape.size() != 3 || (shape[2] != 1 && shape[2] != 3))
    return failure("folders of images need a program whose inputs are "
                   "[height,width,1] or [height,width,3], this program's are "
                   "%s",
                   formatShape(shape).c_str());
  std::string train = folder + "/train", test = testFolder(folder);
  std::vector<std::string> classes, paths;
  if (Status status = checkClasses(train, test, manifest, classes);
      status.failed())
    return status;
  if (Status status =
          listImages(isTrain ? train : test, classes, limit, paths, set);
      status.failed())
    return status;
  set.count = paths.size();
  set.sampleSize = manifest.sampleSize();
  if (set.count > maxSetBytes / set.sampleSize)
    return failure("the %lld images in '%s' take more than %s; use fewer with "
                   "--%s-samples",
                   (long long)set.count, (isTrain ? train : test).c_str(),
                   formatBytes(maxSetBytes).c_str(),
                   isTrain ? "train" : "test");
  set.bytes.resize(set.count * set.sampleSize);
  auto read = [&](int64_t i) {
    return readSample(paths[i], shape, set.bytes.data() + i * set.sampleSize);
  };
  // Every thread stops at its first failure; the first of all is reported.
  std::atomic<int64_t> failed{set.count};
  pool.run(set.count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      if (read(i).failed()) {
        int64_t seen = failed;
        while (i < seen && !failed.compare_exchange_weak(seen, i)) {
        }
        return;
      }
  });
  return failed == set.count ? Status::success() : read(failed);
}
