//===- BatchSlot.cpp - a batch on its way through a program ---------------===//
//
// See BatchSlot.h. The uploads wait for nothing: a slot is filled when the
// results of its last batch have been read, which its kernels precede.
//
//===----------------------------------------------------------------------===//
#include "BatchSlot.h"

#include <cstring>

using namespace qnet::rt;

BatchSlot::~BatchSlot() {
  if (!device)
    return;
  device->destroyEvent(uploaded);
  device->destroyEvent(done);
}

Status BatchSlot::create(CudaDevice *on, const Manifest &manifest) {
  device = on;
  int64_t batch = manifest.batch;
  HostCopy copy = HostCopy::PageLocked;
  for (Status status :
       {losses.allocate(device, 4 * batch, "losses", copy),
        predictions.allocate(device, 4 * batch, "predictions", copy),
        flags.allocate(device, 4 * manifest.parameters.size(), "flags", copy)})
    if (status.failed())
      return status;
  if (!device)
    return Status::success();
  int64_t targets = manifest.classification ? 1 : manifest.targetSize();
  for (Status status :
       {inputs.allocate(device, 4 * batch * manifest.sampleSize(), "inputs",
                        copy),
        labels.allocate(device, 4 * batch * targets, "labels", copy),
        places.allocate(device, sizeof(BatchPlace) * batch, "places", copy),
        device->createEvent(uploaded), device->createEvent(done)})
    if (status.failed())
      return status;
  for (CudaStep *step : {&training, &evaluation}) {
    step->create(*device);
    for (SessionMemory *result : {&losses, &predictions})
      step->fetchAfter(result->deviceAddress(), result->hostData(),
                       result->size());
  }
  training.clearBefore(flags.deviceAddress(), flags.size());
  training.fetchAfter(flags.deviceAddress(), flags.hostData(), flags.size());
  return Status::success();
}

BatchMemory BatchSlot::memory(const DeviceSet *from) {
  source = from;
  if (!device)
    return {};
  if (source)
    return {nullptr, labels.hostData(),
            reinterpret_cast<BatchPlace *>(places.hostData())};
  return {reinterpret_cast<float *>(inputs.hostData()), labels.hostData(),
          nullptr};
}

/// Moves a caller's data to where the device reads it while the caller goes on.
static const void *stage(SessionMemory &memory, const void *data) {
  if (data != memory.hostData())
    memcpy(memory.hostData(), data, memory.size());
  return memory.hostData();
}

void BatchSlot::sendAhead(const float *inputData, const void *labelData) {
  labelsHere = labelData;
  if (!device)
    return;
  labelsHere = stage(labels, labelData);
  if (inputData) {
    source = nullptr;
    device->uploadAhead(inputs.deviceAddress(), stage(inputs, inputData),
                        inputs.size());
  } else {
    device->uploadAhead(places.deviceAddress(), places.hostData(),
                        places.size());
  }
  device->uploadAhead(labels.deviceAddress(), labelsHere, labels.size());
  device->markUploaded(uploaded);
  device->waitFor(uploaded);
}
