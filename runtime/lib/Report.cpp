//===- Report.cpp - a training run as one HTML page -----------------------===//
//
// See Report.h. Each chart scales its own axis from zero to the largest finite
// value of its curves.
//
//===----------------------------------------------------------------------===//
#include "Report.h"

#include <algorithm>
#include <cmath>

using namespace qnet::rt;

namespace {
struct Curve {
  const char *label, *color;
  std::vector<double> values; // One per epoch; not finite: absent.
};
constexpr double left = 56, top = 12, width = 520, height = 200;
} // namespace

static std::string escapeHtml(const std::string &text) {
  std::string escaped;
  for (char c : text)
    escaped += c == '&'   ? "&amp;"
               : c == '<' ? "&lt;"
               : c == '>' ? "&gt;"
               : c == '"' ? "&quot;"
                          : std::string(1, c);
  return escaped;
}

static double largestOf(const std::vector<Curve> &curves) {
  double largest = 0;
  for (const Curve &curve : curves)
    for (double value : curve.values)
      if (std::isfinite(value))
        largest = std::max(largest, value);
  return largest > 0 ? largest : 1;
}

static std::string drawAxes(double largest, const char *unit) {
  std::string svg;
  for (int i = 0; i <= 4; ++i) {
    double y = top + height - height * i / 4;
    svg += formatText("<line x1='%.0f' y1='%.1f' x2='%.0f' y2='%.1f' "
                      "stroke='#ddd'/><text x='%.0f' y='%.1f' "
                      "text-anchor='end'>%.3g%s</text>",
                      left, y, left + width, y, left - 6, y + 4,
                      largest * i / 4, unit);
  }
  return svg;
}

static std::string drawCurve(const Curve &curve, double largest) {
  std::string points, dots;
  size_t count = curve.values.size();
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(curve.values[i]))
      continue;
    double x = left + (count > 1 ? width * i / (count - 1) : width / 2);
    double y = top + height * (1 - curve.values[i] / largest);
    points += formatText("%.1f,%.1f ", x, y);
    dots += formatText("<circle cx='%.1f' cy='%.1f' r='2.5' fill='%s'/>", x, y,
                       curve.color);
  }
  return formatText("<polyline fill='none' stroke-width='2' stroke='%s' "
                    "points='%s'/>",
                    curve.color, points.c_str()) +
         dots;
}

static std::string drawChart(const char *title,
                             const std::vector<Curve> &curves,
                             const char *unit) {
  double largest = largestOf(curves);
  std::string svg = formatText("<h2>%s</h2><svg viewBox='0 0 600 250' "
                               "width='600' height='250' role='img'>",
                               title);
  svg += drawAxes(largest, unit);
  double x = left;
  for (const Curve &curve : curves) {
    svg += drawCurve(curve, largest);
    svg += formatText("<text x='%.0f' y='240' fill='%s'>%s</text>", x,
                      curve.color, curve.label);
    x += 130;
  }
  return svg + "</svg>\n";
}

static std::vector<double>
collect(const std::vector<EpochMetrics> &epochs,
        std::optional<double> (*get)(const EpochMetrics &), double scale) {
  std::vector<double> values;
  for (const EpochMetrics &metrics : epochs)
    values.push_back(get(metrics).value_or(NAN) * scale);
  return values;
}

static std::string formatCell(std::optional<double> value, double scale,
                              const char *format) {
  if (!value || !std::isfinite(*value))
    return "<td>-</td>";
  char text[64];
  snprintf(text, sizeof(text), format, *value * scale);
  return formatText("<td>%s</td>", text);
}

static std::string formatTable(const std::vector<EpochMetrics> &epochs) {
  std::string table =
      "<h2>Epochs</h2><table><tr><th>epoch</th><th>step</th><th>loss</th>"
      "<th>train error</th><th>test loss</th><th>test error</th>"
      "<th>changed in step</th><th>changed since start</th>"
      "<th>images/s</th><th>seconds</th></tr>\n";
  for (const EpochMetrics &metrics : epochs)
    table += formatText("<tr><td>%lld</td><td>%lld</td>",
                        (long long)metrics.epoch, (long long)metrics.step) +
             formatCell(metrics.loss, 1, "%.4f") +
             formatCell(metrics.trainError, 100, "%.2f%%") +
             formatCell(metrics.testLoss, 1, "%.4f") +
             formatCell(metrics.testError, 100, "%.2f%%") +
             formatCell(metrics.changedStep, 100, "%.3f%%") +
             formatCell(metrics.changedStart, 100, "%.2f%%") +
             formatCell(metrics.imagesPerSecond, 1, "%.0f") +
             formatCell(metrics.seconds, 1, "%.1f") + "</tr>\n";
  return table + "</table>\n";
}

static std::string formatFacts(const Manifest &manifest,
                               const RunDescription &run) {
  std::string facts = "<table class='facts'>";
  auto add = [&](const char *name, const std::string &value) {
    facts += formatText("<tr><th>%s</th><td>%s</td></tr>\n", name,
                        escapeHtml(value).c_str());
  };
  add("rule", manifest.rule);
  add("optimizer", manifest.optimizer);
  add("schedule", manifest.schedule);
  add("batch", std::to_string(manifest.batch));
  add("seed", std::to_string(run.seed));
  add("data",
      formatText("%s: %lld training, %lld test samples", run.data.c_str(),
                 (long long)run.trainSamples, (long long)run.testSamples));
  add("training state", formatBytes(manifest.bytesOfRole("")));
  if (double bits = manifest.bitsPerGridWeight())
    add("bits per grid weight", formatText("%.4g", bits));
  add("target", manifest.target);
  return facts + "</table>\n";
}

std::string qnet::rt::formatReport(const Manifest &manifest,
                                   const RunDescription &run,
                                   const std::vector<EpochMetrics> &epochs) {
  std::string name = escapeHtml(manifest.name);
  std::string page =
      "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>" +
      name +
      "</title><style>body{font:15px sans-serif;margin:2em auto;max-width:"
      "60em;color:#222}svg text{font:11px sans-serif}table{border-collapse:"
      "collapse}td,th{padding:.2em .7em;border-bottom:1px solid #ddd;"
      "text-align:right}.facts td,.facts th{text-align:left}</style></head>"
      "<body>\n<h1>" +
      name + "</h1>\n";
  page += formatFacts(manifest, run);
  using Metrics = const EpochMetrics &;
  auto loss = [](Metrics m) { return std::optional<double>(m.loss); };
  auto testLoss = [](Metrics m) { return std::optional<double>(m.testLoss); };
  auto trainError = [](Metrics m) { return m.trainError; };
  auto testError = [](Metrics m) { return m.testError; };
  auto changed = [](Metrics m) { return m.changedStart; };
  page += drawChart("Loss",
                    {{"train", "#1f6fb2", collect(epochs, loss, 1)},
                     {"test", "#c8501e", collect(epochs, testLoss, 1)}},
                    "");
  if (manifest.classification)
    page += drawChart("Error",
                      {{"train", "#1f6fb2", collect(epochs, trainError, 100)},
                       {"test", "#c8501e", collect(epochs, testError, 100)}},
                      "%");
  if (!manifest.codes.empty())
    page +=
        drawChart("Weights changed since the start",
                  {{"changed", "#3d8b40", collect(epochs, changed, 100)}}, "%");
  return page + formatTable(epochs) + "</body></html>\n";
}
