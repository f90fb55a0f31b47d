//===- Manifest.cpp - what a compiled program says about itself -----------===//
//
// Reads the JSON manifest in one pass and then checks the relations between its
// parts. A manifest comes from the compiler, but also from whoever wrote their
// own program against the C ABI, so nothing in it is trusted.
//
//===----------------------------------------------------------------------===//
#include "Manifest.h"

#include "Json.h"

#include <algorithm>
#include <cmath>

using namespace qnet::rt;

static constexpr int64_t maxBytes = int64_t(1) << 46;

/// The levels of a grid: optional, finite and ascending.
static std::vector<float> readLevels(JsonReader &reader) {
  std::vector<float> levels;
  for (const JsonValue &value : reader.array("levels")) {
    float level = value.number;
    if (value.kind != JsonValue::Kind::Number || !std::isfinite(level) ||
        (!levels.empty() && !(level > levels.back())))
      reader.fail("'levels' is not a list of ascending numbers");
    levels.push_back(level);
  }
  return levels;
}

static Parameter readParameter(JsonReader &reader) {
  Parameter parameter;
  parameter.name = reader.string("name");
  parameter.shape = reader.shape("shape");
  parameter.grid = reader.string("grid");
  parameter.storageBits = reader.integer("storage_bits", 1, 64);
  parameter.trainable = reader.boolean("trainable");
  if (reader.has("levels"))
    parameter.levels = readLevels(reader);
  return parameter;
}

static StateTensor readTensor(JsonReader &reader) {
  StateTensor tensor;
  tensor.name = reader.string("name");
  tensor.role = reader.string("role");
  tensor.parameter = reader.string("parameter");
  tensor.dtype = reader.string("dtype");
  tensor.shape = reader.shape("shape");
  tensor.offset = reader.integer("offset", 0, maxBytes);
  tensor.bytes = reader.integer("bytes", 0, maxBytes);
  if (tensor.dtype != "F32" && tensor.dtype != "U32")
    reader.fail("'dtype' is '" + tensor.dtype + "', expected F32 or U32");
  if (tensor.role != "weights" && tensor.role != "codes" &&
      tensor.role != "moment" && tensor.role != "statistic")
    reader.fail("'role' is '" + tensor.role +
                "', expected weights, codes, moment or statistic");
  int64_t count = countElements(tensor.shape);
  if (count > maxBytes / 4 || tensor.bytes != 4 * count)
    reader.fail("'bytes' is not four times the elements of 'shape'");
  if (tensor.offset % 64 != 0)
    reader.fail("'offset' is not a multiple of 64");
  if (tensor.name.empty() || tensor.name == "__metadata__")
    reader.fail("'name' cannot name a tensor");
  return tensor;
}

static CodesEntry readCodes(JsonReader &reader) {
  CodesEntry entry;
  entry.parameter = reader.string("parameter");
  entry.count = reader.integer("count", 0, maxBytes);
  entry.storageBits = reader.integer("storage_bits", 1, 32);
  entry.offset = reader.integer("offset", 0, maxBytes);
  entry.words = reader.integer("words", 0, maxBytes / 4);
  if (32 % entry.storageBits != 0)
    reader.fail("'storage_bits' does not divide 32");
  int64_t perWord = 32 / entry.storageBits;
  if (entry.words != (entry.count + perWord - 1) / perWord)
    reader.fail("'words' does not agree with 'count' and 'storage_bits'");
  if (entry.offset % 4 != 0)
    reader.fail("'offset' is not a multiple of 4");
  return entry;
}

static InferenceConstant readConstant(JsonReader &reader) {
  InferenceConstant constant;
  constant.name = reader.string("name");
  constant.dtype = reader.string("dtype");
  constant.shape = reader.shape("shape");
  constant.logicalShape = reader.shape("logical_shape");
  constant.grid = reader.string("grid");
  constant.offset = reader.integer("offset", 0, maxBytes);
  constant.bytes = reader.integer("bytes", 0, maxBytes);
  if (constant.dtype != "F32" && constant.dtype != "U32")
    reader.fail("'dtype' is '" + constant.dtype + "', expected F32 or U32");
  int64_t count = countElements(constant.shape);
  if (count > maxBytes / 4 || constant.bytes != 4 * count)
    reader.fail("'bytes' is not four times the elements of 'shape'");
  return constant;
}

template <typename T>
static Status readList(JsonReader &top, const char *key, std::vector<T> &list,
                       T (*read)(JsonReader &)) {
  for (const JsonValue &value : top.array(key)) {
    JsonReader reader(value, formatText("program manifest: '%s' entry %zu", key,
                                        list.size()));
    list.push_back(read(reader));
    if (reader.status().failed())
      return reader.status();
  }
  return top.status();
}

static void readTop(JsonReader &top, Manifest &manifest) {
  top.integer("format", 1, 1);
  manifest.name = top.string("name");
  manifest.rule = top.string("rule");
  manifest.optimizer = top.string("optimizer");
  manifest.schedule = top.string("schedule");
  manifest.target = top.string("target");
  manifest.batch = top.integer("batch", 1, 1 << 24);
  manifest.seed = top.integer("seed", 0, UINT32_MAX);
  manifest.stateBytes = top.integer("state_bytes", 0, maxBytes);
  manifest.arenaBytes = top.integer("arena_bytes", 0, maxBytes);
  manifest.codesBytes = top.integer("codes_bytes", 0, maxBytes);
}

static Status readShapes(JsonReader &top, Manifest &manifest) {
  JsonReader input(top.object("input"), "program manifest: 'input'");
  JsonReader output(top.object("output"), "program manifest: 'output'");
  JsonReader labels(top.object("labels"), "program manifest: 'labels'");
  manifest.inputShape = input.shape("shape");
  manifest.outputShape = output.shape("shape");
  std::string kind = labels.string("kind");
  manifest.classification = kind == "class";
  if (kind == "class")
    manifest.classes = labels.integer("classes", 1, 1 << 30);
  else if (kind == "target")
    manifest.targetShape = labels.shape("shape");
  else
    labels.fail("'kind' is '" + kind + "', expected class or target");
  for (auto [reader, size] : {std::pair(&input, manifest.sampleSize()),
                              std::pair(&output, manifest.outputSize()),
                              std::pair(&labels, manifest.targetSize())})
    if (size < 1 || size > (int64_t(1) << 40) / manifest.batch)
      reader->fail("'shape' is empty or too large");
  for (JsonReader *reader : {&input, &output, &labels})
    if (!top.status().failed() && reader->status().failed())
      return reader->status();
  return top.status();
}

/// A byte range with the name it is reported under.
struct Range {
  int64_t begin, end;
  const std::string *name;
};

static Status checkRanges(std::vector<Range> ranges, int64_t size,
                          const char *block) {
  std::sort(ranges.begin(), ranges.end(), [](const Range &a, const Range &b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const Range *last = nullptr;
  for (const Range &range : ranges) {
    if (range.end > size)
      return failure("program manifest: '%s' ends past the %s",
                     range.name->c_str(), block);
    if (last && range.begin < last->end)
      return failure("program manifest: '%s' and '%s' overlap in the %s",
                     last->name->c_str(), range.name->c_str(), block);
    last = &range;
  }
  return Status::success();
}

static Status checkNames(std::vector<std::string_view> names,
                         const char *what) {
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end())
    return Status::success();
  return failure("program manifest: two %s are named '%s'", what,
                 std::string(*twice).c_str());
}

static Status readInference(const JsonValue &value, Manifest &manifest) {
  JsonReader reader(value, "program manifest: 'inference'");
  InferenceGraph graph;
  graph.constantsBytes = reader.integer("constants_bytes", 0, maxBytes);
  graph.text = reader.string("text");
  if (Status status =
          readList(reader, "constants", graph.constants, readConstant);
      status.failed())
    return status;
  std::vector<Range> ranges;
  for (const InferenceConstant &constant : graph.constants)
    ranges.push_back(
        {constant.offset, constant.offset + constant.bytes, &constant.name});
  Status status = checkRanges(ranges, graph.constantsBytes, "constants");
  manifest.inference = std::move(graph);
  return status;
}

static Status readNormalization(const JsonValue &value, Manifest &manifest) {
  JsonReader reader(value, "program manifest: 'normalization'");
  Normalization normalization;
  int64_t channels = countChannels(manifest.inputShape);
  bool valid =
      parseExactList(reader.string("mean"), normalization.mean) &&
      parseExactList(reader.string("deviation"), normalization.deviation) &&
      normalization.mean.size() == normalization.deviation.size() &&
      (normalization.channels() == 1 || normalization.channels() == channels);
  for (double deviation : normalization.deviation)
    valid &= deviation > 0;
  if (!valid)
    reader.fail("expected one number or one per channel, 'deviation' above 0");
  manifest.normalization = normalization;
  return reader.status();
}

int64_t qnet::rt::countChannels(const Shape &inputShape) {
  return inputShape.size() == 3 ? inputShape[2] : 1;
}

static double readBound(const JsonValue &object, const char *key) {
  const JsonValue *value = object.find(key);
  bool valid = value && value->kind == JsonValue::Kind::Number &&
               std::isfinite(value->number) && value->number >= 0;
  return valid ? value->number : 0;
}

/// What is known of the loss as a function of the weights.
static Status readTheory(const JsonValue &json, Manifest &manifest) {
  JsonReader top(json, "program manifest");
  if (top.has("state_random_bits"))
    manifest.stateRandomBits = top.integer("state_random_bits", 0, 32);
  if (top.has("convex"))
    manifest.convex = top.boolean("convex");
  const JsonValue *value = json.find("linear");
  if (!value)
    return top.status();
  JsonReader reader(*value, "program manifest: 'linear'");
  LinearFacts linear;
  linear.weights = reader.string("weights");
  linear.bias = reader.string("bias");
  linear.spacing = readBound(*value, "spacing");
  linear.gradient = readBound(*value, "gradient");
  linear.gradientPerResidual = readBound(*value, "gradient_per_residual");
  if (!manifest.findParameter(linear.weights))
    reader.fail("'weights' names no parameter");
  manifest.linear = linear;
  return top.status().failed() ? top.status() : reader.status();
}

/// Shown to the user only.
static void readMemory(const JsonValue &json, Manifest &manifest) {
  const JsonValue *memory = json.find("memory");
  const JsonValue *peak = memory ? memory->find("peak") : nullptr;
  if (!peak)
    return;
  for (const auto &[what, bytes] : peak->members)
    if (bytes.isInteger && bytes.integer > 0)
      manifest.peak.emplace_back(what, bytes.integer);
}

/// What not every program has.
static Status readExtras(const JsonValue &json, Manifest &manifest) {
  readMemory(json, manifest);
  if (Status status = readTheory(json, manifest); status.failed())
    return status;
  if (const JsonValue *value = json.find("inference"))
    if (Status status = readInference(*value, manifest); status.failed())
      return status;
  if (const JsonValue *value = json.find("normalization"))
    return readNormalization(*value, manifest);
  return Status::success();
}

static Status checkRelations(const Manifest &manifest) {
  std::vector<std::string_view> parameters, tensors;
  std::vector<Range> state, codes;
  for (const Parameter &parameter : manifest.parameters)
    parameters.push_back(parameter.name);
  for (const StateTensor &tensor : manifest.tensors) {
    tensors.push_back(tensor.name);
    state.push_back(
        {tensor.offset, tensor.offset + tensor.bytes, &tensor.name});
  }
  for (const CodesEntry &entry : manifest.codes) {
    const Parameter *parameter = manifest.findParameter(entry.parameter);
    if (!parameter || parameter->count() != entry.count)
      return failure("program manifest: codes of '%s' do not agree with any "
                     "parameter",
                     entry.parameter.c_str());
    codes.push_back(
        {entry.offset, entry.offset + 4 * entry.words, &entry.parameter});
  }
  for (Status status :
       {checkNames(parameters, "parameters"), checkNames(tensors, "tensors"),
        checkRanges(state, manifest.stateBytes, "state"),
        checkRanges(codes, manifest.codesBytes, "codes")})
    if (status.failed())
      return status;
  return Status::success();
}

Status qnet::rt::parseManifest(const char *text, Manifest &manifest) {
  if (!text)
    return failure("program manifest: expected a text, got null");
  JsonValue json;
  if (Status status = parseJson(text, json); status.failed())
    return failure("program manifest: %s", status.message().c_str());
  manifest = Manifest();
  JsonReader top(json, "program manifest");
  readTop(top, manifest);
  if (Status status = readShapes(top, manifest); status.failed())
    return status;
  for (Status status :
       {readList(top, "parameters", manifest.parameters, readParameter),
        readList(top, "tensors", manifest.tensors, readTensor),
        readList(top, "codes", manifest.codes, readCodes),
        readExtras(json, manifest)})
    if (status.failed())
      return status;
  return checkRelations(manifest);
}

const Parameter *Manifest::findParameter(std::string_view name) const {
  for (const Parameter &parameter : parameters)
    if (parameter.name == name)
      return &parameter;
  return nullptr;
}

int64_t Manifest::bytesOfRole(std::string_view role) const {
  int64_t bytes = 0;
  for (const StateTensor &tensor : tensors)
    if (role.empty() || tensor.role == role)
      bytes += tensor.bytes;
  return bytes;
}

static int64_t weightBytes(const Manifest &manifest, const Parameter &owner) {
  int64_t bytes = 0;
  for (const StateTensor &tensor : manifest.tensors)
    if (tensor.parameter == owner.name &&
        (tensor.role == "weights" || tensor.role == "codes"))
      bytes += tensor.bytes;
  return bytes;
}

double Manifest::bitsPerWeight(const Parameter &parameter) const {
  int64_t count = parameter.count();
  return count ? 8.0 * weightBytes(*this, parameter) / count : 0;
}

double Manifest::bitsPerGridWeight() const {
  int64_t bytes = 0, count = 0;
  for (const Parameter &parameter : parameters)
    if (!parameter.grid.empty()) {
      bytes += weightBytes(*this, parameter);
      count += parameter.count();
    }
  return count ? 8.0 * bytes / count : 0;
}
