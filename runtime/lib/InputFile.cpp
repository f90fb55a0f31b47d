//===- InputFile.cpp - sequential reading of plain and .gz files ----------===//
//
// See InputFile.h. zlib checks a gzip file's length and checksum when its end
// is reached, hence expectEnd reads on.
//
//===----------------------------------------------------------------------===//
#include "InputFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

using namespace qnet::rt;

InputFile::~InputFile() {
  if (gzip)
    gzclose_r(static_cast<gzFile>(gzip));
  else if (descriptor >= 0)
    close(descriptor);
}

Status InputFile::openEither(const std::string &plain) {
  if (access(plain.c_str(), F_OK) == 0)
    return open(plain, false);
  if (access((plain + ".gz").c_str(), F_OK) == 0)
    return open(plain + ".gz", true);
  return failure("cannot find '%s' or '%s.gz'", plain.c_str(), plain.c_str());
}

Status InputFile::open(const std::string &wanted, bool isGzip) {
  path = wanted;
  descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (descriptor < 0 || fstat(descriptor, &info) != 0)
    return failure("cannot open '%s': %s", name(), strerror(errno));
  if (!S_ISREG(info.st_mode))
    return failure("cannot open '%s': not a regular file", name());
  if (!isGzip)
    return Status::success();
  gzip = gzdopen(descriptor, "rb");
  if (!gzip)
    return failure("cannot open '%s': out of memory", name());
  gzbuffer(static_cast<gzFile>(gzip), 1 << 17);
  if (info.st_size > 0 && gzdirect(static_cast<gzFile>(gzip)))
    return failure("'%s' is not a gzip file", name());
  return Status::success();
}

int64_t InputFile::readSome(void *data, int64_t bytes, Status &status) {
  if (bytes > 1 << 30)
    bytes = 1 << 30;
  if (!gzip) {
    ssize_t got = ::read(descriptor, data, bytes);
    if (got < 0 && errno == EINTR)
      return readSome(data, bytes, status);
    if (got < 0)
      status = failure("cannot read '%s': %s", name(), strerror(errno));
    return got;
  }
  auto file = static_cast<gzFile>(gzip);
  int got = gzread(file, data, bytes);
  int code = Z_OK;
  const char *message = gzerror(file, &code);
  if (code == Z_BUF_ERROR)
    status = failure("'%s': truncated file", name());
  else if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
    status = failure("'%s': damaged gzip file: %s", name(),
                     code == Z_ERRNO ? strerror(errno) : message);
  return status.failed() ? -1 : got;
}

Status InputFile::read(void *data, int64_t bytes) {
  auto *next = static_cast<char *>(data);
  while (bytes > 0) {
    Status status;
    int64_t got = readSome(next, bytes, status);
    if (got < 0)
      return status;
    if (got == 0)
      return failure("'%s': truncated file", name());
    next += got;
    bytes -= got;
  }
  return Status::success();
}

Status InputFile::readRecord(void *data, int64_t bytes, bool &atEnd) {
  Status status;
  int64_t got = readSome(data, bytes, status);
  atEnd = got == 0;
  if (got < 0 || atEnd)
    return status;
  return read(static_cast<char *>(data) + got, bytes - got);
}

Status InputFile::skip(int64_t bytes) {
  char scrap[1 << 14];
  while (bytes > 0) {
    int64_t now = bytes < int64_t(sizeof(scrap)) ? bytes : sizeof(scrap);
    if (Status status = read(scrap, now); status.failed())
      return status;
    bytes -= now;
  }
  return Status::success();
}

Status InputFile::expectEnd() {
  char byte;
  Status status;
  if (readSome(&byte, 1, status) > 0)
    return failure("'%s': longer than its header says", name());
  return status;
}
