//===- Suites.h - The suites of qnet-bench ----------------------*- C++ -*-===//
//
// Each takes the arguments after its name and returns the exit code.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_BENCH_SUITES_H
#define QNET_BENCH_SUITES_H

#include <string>
#include <vector>

namespace qnet::bench {

int runUpdateSuite(const std::vector<std::string> &arguments);
int runGemmSuite(const std::vector<std::string> &arguments);
int runConvSuite(const std::vector<std::string> &arguments);

} // namespace qnet::bench

#endif // QNET_BENCH_SUITES_H
