//===- Safetensors.cpp - the header of a safetensors file -----------------===//
//
// See Safetensors.h. Messages say what is wrong with the file, without its
// name: the caller adds it.
//
//===----------------------------------------------------------------------===//
#include "Safetensors.h"

#include "Json.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace qnet::rt;

const std::string *SafetensorsHeader::findMetadata(std::string_view key) const {
  for (auto &entry : metadata)
    if (entry.first == key)
      return &entry.second;
  return nullptr;
}

const StoredTensor *SafetensorsHeader::findTensor(std::string_view name) const {
  for (const StoredTensor &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

std::string qnet::rt::writeHeader(const SafetensorsHeader &header) {
  std::string json = "{\"__metadata__\":{";
  const char *comma = "";
  for (auto &entry : header.metadata) {
    json += comma + quoteJson(entry.first) + ":" + quoteJson(entry.second);
    comma = ",";
  }
  json += "}";
  for (const StoredTensor &tensor : header.tensors)
    json += "," + quoteJson(tensor.name) +
            ":{\"dtype\":" + quoteJson(tensor.dtype) +
            ",\"shape\":" + formatShape(tensor.shape) +
            ",\"data_offsets\":" + formatShape({tensor.begin, tensor.end}) +
            "}";
  json += "}";
  json.resize((json.size() + 8 + 63) / 64 * 64 - 8, ' ');
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i)
    length[i] = char(uint64_t(json.size()) >> 8 * i);
  return length + json;
}

static int64_t bitsOfType(std::string_view dtype) {
  static constexpr struct {
    std::string_view name;
    int bits;
  } types[] = {{"BOOL", 8},    {"U8", 8},      {"I8", 8},   {"F8_E4M3", 8},
               {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"I16", 16}, {"U16", 16},
               {"F16", 16},    {"BF16", 16},   {"I32", 32}, {"U32", 32},
               {"F32", 32},    {"I64", 64},    {"U64", 64}, {"F64", 64}};
  for (auto &type : types)
    if (type.name == dtype)
      return type.bits;
  return 0;
}

static Status parseTensor(const std::string &name, const JsonValue &json,
                          int64_t dataBytes, StoredTensor &tensor) {
  JsonReader reader(json, "tensor '" + name + "'");
  tensor.name = name;
  tensor.dtype = reader.string("dtype");
  tensor.shape = reader.shape("shape");
  Shape offsets = reader.shape("data_offsets");
  if (reader.status().failed())
    return reader.status();
  int64_t bits = bitsOfType(tensor.dtype), size;
  if (!bits)
    reader.fail("unknown dtype '" + tensor.dtype + "'");
  else if (offsets.size() != 2 || offsets[0] > offsets[1])
    reader.fail("expected two ascending offsets");
  else if (offsets[1] > dataBytes)
    reader.fail(formatText("ends at byte %lld of the data, which has %lld",
                           (long long)offsets[1], (long long)dataBytes));
  else if (__builtin_mul_overflow(countElements(tensor.shape), bits / 8,
                                  &size) ||
           size != offsets[1] - offsets[0])
    reader.fail("offsets do not agree with dtype and shape");
  if (reader.status().failed())
    return reader.status();
  tensor.begin = offsets[0];
  tensor.end = offsets[1];
  return Status::success();
}

static Status parseMetadata(const JsonValue &json, SafetensorsHeader &header) {
  if (!json.isObject())
    return failure("the metadata is not an object");
  for (auto &entry : json.members) {
    if (!entry.second.isString())
      return failure("metadata '%s' is not a string", entry.first.c_str());
    header.metadata.emplace_back(entry.first, entry.second.string);
  }
  return Status::success();
}

static Status checkLayout(const SafetensorsHeader &header, int64_t dataBytes) {
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (const StoredTensor &tensor : header.tensors)
    ranges.emplace_back(tensor.begin, tensor.end);
  std::sort(ranges.begin(), ranges.end());
  int64_t end = 0;
  for (auto &range : ranges) {
    if (range.first != end)
      return failure("the tensors have a hole or overlap at byte %lld of the "
                     "data",
                     (long long)end);
    end = range.second;
  }
  if (end != dataBytes)
    return failure("the tensors end at byte %lld of the data, the file at %lld",
                   (long long)end, (long long)dataBytes);
  return Status::success();
}

Status qnet::rt::parseHeader(std::string_view text, int64_t dataBytes,
                             SafetensorsHeader &header) {
  header = SafetensorsHeader();
  JsonValue json;
  if (text.empty() || text[0] != '{')
    return failure("not a safetensors file: the header does not start with "
                   "'{'");
  if (Status status = parseJson(text, json); status.failed())
    return failure("not a safetensors file: %s of the header",
                   status.message().c_str());
  for (auto &member : json.members) {
    StoredTensor tensor;
    Status status =
        member.first == "__metadata__"
            ? parseMetadata(member.second, header)
            : parseTensor(member.first, member.second, dataBytes, tensor);
    if (status.failed())
      return status;
    if (member.first != "__metadata__")
      header.tensors.push_back(std::move(tensor));
  }
  return checkLayout(header, dataBytes);
}

Status qnet::rt::readExactly(int descriptor, void *data, int64_t bytes) {
  auto *next = static_cast<char *>(data);
  while (bytes > 0) {
    ssize_t got = read(descriptor, next, bytes);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failure("%s", strerror(errno));
    if (got == 0)
      return failure("truncated file");
    next += got;
    bytes -= got;
  }
  return Status::success();
}

Status qnet::rt::readHeader(int descriptor, SafetensorsHeader &header) {
  struct stat info;
  if (fstat(descriptor, &info) != 0)
    return failure("%s", strerror(errno));
  if (!S_ISREG(info.st_mode))
    return failure("not a regular file");
  if (info.st_size < 8)
    return failure("not a safetensors file: only %lld bytes",
                   (long long)info.st_size);
  uint8_t prefix[8];
  if (Status status = readExactly(descriptor, prefix, 8); status.failed())
    return status;
  uint64_t length = 0;
  for (int i = 0; i < 8; ++i)
    length |= uint64_t(prefix[i]) << 8 * i;
  if (length > uint64_t(maxHeaderBytes))
    return failure("not a safetensors file: a header of %llu bytes",
                   (unsigned long long)length);
  if (length > uint64_t(info.st_size) - 8)
    return failure("truncated file: the header has %llu bytes, the file %lld",
                   (unsigned long long)length, (long long)info.st_size);
  std::string json(length, '\0');
  if (Status status = readExactly(descriptor, json.data(), length);
      status.failed())
    return status;
  return parseHeader(json, info.st_size - 8 - int64_t(length), header);
}
