//===- Support.h - errors, text and buffers of the runtime ------*- C++ -*-===//
//
// The runtime throws nothing: what can fail returns a Status whose message is
// one lower-case line. Number formatting and parsing ignore the locale, so an
// application's setlocale cannot change a file.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SUPPORT_H
#define QNET_RUNTIME_LIB_SUPPORT_H

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qnet::rt {

/// Success, or a failure with its one-line reason.
class [[nodiscard]] Status {
public:
  static Status success() { return Status(); }
  static Status failure(std::string message) {
    Status status;
    status.hasFailed = true;
    status.reason = std::move(message);
    return status;
  }
  bool failed() const { return hasFailed; }
  const std::string &message() const { return reason; }

private:
  bool hasFailed = false;
  std::string reason;
};

using Shape = std::vector<int64_t>;

std::string formatText(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
Status failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// The shortest decimal text that reads back as exactly `value`.
std::string formatExact(double value);
/// Parses all of `text`; false if it is anything but one number in range.
bool parseExact(std::string_view text, double &value);
/// The same of several numbers, with a blank between two; at least one.
std::string formatExactList(const std::vector<double> &values);
bool parseExactList(std::string_view text, std::vector<double> &values);
bool parseInteger(std::string_view text, int64_t &value);

/// "[1024,784]"
std::string formatShape(const Shape &shape);
/// The number of elements, or -1 if it does not fit or a dimension is negative.
int64_t countElements(const Shape &shape);
/// "12.3 MiB"
std::string formatBytes(int64_t bytes);

/// Zeroed memory aligned to 64 bytes. Null when memory ran out.
class Buffer {
public:
  bool allocate(int64_t bytes);
  void release() { memory.reset(); }
  uint8_t *data() { return memory.get(); }
  const uint8_t *data() const { return memory.get(); }
  template <typename T> T *as() { return reinterpret_cast<T *>(data()); }
  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(data());
  }
  int64_t size() const { return bytes; }
  void swap(Buffer &other) {
    memory.swap(other.memory);
    std::swap(bytes, other.bytes);
  }

private:
  struct Free {
    void operator()(uint8_t *pointer) const { free(pointer); }
  };
  std::unique_ptr<uint8_t, Free> memory;
  int64_t bytes = 0;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SUPPORT_H
