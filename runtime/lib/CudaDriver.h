//===- CudaDriver.h - NVIDIA's driver, opened at run time -------*- C++ -*-===//
//
// The functions of libcuda that the runtime calls, found by dlsym: nothing of
// CUDA is needed to build or to link, and a trainer for CPUs never looks for
// it. Types and numbers are those of the driver's stable ABI.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CUDADRIVER_H
#define QNET_RUNTIME_LIB_CUDADRIVER_H

#include "Support.h"

namespace qnet::rt {

using CudaResult = int;
using CudaHandle = void *;
using CudaAddress = uint64_t;

/// Results that have messages of their own.
constexpr CudaResult cudaOutOfMemory = 2;
constexpr CudaResult cudaNoDevice = 100;
constexpr CudaResult cudaNoBinaryForGpu = 209;
constexpr CudaResult cudaUnsupportedPtxVersion = 222;

class CudaDriver {
public:
  CudaDriver() = default;
  CudaDriver(const CudaDriver &) = delete;
  ~CudaDriver();
  /// Opens libcuda.so.1, or what $QNET_CUDA_LIBRARY names (for tests).
  Status open();
  /// Whether the driver can capture a stream as a graph.
  bool hasGraphs() const { return graphLaunch; }
  /// "out of memory (CUDA_ERROR_OUT_OF_MEMORY)"
  std::string describe(CudaResult result) const;

  CudaResult (*init)(unsigned flags);
  CudaResult (*driverGetVersion)(int *version);
  CudaResult (*deviceGetCount)(int *count);
  CudaResult (*deviceGet)(int *device, int ordinal);
  CudaResult (*deviceGetName)(char *name, int length, int device);
  CudaResult (*deviceGetAttribute)(int *value, int attribute, int device);
  CudaResult (*primaryRetain)(CudaHandle *context, int device);
  CudaResult (*primaryRelease)(int device);
  CudaResult (*setCurrent)(CudaHandle context);
  CudaResult (*moduleLoad)(CudaHandle *module, const void *image,
                           unsigned numOptions, int *options, void **values);
  CudaResult (*moduleUnload)(CudaHandle module);
  CudaResult (*moduleGetFunction)(CudaHandle *function, CudaHandle module,
                                  const char *name);
  CudaResult (*memAlloc)(CudaAddress *address, size_t bytes);
  CudaResult (*memFree)(CudaAddress address);
  CudaResult (*memGetInfo)(size_t *free, size_t *total);
  CudaResult (*hostAlloc)(void **memory, size_t bytes, unsigned flags);
  CudaResult (*hostFree)(void *memory);
  CudaResult (*copyToDevice)(CudaAddress to, const void *from, size_t bytes,
                             CudaHandle stream);
  CudaResult (*copyToHost)(void *to, CudaAddress from, size_t bytes,
                           CudaHandle stream);
  CudaResult (*fill)(CudaAddress address, unsigned char value, size_t bytes,
                     CudaHandle stream);
  CudaResult (*streamCreate)(CudaHandle *stream, unsigned flags);
  CudaResult (*streamDestroy)(CudaHandle stream);
  CudaResult (*streamSynchronize)(CudaHandle stream);
  CudaResult (*streamWaitEvent)(CudaHandle stream, CudaHandle event,
                                unsigned flags);
  CudaResult (*eventCreate)(CudaHandle *event, unsigned flags);
  CudaResult (*eventDestroy)(CudaHandle event);
  CudaResult (*eventRecord)(CudaHandle event, CudaHandle stream);
  CudaResult (*eventSynchronize)(CudaHandle event);
  CudaResult (*launchKernel)(CudaHandle function, unsigned gridX,
                             unsigned gridY, unsigned gridZ, unsigned blockX,
                             unsigned blockY, unsigned blockZ,
                             unsigned sharedBytes, CudaHandle stream,
                             void **parameters, void **extra);

  /// Null, all of them, unless hasGraphs.
  CudaResult (*streamBeginCapture)(CudaHandle stream, int mode);
  CudaResult (*streamEndCapture)(CudaHandle stream, CudaHandle *graph);
  CudaResult (*graphInstantiate)(CudaHandle *executable, CudaHandle graph,
                                 unsigned long long flags);
  CudaResult (*graphLaunch)(CudaHandle executable, CudaHandle stream);
  CudaResult (*graphExecDestroy)(CudaHandle executable);
  CudaResult (*graphDestroy)(CudaHandle graph);

private:
  void openGraphs();
  CudaResult (*getErrorName)(CudaResult result, const char **text);
  CudaResult (*getErrorString)(CudaResult result, const char **text);
  void *library = nullptr;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CUDADRIVER_H
