//===- Safetensors.h - the header of a safetensors file ---------*- C++ -*-===//
//
// A safetensors file is an 8-byte little-endian length, a JSON header of that
// length, and the tensors' bytes. Reading checks everything the header claims:
// known dtypes, sizes that agree with shapes, data without holes or overlaps.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SAFETENSORS_H
#define QNET_RUNTIME_LIB_SAFETENSORS_H

#include "Support.h"

#include <utility>

namespace qnet::rt {

struct StoredTensor {
  std::string name;
  std::string dtype;
  Shape shape;
  int64_t begin = 0, end = 0; // In the data after the header.
};

struct SafetensorsHeader {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<StoredTensor> tensors;

  const std::string *findMetadata(std::string_view key) const;
  const StoredTensor *findTensor(std::string_view name) const;
};

/// Headers longer than this are refused.
constexpr int64_t maxHeaderBytes = 100 * 1000 * 1000;

/// The length and the header, padded with spaces to a multiple of 64 bytes.
std::string writeHeader(const SafetensorsHeader &header);

/// Parses the JSON header of a file with `dataBytes` bytes after it.
Status parseHeader(std::string_view json, int64_t dataBytes,
                   SafetensorsHeader &header);

/// Reads the header of an open file and leaves it at the first data byte.
Status readHeader(int descriptor, SafetensorsHeader &header);

/// Reads exactly `bytes`; fails when the file ends early.
Status readExactly(int descriptor, void *data, int64_t bytes);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SAFETENSORS_H
