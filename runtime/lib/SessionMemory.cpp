//===- SessionMemory.cpp - memory that a program works on -----------------===//
//
// See SessionMemory.h.
//
//===----------------------------------------------------------------------===//
#include "SessionMemory.h"

#include <cstring>

using namespace qnet::rt;

SessionMemory::~SessionMemory() {
  if (device)
    device->release(address);
}

Status SessionMemory::allocate(CudaDevice *on, int64_t size, const char *what,
                               bool isPrivate) {
  if (device)
    device->release(address);
  device = on;
  address = 0;
  bytes = size;
  if (!(device && isPrivate) && !buffer.allocate(size))
    return failure("cannot allocate %lld bytes for the %s", (long long)size,
                   what);
  if (!device)
    return Status::success();
  Status status = device->allocate(size, what, address);
  if (!status.failed())
    device->zero(address, size);
  return status;
}

void SessionMemory::send() {
  if (device)
    device->upload(address, buffer.data(), bytes);
}

void SessionMemory::fetch(int64_t offset, int64_t count) {
  if (device)
    device->download(buffer.data() + offset, address + offset, count);
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
