//===- Stall.h - epochs in which no quantized weight moves ------*- C++ -*-===//
//
// Deterministic rounding after a step undoes every step below half the grid's
// spacing; training then goes nowhere without an error. Watches the packed
// codes of the state, where the manifest says that they are rounded without
// random bits, for an epoch in which no step changed them.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_STALL_H
#define QNET_RUNTIME_LIB_STALL_H

#include "Session.h"

namespace qnet::rt {

class StallWatch {
public:
  void start(const Session &session);
  /// Before the first step of an epoch.
  void beginEpoch(const Session &session);
  void afterStep(const Session &session);
  /// Whether the epoch moved no code although its updates were not all zero, as
  /// far as the optimizer's state tells; true once at most.
  bool endEpoch(const Session &session);

private:
  bool moved(const Session &session) const;
  std::vector<const StateTensor *> codes;
  std::vector<uint8_t> before;
  bool watching = false; // The codes are still those of the epoch's start.
};

/// The warning, one line.
std::string formatStall(const Manifest &manifest, int64_t epoch);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_STALL_H
