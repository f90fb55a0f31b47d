//===- Thresholds.h - The sign of a scaled and shifted value ----*- C++ -*-===//
//
// What qnet-fold-thresholds computes per channel, for tests and plugins.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_DIALECT_QNET_TRANSFORMS_THRESHOLDS_H
#define QNET_DIALECT_QNET_TRANSFORMS_THRESHOLDS_H

namespace qnet {

/// Both ends belong to it; NaN ends make it empty.
struct Interval {
  float low, high;
};

/// The x with fl(fl(x factor) + offset) >= 0 in f32.
Interval findSignInterval(float factor, float offset);

} // namespace qnet

#endif // QNET_DIALECT_QNET_TRANSFORMS_THRESHOLDS_H
