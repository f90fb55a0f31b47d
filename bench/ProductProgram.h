//===- ProductProgram.h - A product as a program to compile -----*- C++ -*-===//
//
// A module whose entry `predict` writes one product of two pieces of state, so
// that any product of a layer fits it: the caller owns the result.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_PRODUCTPROGRAM_H
#define QNET_BENCH_PRODUCTPROGRAM_H

#include <cstdint>
#include <string>

namespace qnet::bench {

/// c = op(a, b). The types are text; b may hold codes.
struct ProductProgram {
  std::string op; ///< with its attributes
  std::string a, b, c;
  bool codesB;
  int64_t batch; ///< the first size of c

  std::string buildIR() const;
};

/// "tensor<4x3xf32>", or of codes of #qnet.binary<1.0>.
std::string tensorType(std::initializer_list<int64_t> shape,
                       bool codes = false);

/// Where two factors lie in the state block.
struct ProductState {
  int64_t sizeA, sizeB; ///< elements
  bool codesB;

  int64_t bytesB() const { return codesB ? (sizeB + 31) / 32 * 4 : 4 * sizeB; }
  int64_t offsetB() const { return (4 * sizeA + 63) / 64 * 64; }
  int64_t bytes() const { return (offsetB() + bytesB() + 63) / 64 * 64; }
  /// Copies b, or the signs of its values as codes, into the block.
  void storeB(char *block, const float *b) const;
};

} // namespace qnet::bench

#endif // QNET_BENCH_PRODUCTPROGRAM_H
