//===- Npy.cpp - NumPy array files ----------------------------------------===//
//
// Reads version 1.0 files of little-endian float32 or int32 in C order: the
// magic, two version bytes, a 16-bit header length, a Python dictionary with
// the keys descr, fortran_order and shape, and the elements.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "InputFile.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace qnet::rt;

static std::string valueOf(const std::string &header, const char *key) {
  size_t at = header.find(std::string("'") + key + "'");
  if (at == std::string::npos)
    return "";
  at = header.find(':', at);
  at = at == std::string::npos ? at : header.find_first_not_of(' ', at + 1);
  if (at == std::string::npos)
    return "";
  size_t end =
      header[at] == '(' ? header.find(')', at) : header.find_first_of(",}", at);
  return end == std::string::npos ? "" : header.substr(at, end - at);
}

static bool parseTuple(const std::string &text, Shape &shape) {
  if (text.empty() || text[0] != '(')
    return false;
  for (size_t at = 1; at < text.size();) {
    size_t end = std::min(text.find(',', at), text.size());
    size_t first = text.find_first_not_of(' ', at);
    int64_t size;
    if (first < end) {
      if (!parseInteger(std::string_view(text).substr(first, end - first),
                        size) ||
          size < 0)
        return false;
      shape.push_back(size);
    }
    at = end + 1;
  }
  return true;
}

/// Opens an array of `type` ("<f4" or "<i4") and reads its header.
static Status openNpy(InputFile &file, const std::string &path,
                      const char *type, Shape &shape) {
  if (Status status = file.open(path, false); status.failed())
    return status;
  uint8_t prefix[10];
  if (Status status = file.read(prefix, 10); status.failed())
    return status;
  if (memcmp(prefix, "\x93NUMPY\x01\x00", 8) != 0)
    return failure("'%s' is not a numpy file of version 1.0", file.name());
  std::string header(prefix[8] | prefix[9] << 8, '\0');
  if (Status status = file.read(header.data(), header.size()); status.failed())
    return status;
  std::string found = valueOf(header, "descr");
  if (found != std::string("'") + type + "'")
    return failure("'%s' has elements of type %s, expected '%s'", file.name(),
                   found.c_str(), type);
  if (valueOf(header, "fortran_order") != "False" ||
      !parseTuple(valueOf(header, "shape"), shape) || shape.empty() ||
      countElements(shape) < 0)
    return failure("'%s' has a header this reader does not know: expected C "
                   "order and a shape",
                   file.name());
  return Status::success();
}

/// Reads the first `limit` rows of a float array with `rowSize` values a row.
static Status readFloats(const std::string &path, int64_t rowSize,
                         int64_t limit, int64_t &rows,
                         std::vector<float> &values) {
  InputFile file;
  Shape shape;
  if (Status status = openNpy(file, path, "<f4", shape); status.failed())
    return status;
  int64_t total = shape[0];
  if (total == 0 || countElements(shape) != total * rowSize)
    return failure("'%s' has the shape %s, this program expects rows of %lld "
                   "values",
                   file.name(), formatShape(shape).c_str(), (long long)rowSize);
  rows = limit > 0 && limit < total ? limit : total;
  if (Status status = file.readVector(rows * rowSize, values); status.failed())
    return status;
  for (size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      return failure("'%s': value %zu is not finite", file.name(), i);
  if (Status status = file.skip(4 * (total - rows) * rowSize); status.failed())
    return status;
  return file.expectEnd();
}

static Status readClasses(const std::string &path, int64_t classes,
                          int64_t limit, int64_t &rows,
                          std::vector<int32_t> &values) {
  InputFile file;
  Shape shape;
  if (Status status = openNpy(file, path, "<i4", shape); status.failed())
    return status;
  int64_t total = countElements(shape);
  rows = limit > 0 && limit < total ? limit : total;
  if (Status status = file.readVector(rows, values); status.failed())
    return status;
  for (int64_t i = 0; i < rows; ++i)
    if (values[i] < 0 || values[i] >= classes)
      return failure("label %d of sample %lld in '%s': expected a class below "
                     "%lld",
                     values[i], (long long)i, file.name(), (long long)classes);
  if (Status status = file.skip(4 * (total - rows)); status.failed())
    return status;
  return file.expectEnd();
}

Status qnet::rt::loadNpy(const std::string &folder, const char *part,
                         const Manifest &manifest, int64_t limit,
                         SampleSet &set) {
  std::string prefix = folder + "/" + part;
  std::string inputs = prefix + "-inputs.npy";
  std::string labels =
      prefix + (manifest.classification ? "-labels.npy" : "-targets.npy");
  set.sampleSize = manifest.sampleSize();
  if (Status status =
          readFloats(inputs, set.sampleSize, limit, set.count, set.floats);
      status.failed())
    return status;
  int64_t labelCount = 0;
  if (!manifest.classification)
    set.targetSize = manifest.targetSize();
  Status status =
      manifest.classification
          ? readClasses(labels, manifest.classes, limit, labelCount,
                        set.classes)
          : readFloats(labels, set.targetSize, limit, labelCount, set.targets);
  if (status.failed() || labelCount == set.count)
    return status;
  return failure("'%s' has %lld samples, '%s' has %lld", inputs.c_str(),
                 (long long)set.count, labels.c_str(), (long long)labelCount);
}
