//===- CudaStep.cpp - the launches of one call of a program ---------------===//
//
// See CudaStep.h. A graph is made of the second list, not of the first: by then
// the driver has compiled and loaded all kernels, which no capture may do.
//
//===----------------------------------------------------------------------===//
#include "CudaStep.h"

#include <cstring>

using namespace qnet::rt;

CudaStep::~CudaStep() {
  if (device)
    release();
}

void CudaStep::release() {
  device->destroyGraph(graph);
  device->releaseHost(hostScalars);
  device->release(deviceScalars);
  graph = nullptr;
  hostScalars = nullptr;
  deviceScalars = 0;
  capacity = 0;
}

void CudaStep::begin() {
  length = 0;
  isSame = true;
  scalars.clear();
  device->setStep(this);
}

/// Whether the launch is the one that stood at this place of the last list.
bool CudaStep::continuesAsBefore(const Launch &launch,
                                 const uint64_t *words) const {
  if (!isSame || length == launches.size())
    return false;
  return !memcmp(&launch, &launches[length], sizeof(launch)) &&
         !memcmp(words, &buffers[launch.firstBuffer],
                 launch.numBuffers * sizeof(*words));
}

void CudaStep::add(uint32_t kernel, uint32_t blocks, uint32_t threads,
                   const uint64_t *words, uint32_t numBuffers,
                   uint32_t numScalars) {
  uint32_t firstBuffer = 0;
  if (length)
    firstBuffer =
        launches[length - 1].firstBuffer + launches[length - 1].numBuffers;
  Launch launch{kernel,      blocks,     threads,
                firstBuffer, numBuffers, uint32_t(scalars.size()),
                numScalars};
  if (!continuesAsBefore(launch, words)) {
    isSame = false;
    launches.resize(length);
    buffers.resize(firstBuffer);
    launches.push_back(launch);
    buffers.insert(buffers.end(), words, words + numBuffers);
  }
  scalars.insert(scalars.end(), words + numBuffers,
                 words + numBuffers + numScalars);
  ++length;
}

/// Makes room for the scalars; done once.
Status CudaStep::reserveScalars() {
  if (scalars.size() <= capacity)
    return Status::success();
  if (capacity)
    device->await();
  release();
  int64_t bytes = scalars.size() * sizeof(uint64_t);
  for (Status status : {device->allocateHost(bytes, "scalars", hostScalars),
                        device->allocate(bytes, "scalars", deviceScalars)})
    if (status.failed())
      return status;
  capacity = scalars.size();
  return Status::success();
}

void CudaStep::submit() {
  device->setStep(nullptr);
  if (!isSame || length != launches.size()) {
    launches.resize(length);
    device->destroyGraph(graph);
    graph = nullptr;
    wasQueued = false;
  }
  if (Status status = reserveScalars(); status.failed())
    return device->keep(status);
  if (!scalars.empty())
    memcpy(hostScalars, scalars.data(), scalars.size() * sizeof(uint64_t));
  if (!graph && wasQueued && device->canCapture())
    graph = device->capture([&] { queue(); });
  wasQueued = true;
  if (graph)
    device->launchGraph(graph);
  else
    queue();
}

void CudaStep::queue() {
  for (const Copy &memory : cleared)
    device->zero(memory.address, memory.bytes);
  device->upload(deviceScalars, hostScalars, scalars.size() * sizeof(uint64_t));
  for (const Launch &launch : launches)
    queueLaunch(launch);
  for (const Copy &memory : fetched)
    device->download(memory.host, memory.address, memory.bytes);
}

/// A kernel's parameters are its buffers and, if it has scalars, where they
/// are.
void CudaStep::queueLaunch(const Launch &launch) {
  if (launch.kernel & operationMark)
    return device->runOperation(launch.kernel & ~operationMark,
                                &buffers[launch.firstBuffer]);
  parameters.clear();
  for (uint32_t i = 0; i < launch.numBuffers; ++i)
    parameters.push_back(&buffers[launch.firstBuffer + i]);
  CudaAddress place = deviceScalars + launch.firstScalar * sizeof(uint64_t);
  if (launch.numScalars)
    parameters.push_back(&place);
  device->launch(launch.kernel, launch.blocks, launch.threads,
                 parameters.data());
}
