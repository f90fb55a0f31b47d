//===- RandomGraph.h - Valid training graphs by chance ----------*- C++ -*-===//
//
// Small graphs of every layer, grid, rule, optimizer and loss, of odd sizes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMGRAPH_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMGRAPH_H

#include "Choices.h"

#include <string>

namespace mlir {
class MLIRContext;
} // namespace mlir

namespace qnet::test {

/// The text of the graph that follows from the choices; verified.
std::string makeRandomGraph(mlir::MLIRContext &context, Choices &choices);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMGRAPH_H
