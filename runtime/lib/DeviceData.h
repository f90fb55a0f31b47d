//===- DeviceData.h - a data set in a GPU's memory --------------*- C++ -*-===//
//
// The inputs of both sets as they are on this side, bytes or floats, and the
// tables that turn bytes into floats: a batch is then gathered by a kernel, and
// only the numbers of its samples are uploaded. Labels stay here, where errors
// are counted.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_DEVICEDATA_H
#define QNET_RUNTIME_LIB_DEVICEDATA_H

#include "SessionMemory.h"

#include <array>

namespace qnet::rt {

struct Dataset;
struct SampleSet;

/// The float of each byte, by channel, or one for all channels.
using ByteTables = std::vector<std::array<float, 256>>;

/// The inputs of one set.
struct DeviceSet {
  const SampleSet *set = nullptr;
  bool isBytes = false;
  mutable SessionMemory inputs;
};

class DeviceData {
public:
  /// Uploads the inputs; fails, and holds nothing, where they do not fit.
  /// `reserve` is what must stay free; negative where the program cannot
  /// gather.
  Status create(CudaDevice &device, const Dataset &data,
                const ByteTables &tables, int64_t reserve);
  /// The inputs of `set`; null where they are not here.
  const DeviceSet *find(const SampleSet *set) const;
  float *tables() { return byteTables.as<float>(); }
  uint32_t channels() const { return numTables; }

private:
  Status upload(CudaDevice &device, const Dataset &data,
                const ByteTables &tables);
  DeviceSet sets[2];
  SessionMemory byteTables;
  uint32_t numTables = 0;
  bool isHeld = false;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_DEVICEDATA_H
