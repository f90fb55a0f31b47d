//===- DeviceData.cpp - a data set in a GPU's memory ----------------------===//
//
// See DeviceData.h.
//
//===----------------------------------------------------------------------===//
#include "DeviceData.h"
#include "Dataset.h"

using namespace qnet::rt;

/// Elements of a set that the program's kernels reach (qnet.h).
static constexpr int64_t maxElements = (int64_t(1) << 31) - 1;
/// What is left to the driver and to other programs.
static constexpr int64_t margin = int64_t(64) << 20;

static int64_t bytesOf(const SampleSet &set) {
  return set.count * set.sampleSize * (set.isBytes() ? 1 : 4);
}

static Status checkFits(CudaDevice &device, const Dataset &data,
                        int64_t reserve) {
  if (reserve < 0)
    return failure("this program cannot gather there");
  int64_t bytes = 0, free = 0;
  for (const SampleSet *set : {&data.train, &data.test}) {
    bytes += bytesOf(*set);
    if (set->count * set->sampleSize > maxElements)
      return failure("a set has %lld values, expected at most %lld",
                     (long long)(set->count * set->sampleSize),
                     (long long)maxElements);
  }
  if (Status status = device.measureFree(free); status.failed())
    return status;
  free = std::max<int64_t>(free - reserve - margin, 0);
  if (bytes <= free)
    return Status::success();
  return failure("they take %lld bytes, and GPU '%s' has room for %lld",
                 (long long)bytes, device.name().c_str(), (long long)free);
}

Status DeviceData::upload(CudaDevice &device, const Dataset &data,
                          const ByteTables &tables) {
  int number = 0;
  for (const SampleSet *set : {&data.train, &data.test}) {
    DeviceSet &kept = sets[number++];
    kept.set = set;
    kept.isBytes = set->isBytes();
    if (Status status = kept.inputs.allocate(&device, bytesOf(*set), "data",
                                             HostCopy::None);
        status.failed())
      return status;
    kept.inputs.sendFrom(set->isBytes() ? (const void *)set->bytes.data()
                                        : set->floats.data());
  }
  numTables = tables.size();
  if (Status status = byteTables.allocate(&device, tables.size() * 256 * 4,
                                          "tables", HostCopy::None);
      status.failed())
    return status;
  byteTables.sendFrom(tables.data());
  return device.synchronize();
}

Status DeviceData::create(CudaDevice &device, const Dataset &data,
                          const ByteTables &tables, int64_t reserve) {
  Status status = checkFits(device, data, reserve);
  if (!status.failed())
    status = upload(device, data, tables);
  isHeld = !status.failed();
  if (!isHeld)
    for (SessionMemory *memory :
         {&sets[0].inputs, &sets[1].inputs, &byteTables})
      memory->release();
  return status;
}

const DeviceSet *DeviceData::find(const SampleSet *set) const {
  if (isHeld)
    for (const DeviceSet &kept : sets)
      if (kept.set == set)
        return &kept;
  return nullptr;
}
