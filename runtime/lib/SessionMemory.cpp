//===- SessionMemory.cpp - memory that a program works on -----------------===//
//
// See SessionMemory.h.
//
//===----------------------------------------------------------------------===//
#include "SessionMemory.h"

#include <cstring>

using namespace qnet::rt;

SessionMemory::~SessionMemory() { release(); }

void SessionMemory::release() {
  if (!device)
    return;
  device->release(address);
  device->releaseHost(locked);
  address = 0;
  locked = nullptr;
}

Status SessionMemory::allocate(CudaDevice *on, int64_t size, const char *what,
                               HostCopy copy) {
  release();
  device = on;
  bytes = size;
  if ((!device || copy == HostCopy::Usual) && !buffer.allocate(size))
    return failure("cannot allocate %lld bytes for the %s", (long long)size,
                   what);
  if (!device)
    return Status::success();
  if (copy == HostCopy::PageLocked)
    if (Status status = device->allocateHost(size, what, locked);
        status.failed())
      return status;
  Status status = device->allocate(size, what, address);
  if (!status.failed())
    device->zero(address, size);
  return status;
}

void SessionMemory::send() {
  if (device)
    device->upload(address, hostData(), bytes);
}

void SessionMemory::fetch(int64_t offset, int64_t count) {
  if (device)
    device->download(hostData() + offset, address + offset, count);
}

void SessionMemory::sendFrom(const void *data) {
  if (device)
    device->upload(address, data, bytes);
}

void SessionMemory::fetchTo(void *data) {
  if (device)
    device->download(data, address, bytes);
}

void SessionMemory::clear() {
  if (device)
    device->zero(address, bytes);
  else
    memset(buffer.data(), 0, bytes);
}
