//===- AtomicFile.cpp - replace a file as a whole or not at all -----------===//
//
// See AtomicFile.h. A symbolic link keeps pointing where it did: the file it
// names is replaced. Anything but a regular file is refused, so that no device
// is ever renamed over.
//
//===----------------------------------------------------------------------===//
#include "AtomicFile.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qnet::rt;

static constexpr const char *infix = ".tmp.";

static std::string directoryOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

static std::string resolveLink(const std::string &path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode))
    return path;
  char *resolved = realpath(path.c_str(), nullptr);
  std::string target = resolved ? resolved : path;
  free(resolved);
  return target;
}

/// Removes temporaries of `path` whose writer is no more.
static void removeLeftovers(const std::string &path) {
  std::string directory = directoryOf(path);
  size_t slash = path.rfind('/');
  std::string prefix =
      path.substr(slash == std::string::npos ? 0 : slash + 1) + infix;
  DIR *entries = opendir(directory.c_str());
  if (!entries)
    return;
  while (dirent *entry = readdir(entries)) {
    std::string_view name = entry->d_name;
    int64_t pid;
    if (name.substr(0, prefix.size()) == prefix &&
        parseInteger(name.substr(prefix.size()), pid) && pid > 0 &&
        pid <= INT32_MAX && kill(pid, 0) != 0 && errno == ESRCH)
      unlinkat(dirfd(entries), entry->d_name, 0);
  }
  closedir(entries);
}

Status AtomicFile::fail(int error) {
  discard();
  return failure("cannot write '%s': %s", shownPath.c_str(), strerror(error));
}

void AtomicFile::discard() {
  if (descriptor >= 0) {
    close(descriptor);
    unlink(temporary.c_str());
  }
  descriptor = -1;
}

AtomicFile::~AtomicFile() { discard(); }

Status AtomicFile::open(const std::string &wanted) {
  discard();
  shownPath = wanted;
  path = resolveLink(wanted);
  struct stat info;
  bool exists = stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode))
    return failure("cannot write '%s': not a regular file", wanted.c_str());
  removeLeftovers(path);
  temporary = path + infix + std::to_string(getpid());
  int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  descriptor = ::open(temporary.c_str(), flags, 0666);
  if (descriptor < 0 && errno == EEXIST) {
    // A killed process had our number: the file is nobody's.
    unlink(temporary.c_str());
    descriptor = ::open(temporary.c_str(), flags, 0666);
  }
  if (descriptor < 0)
    return fail(errno);
  if (exists)
    (void)!fchmod(descriptor, info.st_mode & 07777);
  return Status::success();
}

Status AtomicFile::write(const void *data, size_t bytes) {
  auto *next = static_cast<const char *>(data);
  while (bytes) {
    ssize_t written = ::write(descriptor, next, bytes);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return fail(written < 0 ? errno : ENOSPC);
    next += written;
    bytes -= written;
  }
  return Status::success();
}

Status AtomicFile::rewriteStart(std::string_view text) {
  if (lseek(descriptor, 0, SEEK_SET) < 0)
    return fail(errno);
  if (Status status = write(text); status.failed())
    return status;
  return lseek(descriptor, 0, SEEK_END) < 0 ? fail(errno) : Status::success();
}

static int syncFile(int descriptor) {
  while (fsync(descriptor) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

Status AtomicFile::commit() {
  if (int error = syncFile(descriptor))
    return fail(error);
  int closed = close(descriptor);
  int error = errno;
  descriptor = -1;
  if (closed != 0 || rename(temporary.c_str(), path.c_str()) != 0) {
    error = closed != 0 ? error : errno;
    unlink(temporary.c_str());
    return fail(error);
  }
  // The content is safe; some file systems cannot sync a folder.
  int directory =
      ::open(directoryOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    syncFile(directory);
    close(directory);
  }
  return Status::success();
}

Status qnet::rt::replaceFile(const std::string &path, std::string_view text) {
  AtomicFile file;
  if (Status status = file.open(path); status.failed())
    return status;
  if (Status status = file.write(text); status.failed())
    return status;
  return file.commit();
}

Status qnet::rt::probeWritable(const std::string &path) {
  AtomicFile file;
  return file.open(path);
}
