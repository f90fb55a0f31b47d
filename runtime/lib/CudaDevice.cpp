//===- CudaDevice.cpp - a GPU that a session trains on --------------------===//
//
// See CudaDevice.h. The kernels are PTX, which the driver compiles when the
// first of them is launched.
//
//===----------------------------------------------------------------------===//
#include "CudaDevice.h"

#include <algorithm>
#include <cstring>

using namespace qnet::rt;

/// CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR.
static constexpr int capabilityMajor = 75, capabilityMinor = 76;
/// CU_STREAM_NON_BLOCKING, CU_EVENT_DISABLE_TIMING.
static constexpr unsigned nonBlocking = 1, disableTiming = 2;
/// CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.
static constexpr int captureThread = 1;
/// CU_JIT_ERROR_LOG_BUFFER, _SIZE_BYTES.
static constexpr int jitErrorLog = 5, jitErrorLogBytes = 6;

CudaDevice::~CudaDevice() {
  if (!context)
    return;
  driver.setCurrent(context);
  for (CudaHandle handle : {copies, stream})
    if (handle)
      driver.streamSynchronize(handle);
  operations.reset();
  for (CudaHandle handle : {copies, stream})
    if (handle)
      driver.streamDestroy(handle);
  if (module)
    driver.moduleUnload(module);
  driver.primaryRelease(device);
}

Status CudaDevice::selectDevice() {
  CudaResult result = driver.init(0);
  int count = 0;
  if (!result)
    result = driver.deviceGetCount(&count);
  if (result == cudaNoDevice || (!result && count == 0))
    return failure("no NVIDIA GPU is present: this program is compiled for "
                   "cuda sm_%u%s",
                   chip(), isAlone() ? "a" : "");
  if (!result)
    result = driver.deviceGet(&device, 0);
  char text[256] = "";
  if (!result)
    result = driver.deviceGetName(text, sizeof(text), device);
  if (result)
    return failure("cannot use the GPU: %s", driver.describe(result).c_str());
  deviceName = text;
  return Status::success();
}

Status CudaDevice::checkCapability() {
  int major = 0, minor = 0;
  CudaResult result =
      driver.deviceGetAttribute(&major, capabilityMajor, device);
  if (!result)
    result = driver.deviceGetAttribute(&minor, capabilityMinor, device);
  if (result)
    return failure("cannot use the GPU: %s", driver.describe(result).c_str());
  unsigned capability = major * 10 + minor;
  if (isAlone() && capability != chip())
    return failure("GPU '%s' is sm_%u, expected sm_%u: the program is of "
                   "cuda:sm_%ua, for that chip alone",
                   deviceName.c_str(), capability, chip(), chip());
  if (capability < chip())
    return failure("GPU '%s' is sm_%u, expected sm_%u or newer",
                   deviceName.c_str(), capability, chip());
  return Status::success();
}

Status CudaDevice::open() {
  if (Status status = driver.open(); status.failed())
    return status;
  for (auto stage : {&CudaDevice::selectDevice, &CudaDevice::checkCapability})
    if (Status status = (this->*stage)(); status.failed())
      return status;
  CudaResult result = driver.primaryRetain(&context, device);
  if (result)
    context = nullptr;
  else
    result = driver.setCurrent(context);
  if (!result)
    result = driver.streamCreate(&stream, nonBlocking);
  if (!result)
    result = driver.streamCreate(&copies, nonBlocking);
  kernels.resize(program.num_kernels);
  if (!result) {
    operations.reset(new CudaOperations);
    return operations->create(*this, program);
  }
  return failure("cannot use GPU '%s': %s", deviceName.c_str(),
                 driver.describe(result).c_str());
}

/// The version that the text starts with, e.g. "8.0".
static std::string ptxVersion(const char *ptx) {
  const char *line = strstr(ptx, ".version ");
  if (!line)
    return "unknown";
  line += strlen(".version ");
  return std::string(line, strcspn(line, "\r\n "));
}

Status CudaDevice::loadModule() {
  char log[4096] = "";
  int options[] = {jitErrorLog, jitErrorLogBytes};
  void *values[] = {log, reinterpret_cast<void *>(uintptr_t(sizeof(log)))};
  CudaResult result =
      driver.moduleLoad(&module, program.ptx, 2, options, values);
  if (!result)
    return Status::success();
  module = nullptr;
  if (result == cudaUnsupportedPtxVersion || result == cudaNoBinaryForGpu) {
    int version = 0;
    driver.driverGetVersion(&version);
    return failure("the NVIDIA driver is too old: it is of CUDA %d.%d, and "
                   "cannot load this program's PTX %s",
                   version / 1000, version % 1000 / 10,
                   ptxVersion(program.ptx).c_str());
  }
  std::string reason = driver.describe(result);
  if (*log)
    reason += ": " + std::string(log, strcspn(log, "\r\n"));
  return failure("the NVIDIA driver cannot load this program's kernels: %s",
                 reason.c_str());
}

Status CudaDevice::findKernel(uint32_t kernel, CudaHandle &function) {
  if (kernel >= kernels.size())
    return failure("kernel %u: expected one of the program's %zu", kernel,
                   kernels.size());
  if (!module)
    if (Status status = loadModule(); status.failed())
      return status;
  if (!kernels[kernel])
    if (CudaResult result = driver.moduleGetFunction(&kernels[kernel], module,
                                                     program.kernels[kernel]))
      return failure("cannot find kernel '%s': %s", program.kernels[kernel],
                     driver.describe(result).c_str());
  function = kernels[kernel];
  return Status::success();
}

void CudaDevice::keep(CudaResult result, const char *what) {
  if (result && !error.failed())
    error = failure("%s failed on GPU '%s': %s", what, deviceName.c_str(),
                    driver.describe(result).c_str());
}

Status CudaDevice::allocate(int64_t bytes, const char *what,
                            CudaAddress &address) {
  address = 0;
  CudaResult result = driver.setCurrent(context);
  // The driver refuses a size of 0.
  if (!result)
    result = driver.memAlloc(&address, bytes > 0 ? bytes : 1);
  if (!result) {
    sizes[address] = bytes;
    allocated += bytes;
    peak = std::max(peak, allocated);
    return Status::success();
  }
  address = 0;
  if (result == cudaOutOfMemory)
    return failure("cannot allocate %lld bytes for the %s on GPU '%s'",
                   (long long)bytes, what, deviceName.c_str());
  return failure("cannot allocate memory on GPU '%s': %s", deviceName.c_str(),
                 driver.describe(result).c_str());
}

Status CudaDevice::measureFree(int64_t &bytes) {
  size_t free = 0, total = 0;
  CudaResult result = driver.setCurrent(context);
  if (!result)
    result = driver.memGetInfo(&free, &total);
  bytes = int64_t(free);
  if (!result)
    return Status::success();
  return failure("cannot ask for the free memory of GPU '%s': %s",
                 deviceName.c_str(), driver.describe(result).c_str());
}

void CudaDevice::release(CudaAddress address) {
  if (!address || driver.setCurrent(context))
    return;
  driver.memFree(address);
  allocated -= sizes[address];
  sizes.erase(address);
}

Status CudaDevice::allocateHost(int64_t bytes, const char *what,
                                uint8_t *&memory) {
  void *pointer = nullptr;
  CudaResult result = driver.setCurrent(context);
  if (!result)
    result = driver.hostAlloc(&pointer, bytes > 0 ? bytes : 1, 0);
  memory = result ? nullptr : static_cast<uint8_t *>(pointer);
  if (!result)
    return Status::success();
  return failure("cannot allocate %lld bytes of page-locked memory for the %s: "
                 "%s",
                 (long long)bytes, what, driver.describe(result).c_str());
}

void CudaDevice::releaseHost(uint8_t *memory) {
  if (memory && !driver.setCurrent(context))
    driver.hostFree(memory);
}

void CudaDevice::upload(CudaAddress to, const void *from, int64_t bytes) {
  if (bytes && !error.failed()) {
    keep(driver.setCurrent(context), "selecting the device");
    keep(driver.copyToDevice(to, from, bytes, stream), "an upload");
  }
}

void CudaDevice::download(void *to, CudaAddress from, int64_t bytes) {
  if (bytes && !error.failed()) {
    keep(driver.setCurrent(context), "selecting the device");
    keep(driver.copyToHost(to, from, bytes, stream), "a download");
  }
}

void CudaDevice::zero(CudaAddress address, int64_t bytes) {
  if (bytes && !error.failed()) {
    keep(driver.setCurrent(context), "selecting the device");
    keep(driver.fill(address, 0, bytes, stream), "clearing memory");
  }
}

void CudaDevice::launch(uint32_t kernel, uint32_t blocks, uint32_t threads,
                        void **parameters) {
  if (error.failed())
    return;
  keep(driver.setCurrent(context), "selecting the device");
  CudaHandle function = nullptr;
  if (Status status = findKernel(kernel, function); status.failed()) {
    error = status;
    return;
  }
  CudaResult result = driver.launchKernel(function, blocks, 1, 1, threads, 1, 1,
                                          0, stream, parameters, nullptr);
  if (result)
    keep(result, formatText("kernel '%s'", program.kernels[kernel]).c_str());
}

void CudaDevice::runOperation(uint32_t operation, const CudaAddress *buffers) {
  if (error.failed())
    return;
  keep(driver.setCurrent(context), "selecting the device");
  if (Status status = operations->run(operation, buffers); status.failed())
    keep(failure("GPU '%s': %s", deviceName.c_str(), status.message().c_str()));
}

Status CudaDevice::createEvent(CudaHandle &event) {
  CudaResult result = driver.setCurrent(context);
  if (!result)
    result = driver.eventCreate(&event, disableTiming);
  if (!result)
    return Status::success();
  event = nullptr;
  return failure("cannot use GPU '%s': %s", deviceName.c_str(),
                 driver.describe(result).c_str());
}

void CudaDevice::destroyEvent(CudaHandle event) {
  if (event && !driver.setCurrent(context))
    driver.eventDestroy(event);
}

void CudaDevice::uploadAhead(CudaAddress to, const void *from, int64_t bytes) {
  if (bytes && !error.failed()) {
    keep(driver.setCurrent(context), "selecting the device");
    keep(driver.copyToDevice(to, from, bytes, copies), "an upload");
  }
}

void CudaDevice::markUploaded(CudaHandle event) {
  if (!error.failed())
    keep(driver.eventRecord(event, copies), "an event");
}

void CudaDevice::waitFor(CudaHandle event) {
  if (!error.failed())
    keep(driver.streamWaitEvent(stream, event, 0), "an event");
}

void CudaDevice::mark(CudaHandle event) {
  if (!error.failed())
    keep(driver.eventRecord(event, stream), "an event");
}

bool CudaDevice::beginCapture() {
  captureFailed = error.failed() || driver.setCurrent(context) ||
                  driver.streamBeginCapture(stream, captureThread);
  return !captureFailed;
}

CudaHandle CudaDevice::endCapture() {
  CudaHandle graph = nullptr, executable = nullptr;
  CudaResult result = driver.streamEndCapture(stream, &graph);
  if (!result && !error.failed() && graph)
    result = driver.graphInstantiate(&executable, graph, 0);
  if (graph)
    driver.graphDestroy(graph);
  captureFailed = result || error.failed() || !executable;
  // What was queued meanwhile has not run: its errors are the capture's.
  error = Status();
  return captureFailed ? nullptr : executable;
}

void CudaDevice::launchGraph(CudaHandle graph) {
  if (error.failed())
    return;
  keep(driver.setCurrent(context), "selecting the device");
  keep(driver.graphLaunch(graph, stream), "a step");
}

void CudaDevice::destroyGraph(CudaHandle graph) {
  if (graph && !driver.setCurrent(context))
    driver.graphExecDestroy(graph);
}

void CudaDevice::await() {
  keep(driver.setCurrent(context), "selecting the device");
  for (CudaHandle handle : {copies, stream})
    keep(driver.streamSynchronize(handle), "a kernel or copy");
}

Status CudaDevice::takeError() {
  Status first = error;
  error = Status();
  return first;
}

Status CudaDevice::finish(CudaHandle event) {
  keep(driver.setCurrent(context), "selecting the device");
  keep(driver.eventSynchronize(event), "a kernel or copy");
  return takeError();
}

Status CudaDevice::synchronize() {
  await();
  return takeError();
}
