//===- GemmCases.h - The products of a dense layer --------------*- C++ -*-===//
//
// Forward y = x w^T, input gradient dx = dy w, weight gradient dw = dy^T x of a
// layer with `batch` samples: as IR for qnet and as one call of a BLAS.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_GEMMCASES_H
#define QNET_BENCH_GEMMCASES_H

#include <cstdint>
#include <string>

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
  int64_t bytesB() const {
    return hasCodes() ? (sizeB() + 31) / 32 * 4 : 4 * sizeB();
  }
  /// Where b lies in the state block (a is first), and the block's size.
  int64_t offsetB() const { return (4 * sizeA() + 63) / 64 * 64; }
  int64_t stateBytes() const { return (offsetB() + bytesB() + 63) / 64 * 64; }
  double flops() const { return 2.0 * m() * n() * k(); }
  /// The program whose predict writes the product of its two pieces of state.
  std::string buildIR() const;
};

} // namespace qnet::bench

#endif // QNET_BENCH_GEMMCASES_H
