//===- CompareGraph.h - A graph, compiled against interpreted ---*- C++ -*-===//
//
// Runs init, three training steps and an evaluation both ways. Every step
// starts from the same state, so each is judged alone.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_COMPAREGRAPH_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_COMPAREGRAPH_H

#include "CompiledProgram.h"

#include <cstdint>
#include <string>

namespace qnet::test {

enum class Outcome {
  Same,      ///< within the bounds
  Explained, ///< not, but the interpreter differs from itself likewise
  Different,
};

/// Compares the graph of `text` on data drawn from `seed`, compiled for `target`.
/// Differences, and whatever prevents a comparison, are printed to standard
/// error.
Outcome compareGraph(const std::string &text, uint32_t seed,
                     const Target &target);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_COMPAREGRAPH_H
