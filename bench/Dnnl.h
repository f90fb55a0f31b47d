//===- Dnnl.h - Convolutions by oneDNN, where it was found ------*- C++ -*-===//
//
// CMake looks for its headers; without them nothing is found here.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_DNNL_H
#define QNET_BENCH_DNNL_H

#include "ConvCases.h"

#include <memory>
#include <vector>

namespace qnet::bench {

/// One product of one convolution, in one choice of layouts.
class DnnlConv {
public:
  virtual ~DnnlConv() = default;
  /// "nhwc", or what the library chose: "any", "any filters".
  virtual const char *layout() const = 0;
  /// Whether it is a kernel by minimal filtering.
  virtual bool isWinograd() const = 0;
  /// The product; copies to and from the library's own layouts are not in it.
  virtual void run() = 0;
  /// The result of the last run, as qnet stores it.
  virtual void readResult(float *c) = 0;
};

/// "oneDNN 2.6.3", or "not installed".
std::string describeDnnl();
/// Every choice of layouts, for `threads` threads; empty without the library.
/// Factors are qnet's; they are copied.
std::vector<std::unique_ptr<DnnlConv>> makeDnnlConvs(const ConvCase &conv,
                                                     const float *a,
                                                     const float *b,
                                                     int threads);

} // namespace qnet::bench

#endif // QNET_BENCH_DNNL_H
