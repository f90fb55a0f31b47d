//===- Changes.h - the share of weights that changed ------------*- C++ -*-===//
//
// Compares the packed codes of all parameters with a grid: in the last step of
// an epoch, and with the state that training started from.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_CHANGES_H
#define QNET_RUNTIME_LIB_CHANGES_H

#include "Session.h"

namespace qnet::rt {

/// The number of codes that differ between two codes buffers.
int64_t countChangedCodes(const Manifest &manifest, const uint8_t *first,
                          const uint8_t *second);

class ChangeMeter {
public:
  /// Must come before the first step.
  Status allocate(Session &session);
  /// For the codes of the state that training starts from.
  Buffer &initialCodes() { return initial; }
  Status beforeStep(Session &session);
  /// Shares since beforeStep and since the start; nothing without grids.
  Status measure(Session &session, std::optional<double> &inStep,
                 std::optional<double> &sinceStart);

private:
  Buffer initial, before, current;
  int64_t total = 0;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_CHANGES_H
