//===- Export.cpp - a trained net as an inference graph -------------------===//
//
// The compiler left the text of the graph in the program; its constants are
// `dense_resource`s, whose bytes this computes from a checkpoint and appends.
// docs/export.md describes both files.
//
//===----------------------------------------------------------------------===//
#include "AtomicFile.h"
#include "Commands.h"
#include "Safetensors.h"

using namespace qnet::rt;

/// Stands in the text where the normalization goes.
static constexpr std::string_view normalizationMark = "\"@NORMALIZATION@\"";

/// One number as an f64, several as an array.
static std::string formatNumbers(const std::vector<double> &values) {
  if (values.size() == 1)
    return formatText("%.17e : f64", values[0]);
  std::string text;
  for (double value : values)
    text += formatText("%s%.17e", text.empty() ? "" : ", ", value);
  return "array<f64: " + text + ">";
}

static std::string formatNormalization(const Normalization &normalization) {
  return "{deviation = " + formatNumbers(normalization.deviation) +
         ", mean = " + formatNumbers(normalization.mean) + "}";
}

static Status writeHex(AtomicFile &file, const uint8_t *data, int64_t bytes) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  text.reserve(2 * bytes);
  for (int64_t i = 0; i < bytes; ++i) {
    text += digits[data[i] >> 4];
    text += digits[data[i] & 15];
  }
  return file.write(text);
}

/// A resource is the alignment of its data, 4 as an u32, and the data.
static Status writeResources(AtomicFile &file, const InferenceGraph &graph,
                             const Buffer &block) {
  if (Status status = file.write("\n{-#\n  dialect_resources: {\n"
                                 "    builtin: {\n");
      status.failed())
    return status;
  const char *separator = "";
  for (const InferenceConstant &constant : graph.constants) {
    std::string start = formatText("%s      %s: \"0x04000000", separator,
                                   constant.name.c_str());
    separator = ",\n";
    if (Status status = file.write(start); status.failed())
      return status;
    if (Status status =
            writeHex(file, block.data() + constant.offset, constant.bytes);
        status.failed())
      return status;
    if (Status status = file.write("\""); status.failed())
      return status;
  }
  return file.write("\n    }\n  }\n#-}\n");
}

static Status writeGraph(AtomicFile &file, const Session &session,
                         const Buffer &block) {
  const InferenceGraph &graph = *session.manifest().inference;
  std::string text = graph.text;
  size_t mark = text.find(normalizationMark);
  if (mark != std::string::npos)
    text.replace(mark, normalizationMark.size(),
                 formatNormalization(*session.info.normalization));
  if (Status status = file.write(text); status.failed())
    return status;
  return writeResources(file, graph, block);
}

static std::string describeWeights(const Session &session) {
  const Manifest &manifest = session.manifest();
  const Normalization &normalization = *session.info.normalization;
  SafetensorsHeader header;
  header.metadata = {{"format", "qnet-inference-1"},
                     {"name", manifest.name},
                     {"input_shape", formatShape(manifest.inputShape)},
                     {"output_shape", formatShape(manifest.outputShape)},
                     {"mean", formatExactList(normalization.mean)},
                     {"deviation", formatExactList(normalization.deviation)}};
  int64_t end = 0;
  for (const InferenceConstant &constant : manifest.inference->constants) {
    header.tensors.push_back({constant.name, constant.dtype, constant.shape,
                              end, end + constant.bytes});
    end += constant.bytes;
    if (constant.grid.empty())
      continue;
    header.metadata.emplace_back("grid." + constant.name, constant.grid);
    header.metadata.emplace_back("logical_shape." + constant.name,
                                 formatShape(constant.logicalShape));
  }
  return writeHeader(header);
}

static Status writeWeights(AtomicFile &file, const Session &session,
                           const Buffer &block) {
  if (Status status = file.write(describeWeights(session)); status.failed())
    return status;
  for (const InferenceConstant &constant :
       session.manifest().inference->constants)
    if (Status status =
            file.write(block.data() + constant.offset, constant.bytes);
        status.failed())
      return status;
  return Status::success();
}

/// Both files are complete before either takes its name.
static Status writeFiles(const Options &options, const Session &session,
                         const Buffer &block) {
  AtomicFile graph, weights;
  if (Status status = graph.open(options.output); status.failed())
    return status;
  if (Status status = writeGraph(graph, session, block); status.failed())
    return status;
  if (!options.weights.empty()) {
    if (Status status = weights.open(options.weights); status.failed())
      return status;
    if (Status status = writeWeights(weights, session, block); status.failed())
      return status;
    if (Status status = weights.commit(); status.failed())
      return status;
  }
  return graph.commit();
}

Status qnet::rt::runExport(const Options &options, Session &session) {
  if (!session.canExport())
    return failure("this program holds no inference graph to export");
  if (options.weights == options.output)
    return failure("expected two files for --output and --weights, got '%s' "
                   "twice",
                   options.output.c_str());
  if (Status status = session.load(options.checkpoint); status.failed())
    return status;
  if (!session.info.normalization)
    return failure("checkpoint '%s' holds no normalization of the data: it was "
                   "not written by 'train'",
                   options.checkpoint.c_str());
  Buffer block;
  if (Status status = session.foldConstants(block); status.failed())
    return status;
  return writeFiles(options, session, block);
}
