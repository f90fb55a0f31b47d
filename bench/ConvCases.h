//===- ConvCases.h - The products of a convolution layer --------*- C++ -*-===//
//
// Forward, input gradient and filter gradient of a square convolution, padded
// as the zoo's are: an output for each `stride` inputs. Layouts are qnet's:
// images (n, h, w, c), filters (f, i, j, c).
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_CONVCASES_H
#define QNET_BENCH_CONVCASES_H

#include "GemmCases.h"

namespace qnet::bench {

struct ConvCase {
  Product product;
  int64_t batch, image, channels, filters, window, stride;

  /// "forward", "input-grad", "filter-grad".
  const char *name() const;
  int64_t output() const { return (image + stride - 1) / stride; }
  /// Zeros before and after each row and column.
  int64_t padLow() const { return padding() / 2; }
  int64_t padHigh() const { return padding() - padLow(); }

  int64_t sizeX() const { return batch * image * image * channels; }
  int64_t sizeY() const { return batch * output() * output() * filters; }
  int64_t sizeW() const { return filters * window * window * channels; }
  /// The factors a and b, and the result c, of the product.
  int64_t sizeA() const {
    return product == Product::Forward ? sizeX() : sizeY();
  }
  int64_t sizeB() const {
    return product == Product::WeightGradient ? sizeX() : sizeW();
  }
  int64_t sizeC() const;
  ProductState state(bool codes) const { return {sizeA(), sizeB(), codes}; }

  /// Multiplications and additions, those with padding included.
  double flops() const { return 2.0 * sizeY() * window * window * channels; }
  /// The program whose predict writes c.
  std::string buildIR(bool codes) const;
  /// Element `i` of c in f64, and the sum of its terms' magnitudes.
  struct Sum {
    double value = 0, magnitude = 0;
    int64_t terms = 0;
  };
  Sum compute(const float *a, const float *b, int64_t i) const;

private:
  int64_t padding() const;
};

} // namespace qnet::bench

#endif // QNET_BENCH_CONVCASES_H
