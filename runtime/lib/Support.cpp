//===- Support.cpp - errors, text and buffers of the runtime --------------===//
//
// See Support.h. Numbers go through <charconv>, which knows no locale.
//
//===----------------------------------------------------------------------===//
#include "Support.h"

#include <charconv>
#include <cstdarg>
#include <cstdio>
#include <cstring>

using namespace qnet::rt;

static std::string formatList(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, format, arguments);
  std::string text(length > 0 ? length : 0, '\0');
  vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

std::string qnet::rt::formatText(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::string text = formatList(format, arguments);
  va_end(arguments);
  return text;
}

Status qnet::rt::failure(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::string text = formatList(format, arguments);
  va_end(arguments);
  // A message is one line, whatever a file or a name had in it.
  for (char &c : text)
    if (uint8_t(c) < 0x20 || c == 0x7F)
      c = '?';
  return Status::failure(std::move(text));
}

std::string qnet::rt::formatExact(double value) {
  char text[32];
  std::to_chars_result end = std::to_chars(text, text + sizeof(text), value);
  return std::string(text, end.ptr);
}

template <typename T> static bool parseAll(std::string_view text, T &value) {
  const char *end = text.data() + text.size();
  T parsed;
  std::from_chars_result result = std::from_chars(text.data(), end, parsed);
  if (text.empty() || result.ec != std::errc() || result.ptr != end)
    return false;
  value = parsed;
  return true;
}

bool qnet::rt::parseExact(std::string_view text, double &value) {
  return parseAll(text, value);
}

std::string qnet::rt::formatExactList(const std::vector<double> &values) {
  std::string text;
  for (double value : values)
    text += (text.empty() ? "" : " ") + formatExact(value);
  return text;
}

bool qnet::rt::parseExactList(std::string_view text,
                              std::vector<double> &values) {
  values.clear();
  for (bool more = true; more;) {
    size_t end = text.find(' ');
    more = end != text.npos;
    double value;
    if (!parseExact(text.substr(0, end), value))
      return false;
    values.push_back(value);
    text.remove_prefix(more ? end + 1 : text.size());
  }
  return true;
}

bool qnet::rt::parseInteger(std::string_view text, int64_t &value) {
  return parseAll(text, value);
}

std::string qnet::rt::formatShape(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

int64_t qnet::rt::countElements(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, size, &count))
      return -1;
  return count;
}

std::string qnet::rt::formatBytes(int64_t bytes) {
  if (bytes < 1024)
    return formatText("%lld B", (long long)bytes);
  if (bytes < 1024 * 1024)
    return formatText("%.1f KiB", bytes / 1024.0);
  if (bytes < int64_t(1) << 30)
    return formatText("%.1f MiB", bytes / (1024.0 * 1024.0));
  return formatText("%.2f GiB", bytes / (1024.0 * 1024.0 * 1024.0));
}

bool Buffer::allocate(int64_t size) {
  memory.reset();
  bytes = 0;
  if (size < 0 || size > INT64_MAX - 64)
    return false;
  int64_t rounded = size < 64 ? 64 : (size + 63) / 64 * 64;
  auto *pointer = static_cast<uint8_t *>(aligned_alloc(64, rounded));
  if (!pointer)
    return false;
  memset(pointer, 0, rounded);
  memory.reset(pointer);
  bytes = size;
  return true;
}
