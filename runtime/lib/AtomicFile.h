//===- AtomicFile.h - replace a file as a whole or not at all ---*- C++ -*-===//
//
// Content goes to `<path>.tmp.<pid>` in the same folder, is synced, and takes
// the name by rename; then the folder is synced. A kill at any moment leaves
// the old or the new file whole. Leftovers of killed processes are removed.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_ATOMICFILE_H
#define QNET_RUNTIME_LIB_ATOMICFILE_H

#include "Support.h"

namespace qnet::rt {

class AtomicFile {
public:
  AtomicFile() = default;
  AtomicFile(const AtomicFile &) = delete;
  /// Removes the temporary unless it was committed.
  ~AtomicFile();

  Status open(const std::string &path);
  Status write(const void *data, size_t bytes);
  Status write(std::string_view text) {
    return write(text.data(), text.size());
  }
  /// Replaces the first bytes of what was written.
  Status rewriteStart(std::string_view text);
  Status commit();

private:
  Status fail(int error);
  void discard();
  std::string shownPath, path, temporary;
  int descriptor = -1;
};

/// Replaces `path` by `text`.
Status replaceFile(const std::string &path, std::string_view text);

/// Fails with the reason when `path` could not be replaced; leaves no trace.
Status probeWritable(const std::string &path);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_ATOMICFILE_H
