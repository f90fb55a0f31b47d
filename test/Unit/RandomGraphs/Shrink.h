//===- Shrink.h - The simplest choices that still fail ----------*- C++ -*-===//
//
// Deletes, zeroes and lowers choices for as long as the predicate holds.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_SHRINK_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_SHRINK_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <vector>

namespace qnet::test {

using ChoiceList = std::vector<uint32_t>;

/// Says whether the graph of the choices still fails. If it does, replaces the
/// list by the choices that were drawn.
using StillFails = llvm::function_ref<bool(ChoiceList &)>;

/// A list from which no single deletion, zeroing or halving can be made, or the
/// best after `attempts` tries.
ChoiceList shrink(ChoiceList choices, StillFails stillFails, int attempts);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_SHRINK_H
