//===- CudaDriver.cpp - NVIDIA's driver, opened at run time ---------------===//
//
// See CudaDriver.h. Names with a version suffix are those that the driver's own
// header maps the plain names to.
//
//===----------------------------------------------------------------------===//
#include "CudaDriver.h"

#include <dlfcn.h>

using namespace qnet::rt;

CudaDriver::~CudaDriver() {
  if (library)
    dlclose(library);
}

namespace {
struct Symbol {
  const char *name;
  void *place;
};
} // namespace

Status CudaDriver::open() {
  const char *name = getenv("QNET_CUDA_LIBRARY");
  if (!name || !*name)
    name = "libcuda.so.1";
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    return failure("no NVIDIA driver: cannot open '%s': %s", name,
                   reason ? reason : "unknown reason");
  }
  const Symbol symbols[] = {
      {"cuInit", &init},
      {"cuDriverGetVersion", &driverGetVersion},
      {"cuDeviceGetCount", &deviceGetCount},
      {"cuDeviceGet", &deviceGet},
      {"cuDeviceGetName", &deviceGetName},
      {"cuDeviceGetAttribute", &deviceGetAttribute},
      {"cuDevicePrimaryCtxRetain", &primaryRetain},
      {"cuDevicePrimaryCtxRelease_v2", &primaryRelease},
      {"cuCtxSetCurrent", &setCurrent},
      {"cuModuleLoadDataEx", &moduleLoad},
      {"cuModuleUnload", &moduleUnload},
      {"cuModuleGetFunction", &moduleGetFunction},
      {"cuMemAlloc_v2", &memAlloc},
      {"cuMemFree_v2", &memFree},
      {"cuMemGetInfo_v2", &memGetInfo},
      {"cuMemHostAlloc", &hostAlloc},
      {"cuMemFreeHost", &hostFree},
      {"cuMemcpyHtoDAsync_v2", &copyToDevice},
      {"cuMemcpyDtoHAsync_v2", &copyToHost},
      {"cuMemsetD8Async", &fill},
      {"cuStreamCreate", &streamCreate},
      {"cuStreamDestroy_v2", &streamDestroy},
      {"cuStreamSynchronize", &streamSynchronize},
      {"cuStreamWaitEvent", &streamWaitEvent},
      {"cuEventCreate", &eventCreate},
      {"cuEventDestroy_v2", &eventDestroy},
      {"cuEventRecord", &eventRecord},
      {"cuEventSynchronize", &eventSynchronize},
      {"cuLaunchKernel", &launchKernel},
      {"cuGetErrorName", &getErrorName},
      {"cuGetErrorString", &getErrorString},
  };
  for (const Symbol &symbol : symbols) {
    void *found = dlsym(library, symbol.name);
    if (!found)
      return failure("the NVIDIA driver '%s' is too old: it lacks %s", name,
                     symbol.name);
    *static_cast<void **>(symbol.place) = found;
  }
  openGraphs();
  return Status::success();
}

/// Finds all or none.
void CudaDriver::openGraphs() {
  const Symbol symbols[] = {
      {"cuStreamBeginCapture_v2", &streamBeginCapture},
      {"cuStreamEndCapture", &streamEndCapture},
      {"cuGraphInstantiateWithFlags", &graphInstantiate},
      {"cuGraphLaunch", &graphLaunch},
      {"cuGraphExecDestroy", &graphExecDestroy},
      {"cuGraphDestroy", &graphDestroy},
  };
  bool hasAll = true;
  for (const Symbol &symbol : symbols)
    hasAll &= (*static_cast<void **>(symbol.place) =
                   dlsym(library, symbol.name)) != nullptr;
  for (const Symbol &symbol : symbols)
    if (!hasAll)
      *static_cast<void **>(symbol.place) = nullptr;
}

std::string CudaDriver::describe(CudaResult result) const {
  const char *name = nullptr, *text = nullptr;
  if (getErrorName(result, &name) || !name)
    return formatText("error %d", result);
  if (getErrorString(result, &text) || !text)
    return name;
  return formatText("%s (%s)", text, name);
}
