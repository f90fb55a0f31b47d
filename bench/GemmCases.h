//===- GemmCases.h - The products of a dense layer --------------*- C++ -*-===//
//
// Forward y = x w^T, input gradient dx = dy w, weight gradient dw = dy^T x of a
// layer with `batch` samples: as IR for qnet and as one call of a BLAS.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_GEMMCASES_H
#define QNET_BENCH_GEMMCASES_H

#include "ProductProgram.h"

namespace qnet::bench {

enum class Product { Forward, InputGradient, WeightGradient };

struct GemmCase {
  Product product;
  int64_t batch, outputs, inputs;
  bool binary; ///< the weights are codes of #qnet.binary<1.0>

  const char *name() const;
  /// The product as c[m,n] = a[m,k] b[k,n], and how a and b are stored.
  int64_t m() const {
    return product == Product::WeightGradient ? outputs : batch;
  }
  int64_t n() const { return product == Product::Forward ? outputs : inputs; }
  int64_t k() const;
  bool transposeA() const { return product == Product::WeightGradient; }
  bool transposeB() const { return product == Product::Forward; }
  bool hasCodes() const { return binary && product != Product::WeightGradient; }
  int64_t sizeA() const { return m() * k(); }
  int64_t sizeB() const { return k() * n(); }
  ProductState state() const { return {sizeA(), sizeB(), hasCodes()}; }
  double flops() const { return 2.0 * m() * n() * k(); }
  /// The program whose predict writes the product of its two pieces of state.
  std::string buildIR() const;
};

} // namespace qnet::bench

#endif // QNET_BENCH_GEMMCASES_H
