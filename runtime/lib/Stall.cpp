//===- Stall.cpp - epochs in which no quantized weight moves --------------===//
//
// See Stall.h. Codes are compared after every step until one differs: weights
// that move and come back within an epoch are no stall.
//
//===----------------------------------------------------------------------===//
#include "Stall.h"

#include <cstring>

using namespace qnet::rt;

void StallWatch::start(const Session &session) {
  if (session.manifest().stateRandomBits != 0)
    return;
  for (const StateTensor &tensor : session.manifest().tensors)
    if (tensor.role == "codes")
      codes.push_back(&tensor);
}

void StallWatch::beginEpoch(const Session &session) {
  watching = !codes.empty();
  before.clear();
  for (const StateTensor *tensor : codes) {
    const uint8_t *data = session.stateOf(*tensor);
    before.insert(before.end(), data, data + tensor->bytes);
  }
}

bool StallWatch::moved(const Session &session) const {
  const uint8_t *old = before.data();
  for (const StateTensor *tensor : codes) {
    if (memcmp(old, session.stateOf(*tensor), tensor->bytes) != 0)
      return true;
    old += tensor->bytes;
  }
  return false;
}

void StallWatch::afterStep(const Session &session) {
  if (watching)
    watching = !moved(session);
}

/// Whether the optimizer's state shows that all gradients of the quantized
/// weights were zero; an optimizer without state shows nothing.
static bool momentsAreZero(const Session &session) {
  bool found = false;
  for (const StateTensor &tensor : session.manifest().tensors) {
    const Parameter *owner = session.manifest().findParameter(tensor.parameter);
    if (tensor.role != "moment" || !owner || owner->grid.empty())
      continue;
    found = true;
    auto *values = reinterpret_cast<const float *>(session.stateOf(tensor));
    for (int64_t i = 0; i < tensor.bytes / 4; ++i)
      if (values[i] != 0)
        return false;
  }
  return found;
}

bool StallWatch::endEpoch(const Session &session) {
  if (!watching || momentsAreZero(session))
    return false;
  watching = false;
  codes.clear();
  return true;
}

std::string qnet::rt::formatStall(const Manifest &manifest, int64_t epoch) {
  bool hasMoments = manifest.bytesOfRole("moment") > 0;
  return formatText(
      "warning: rule %s has stalled: no quantized weight changed in epoch "
      "%lld; every step%s is below D/2, half the spacing of the grid, and "
      "rounds back%s",
      manifest.rule.c_str(), (long long)epoch,
      hasMoments ? ", the learning rate times the optimizer's direction,"
                 : ", the learning rate times the gradient,",
      hasMoments ? "" : " (or every gradient is zero)");
}
