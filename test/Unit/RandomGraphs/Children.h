//===- Children.h - Work in child processes ---------------------*- C++ -*-===//
//
// A crash or an endless loop of a compilation ends a child, not the run.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_CHILDREN_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_CHILDREN_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <sys/types.h>

namespace qnet::test {

/// Calls `work` in a child process, whose exit code it gives. Ends it after
/// `seconds`.
pid_t startChild(llvm::function_ref<int()> work, unsigned seconds, bool quiet);

/// Waits for a child, or any one where `child` is -1; its exit code, or 128 + N
/// if signal N ended it. `child` becomes the one that ended.
int waitForChild(pid_t &child);

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_CHILDREN_H
