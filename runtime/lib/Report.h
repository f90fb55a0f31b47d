//===- Report.h - a training run as one HTML page ---------------*- C++ -*-===//
//
// A page that needs nothing else: curves as inline SVG, a table of the epochs,
// and the description of the run.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_REPORT_H
#define QNET_RUNTIME_LIB_REPORT_H

#include "Manifest.h"
#include "Metrics.h"

namespace qnet::rt {

struct RunDescription {
  std::string data;
  uint32_t seed = 0;
  int64_t trainSamples = 0, testSamples = 0;
};

std::string formatReport(const Manifest &manifest, const RunDescription &run,
                         const std::vector<EpochMetrics> &epochs);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_REPORT_H
