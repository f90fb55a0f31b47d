//===- Metrics.h - what is measured in an epoch, and its log ----*- C++ -*-===//
//
// The log has one JSON object per line and epoch. A resumed run keeps the lines
// up to the step it resumes at and drops later ones, so that no epoch is there
// twice.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_METRICS_H
#define QNET_RUNTIME_LIB_METRICS_H

#include "Support.h"

#include <cstdio>
#include <optional>

namespace qnet::rt {

/// Errors and changes are shares from 0 to 1; absent where the program has no
/// classes or no grids.
struct EpochMetrics {
  int64_t epoch = 0; // From 1.
  int64_t step = 0;
  double loss = 0, testLoss = 0;
  std::optional<double> trainError, testError, changedStep, changedStart;
  double imagesPerSecond = 0, seconds = 0;
  std::optional<double> deviceBytes; ///< absent without a device
};

std::string formatRecord(const EpochMetrics &metrics);
Status parseRecord(std::string_view line, EpochMetrics &metrics);
/// The line of an epoch on standard output.
std::string formatEpochLine(const EpochMetrics &metrics, int64_t epochs);

class MetricsLog {
public:
  MetricsLog() = default;
  MetricsLog(const MetricsLog &) = delete;
  ~MetricsLog();
  /// Starts a log at `path`; an empty path logs nothing. When resuming, the
  /// records of the file up to `resumeStep` are kept and returned.
  Status open(const std::string &path, std::optional<int64_t> resumeStep,
              std::vector<EpochMetrics> &kept);
  Status append(const EpochMetrics &metrics);
  /// Writes the record that marks a complete run.
  Status finish(int64_t step);

private:
  Status writeLine(const std::string &line);
  std::string path;
  FILE *file = nullptr;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_METRICS_H
