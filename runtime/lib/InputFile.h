//===- InputFile.h - sequential reading of plain and .gz files --*- C++ -*-===//
//
// Reads a data file from its start. Content is read piece by piece, so a header
// that claims an absurd size costs no memory before the data is there.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_INPUTFILE_H
#define QNET_RUNTIME_LIB_INPUTFILE_H

#include "Support.h"

namespace qnet::rt {

class InputFile {
public:
  InputFile() = default;
  InputFile(const InputFile &) = delete;
  ~InputFile();

  /// Opens `path`, or `path`.gz when only that exists.
  Status openEither(const std::string &path);
  Status open(const std::string &path, bool isGzip);
  const char *name() const { return path.c_str(); }

  /// Reads exactly `bytes`, or fails with "truncated file".
  Status read(void *data, int64_t bytes);
  /// The same, but at the end of the file reads nothing and sets `atEnd`.
  Status readRecord(void *data, int64_t bytes, bool &atEnd);
  /// Replaces `bytes` by the next `count` bytes of the file.
  template <typename T>
  Status readVector(int64_t count, std::vector<T> &values);
  /// Skips `bytes`; the same failures as read.
  Status skip(int64_t bytes);
  /// Fails unless all of the file was read (and its checksum is right).
  Status expectEnd();

private:
  int64_t readSome(void *data, int64_t bytes, Status &status);
  std::string path;
  void *gzip = nullptr;
  int descriptor = -1;
};

template <typename T>
Status InputFile::readVector(int64_t count, std::vector<T> &values) {
  constexpr int64_t piece = int64_t(1) << 20;
  values.clear();
  for (int64_t done = 0; done < count;) {
    int64_t now = count - done < piece ? count - done : piece;
    values.resize(done + now);
    if (Status status = read(values.data() + done, now * sizeof(T));
        status.failed())
      return status;
    done += now;
  }
  return Status::success();
}

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_INPUTFILE_H
