//===- Blas.cpp - OpenBLAS, where it is installed -------------------------===//
//
// The library must be OpenBLAS itself: another BLAS has no call for the number
// of threads.
//
//===----------------------------------------------------------------------===//

#include "Blas.h"
#include "qnet/Driver/Driver.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>

using namespace qnet;
using namespace qnet::bench;

static void *openLibrary() {
  for (const char *name : {"libopenblas.so.0", "libopenblas.so"})
    if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL))
      return library;
  return nullptr;
}

template <typename Function>
static void find(void *library, Function &function, const char *name) {
  function = reinterpret_cast<Function>(dlsym(library, name));
}

/// An OpenBLAS that is older than the CPU takes its slowest kernels. True if it
/// did, and a better choice is now in the environment.
static bool chooseCore(void *library) {
  char *(*getCoreName)() = nullptr;
  find(library, getCoreName, "openblas_get_corename");
  if (!getCoreName || std::strcmp(getCoreName(), "Prescott") != 0)
    return false;
  llvm::Expected<TargetCPU> cpu = resolveTargetCPU("native");
  if (!cpu) {
    llvm::consumeError(cpu.takeError());
    return false;
  }
  if (cpu->vectorBits < 256)
    return false;
  // Keeps a choice of the user's.
  return !getenv("OPENBLAS_CORETYPE") &&
         setenv("OPENBLAS_CORETYPE",
                cpu->vectorBits == 512 ? "SkylakeX" : "Haswell", 0) == 0;
}

Blas::Blas() {
  void *library = openLibrary();
  if (library && chooseCore(library)) {
    // It looks at the environment when it is loaded.
    dlclose(library);
    library = openLibrary();
  }
  if (!library)
    return;
  find(library, setNumThreads, "openblas_set_num_threads");
  find(library, getConfig, "openblas_get_config");
  if (setNumThreads)
    find(library, multiply, "cblas_sgemm");
}

std::string Blas::describe() const {
  if (!found())
    return "not installed";
  return getConfig ? getConfig() : "OpenBLAS";
}

void Blas::gemm(bool transposeA, bool transposeB, int m, int n, int k,
                const float *a, const float *b, float *c) const {
  constexpr int rowMajor = 101, plain = 111, transposed = 112;
  multiply(rowMajor, transposeA ? transposed : plain,
           transposeB ? transposed : plain, m, n, k, 1.0f, a,
           transposeA ? m : k, b, transposeB ? k : n, 0.0f, c, n);
}
