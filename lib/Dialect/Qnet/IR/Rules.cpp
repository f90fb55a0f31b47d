//===- Rules.cpp - Update rules: full precision, R, SR, BC ----------------===//
//
// A rule says where weights are rounded: the stored ones after a step, or the
// ones that the gradient is taken at. Everything else follows from these two
// answers.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"

using namespace mlir;
using namespace qnet;

StringRef FullAttr::getRuleName() const { return "full"; }
RoundingAttrInterface FullAttr::getStateRounding() const { return {}; }
RoundingAttrInterface FullAttr::getForwardRounding() const { return {}; }

StringRef RAttr::getRuleName() const { return "r"; }
RoundingAttrInterface RAttr::getStateRounding() const {
  return DeterministicAttr::get(getContext());
}
RoundingAttrInterface RAttr::getForwardRounding() const { return {}; }

LogicalResult SRAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                             unsigned bits) {
  return StochasticAttr::verify(emitError, bits);
}
StringRef SRAttr::getRuleName() const { return "sr"; }
RoundingAttrInterface SRAttr::getStateRounding() const {
  return StochasticAttr::get(getContext(), getBits());
}
RoundingAttrInterface SRAttr::getForwardRounding() const { return {}; }

StringRef BCAttr::getRuleName() const { return "bc"; }
RoundingAttrInterface BCAttr::getStateRounding() const { return {}; }
RoundingAttrInterface BCAttr::getForwardRounding() const {
  return getRounding();
}
