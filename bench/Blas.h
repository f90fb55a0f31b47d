//===- Blas.h - OpenBLAS, where it is installed -----------------*- C++ -*-===//
//
// Opened at run time: nothing of it is needed to build.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_BLAS_H
#define QNET_BENCH_BLAS_H

#include <string>

namespace qnet::bench {

class Blas {
public:
  Blas();
  bool found() const { return multiply; }
  /// "OpenBLAS 0.3.21 ...", or "not installed".
  std::string describe() const;
  void setThreads(int threads) const {
    if (found())
      setNumThreads(threads);
  }
  /// c[m,n] = a b, row major, contiguous; a is stored [k,m] if `transposeA`, b
  /// [n,k] if `transposeB`.
  void gemm(bool transposeA, bool transposeB, int m, int n, int k,
            const float *a, const float *b, float *c) const;

private:
  using Multiply = void (*)(int order, int transposeA, int transposeB, int m,
                            int n, int k, float alpha, const float *a, int lda,
                            const float *b, int ldb, float beta, float *c,
                            int ldc);
  Multiply multiply = nullptr;
  void (*setNumThreads)(int) = nullptr;
  char *(*getConfig)() = nullptr;
};

} // namespace qnet::bench

#endif // QNET_BENCH_BLAS_H
