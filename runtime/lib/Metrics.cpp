//===- Metrics.cpp - what is measured in an epoch, and its log ------------===//
//
// See Metrics.h. A line that a kill cut off at the end of the file is dropped;
// a file with other lines that are no records is refused, for it is no log.
//
//===----------------------------------------------------------------------===//
#include "Metrics.h"

#include "AtomicFile.h"
#include "Json.h"

#include <cerrno>
#include <cmath>
#include <cstring>

using namespace qnet::rt;

static std::string formatNumber(std::optional<double> value) {
  return value && std::isfinite(*value) ? formatExact(*value) : "null";
}

std::string qnet::rt::formatRecord(const EpochMetrics &metrics) {
  std::string text =
      formatText("{\"epoch\":%lld,\"step\":%lld", (long long)metrics.epoch,
                 (long long)metrics.step);
  auto add = [&](const char *key, std::optional<double> value) {
    text += formatText(",\"%s\":%s", key, formatNumber(value).c_str());
  };
  add("loss", metrics.loss);
  add("train_error", metrics.trainError);
  add("test_loss", metrics.testLoss);
  add("test_error", metrics.testError);
  add("changed_step", metrics.changedStep);
  add("changed_start", metrics.changedStart);
  add("images_per_second", std::round(metrics.imagesPerSecond * 10) / 10);
  add("seconds", std::round(metrics.seconds * 1000) / 1000);
  if (metrics.deviceBytes)
    add("device_bytes", metrics.deviceBytes);
  return text + "}";
}

Status qnet::rt::parseRecord(std::string_view line, EpochMetrics &metrics) {
  JsonValue json;
  if (Status status = parseJson(line, json); status.failed())
    return status;
  metrics = EpochMetrics();
  JsonReader reader(json, "record");
  metrics.epoch = reader.integer("epoch", 0, INT64_MAX);
  metrics.step = reader.integer("step", 0, INT64_MAX);
  auto number = [&](const char *key) -> std::optional<double> {
    const JsonValue *value = json.find(key);
    if (value && value->kind == JsonValue::Kind::Number)
      return value->number;
    return std::nullopt;
  };
  metrics.loss = number("loss").value_or(NAN);
  metrics.testLoss = number("test_loss").value_or(NAN);
  metrics.trainError = number("train_error");
  metrics.testError = number("test_error");
  metrics.changedStep = number("changed_step");
  metrics.changedStart = number("changed_start");
  metrics.imagesPerSecond = number("images_per_second").value_or(0);
  metrics.seconds = number("seconds").value_or(0);
  metrics.deviceBytes = number("device_bytes");
  return reader.status();
}

std::string qnet::rt::formatEpochLine(const EpochMetrics &metrics,
                                      int64_t epochs) {
  std::string line =
      formatText("epoch %lld/%lld  loss %.4f", (long long)metrics.epoch,
                 (long long)epochs, metrics.loss);
  if (metrics.trainError && metrics.testError)
    line += formatText("  train error %.2f%%  test error %.2f%%",
                       100 * *metrics.trainError, 100 * *metrics.testError);
  else
    line += formatText("  test loss %.4f", metrics.testLoss);
  if (metrics.changedStep && metrics.changedStart)
    line += formatText("  changed %.2f%% step, %.1f%% start",
                       100 * *metrics.changedStep, 100 * *metrics.changedStart);
  return line + formatText("  %.0f images/s", metrics.imagesPerSecond);
}

MetricsLog::~MetricsLog() {
  if (file)
    fclose(file);
}

static Status readText(const std::string &path, std::string &text) {
  FILE *file = fopen(path.c_str(), "re");
  if (!file && errno == ENOENT)
    return Status::success();
  if (!file)
    return failure("cannot read log '%s': %s", path.c_str(), strerror(errno));
  char piece[1 << 14];
  while (size_t got = fread(piece, 1, sizeof(piece), file))
    text.append(piece, got);
  bool bad = ferror(file);
  fclose(file);
  if (bad)
    return failure("cannot read log '%s': %s", path.c_str(), strerror(EIO));
  return Status::success();
}

/// Splits off the records up to `step`.
static Status keepRecords(const std::string &path, std::string_view text,
                          int64_t step, std::vector<EpochMetrics> &kept) {
  for (int number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    if (end == text.npos)
      return Status::success(); // Cut off by a kill.
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    JsonValue json;
    if (!parseJson(line, json).failed() && json.find("done"))
      continue;
    EpochMetrics metrics;
    if (Status status = parseRecord(line, metrics); status.failed())
      return failure("log '%s' line %d is not a record of a training run",
                     path.c_str(), number);
    if (metrics.step <= step)
      kept.push_back(metrics);
  }
  return Status::success();
}

Status MetricsLog::open(const std::string &wanted,
                        std::optional<int64_t> resumeStep,
                        std::vector<EpochMetrics> &kept) {
  path = wanted;
  if (path.empty())
    return Status::success();
  if (resumeStep) {
    std::string text, rewritten;
    if (Status status = readText(path, text); status.failed())
      return status;
    if (Status status = keepRecords(path, text, *resumeStep, kept);
        status.failed())
      return status;
    for (const EpochMetrics &metrics : kept)
      rewritten += formatRecord(metrics) + "\n";
    if (Status status = replaceFile(path, rewritten); status.failed())
      return status;
  }
  file = fopen(path.c_str(), resumeStep ? "ae" : "we");
  if (file)
    return Status::success();
  return failure("cannot write log '%s': %s", path.c_str(), strerror(errno));
}

Status MetricsLog::writeLine(const std::string &line) {
  if (!file)
    return Status::success();
  if (fprintf(file, "%s\n", line.c_str()) >= 0 && fflush(file) == 0)
    return Status::success();
  return failure("cannot write log '%s': %s", path.c_str(), strerror(errno));
}

Status MetricsLog::append(const EpochMetrics &metrics) {
  return writeLine(formatRecord(metrics));
}

Status MetricsLog::finish(int64_t step) {
  return writeLine(
      formatText("{\"done\":true,\"step\":%lld}", (long long)step));
}
