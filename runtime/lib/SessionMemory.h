//===- SessionMemory.h - memory that a program works on ---------*- C++ -*-===//
//
// A buffer where the program runs: in the process's memory, or on a GPU with a
// copy on this side that is filled when somebody asks for it.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_SESSIONMEMORY_H
#define QNET_RUNTIME_LIB_SESSIONMEMORY_H

#include "CudaDevice.h"

namespace qnet::rt {

/// The copy on this side of a GPU's memory: in memory of the process; in memory
/// that the GPU reads and writes while the process goes on; or not there.
enum class HostCopy { Usual, PageLocked, None };

class SessionMemory {
public:
  SessionMemory() = default;
  SessionMemory(const SessionMemory &) = delete;
  ~SessionMemory();

  /// Zeroed, on `device` or, where that is null, in the process. `what` names
  /// it in an error. Without a device the process's memory is all there is.
  Status allocate(CudaDevice *device, int64_t bytes, const char *what,
                  HostCopy copy = HostCopy::Usual);
  /// The address that the program sees.
  uint8_t *data() {
    return device ? reinterpret_cast<uint8_t *>(address) : buffer.data();
  }
  template <typename T> T *as() { return reinterpret_cast<T *>(data()); }
  /// This side's copy, a usual one.
  Buffer &host() { return buffer; }
  const Buffer &host() const { return buffer; }
  /// This side's copy of either kind.
  uint8_t *hostData() { return locked ? locked : buffer.data(); }
  const uint8_t *hostData() const { return locked ? locked : buffer.data(); }
  CudaAddress deviceAddress() const { return address; }
  int64_t size() const { return bytes; }

  /// Brings this side's copy to the program, or the program's here. Done when
  /// the device has been synchronized; nothing to do without one.
  void send();
  void fetch(int64_t offset, int64_t count);
  void fetch() { fetch(0, bytes); }
  /// The same from and to memory of the caller.
  void sendFrom(const void *data);
  void fetchTo(void *data);
  void clear();
  /// Gives a device's memory back before the end.
  void release();

private:
  CudaDevice *device = nullptr;
  CudaAddress address = 0;
  int64_t bytes = 0;
  Buffer buffer;
  uint8_t *locked = nullptr;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SESSIONMEMORY_H
