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

class SessionMemory {
public:
  SessionMemory() = default;
  SessionMemory(const SessionMemory &) = delete;
  ~SessionMemory();

  /// Zeroed, on `device` or, where that is null, in the process. `what` names
  /// it in an error. With `isPrivate` nothing but the program looks into it.
  Status allocate(CudaDevice *device, int64_t bytes, const char *what,
                  bool isPrivate = false);
  /// The address that the program sees.
  uint8_t *data() {
    return device ? reinterpret_cast<uint8_t *>(address) : buffer.data();
  }
  template <typename T> T *as() { return reinterpret_cast<T *>(data()); }
  /// This side's copy.
  Buffer &host() { return buffer; }
  const Buffer &host() const { return buffer; }
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

private:
  CudaDevice *device = nullptr;
  CudaAddress address = 0;
  int64_t bytes = 0;
  Buffer buffer;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_SESSIONMEMORY_H
