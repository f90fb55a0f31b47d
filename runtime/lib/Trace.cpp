//===- Trace.cpp - the weights of one parameter, step by step -------------===//
//
// See Trace.h. The header is written twice: with no records to keep its place,
// and at the end with their number.
//
//===----------------------------------------------------------------------===//
#include "Trace.h"

using namespace qnet::rt;

static constexpr size_t headerBytes = 256;
static constexpr size_t bufferedValues = 1 << 16;

std::string qnet::rt::formatNpyHeader(const Shape &shape) {
  std::string dims;
  for (int64_t dim : shape)
    dims += std::to_string(dim) + ", ";
  std::string text =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims + "), }";
  size_t bytes = headerBytes - 10;
  text.resize(bytes, ' ');
  text.back() = '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += char(bytes & 255);
  header += char(bytes >> 8);
  return header + text;
}

static const StateTensor *findStored(const Manifest &manifest,
                                     const std::string &parameter) {
  for (const StateTensor &tensor : manifest.tensors)
    if (tensor.parameter == parameter &&
        (tensor.role == "weights" || tensor.role == "codes"))
      return &tensor;
  return nullptr;
}

Status Trace::choose(const std::string &name, const Manifest &manifest) {
  parameter = manifest.findParameter(name);
  if (!name.empty() && !parameter)
    return failure("option --trace-parameter: expected a parameter of this "
                   "program, got '%s'; see 'info'",
                   name.c_str());
  for (bool needsGrid : {true, false})
    for (const Parameter &candidate : manifest.parameters)
      if (!parameter && candidate.trainable &&
          (!needsGrid || !candidate.grid.empty()))
        parameter = &candidate;
  tensor = parameter ? findStored(manifest, parameter->name) : nullptr;
  // A frozen parameter is a constant of the program, or has no state.
  if (!tensor || parameter->shape.size() > 8)
    return failure("option --trace: expected a parameter with stored weights%s",
                   parameter ? (", got '" + parameter->name + "'").c_str()
                             : "");
  return Status::success();
}

Status Trace::start(const std::string &path, const std::string &name,
                    int64_t interval, const Session &session) {
  every = interval;
  if (Status status = choose(name, session.manifest()); status.failed())
    return status;
  if (Status status = file.open(path); status.failed())
    return status;
  if (Status status = file.write(std::string(headerBytes, '\0'));
      status.failed())
    return status;
  values.reserve(bufferedValues + parameter->count());
  return append(session);
}

/// Appends the levels of `count` packed codes; ordinals where the manifest has
/// no levels.
static void decode(const uint32_t *words, const Parameter &parameter,
                   std::vector<float> &values) {
  uint32_t bits = parameter.storageBits, perWord = 32 / bits;
  uint32_t mask = bits == 32 ? ~0u : (1u << bits) - 1;
  size_t levels = parameter.levels.size();
  for (int64_t i = 0, count = parameter.count(); i < count; ++i) {
    uint32_t ordinal = words[i / perWord] >> i % perWord * bits & mask;
    values.push_back(ordinal < levels ? parameter.levels[ordinal]
                                      : float(ordinal));
  }
}

Status Trace::append(const Session &session) {
  const uint8_t *data = session.stateOf(*tensor);
  if (tensor->role == "codes") {
    decode(reinterpret_cast<const uint32_t *>(data), *parameter, values);
  } else {
    auto *weights = reinterpret_cast<const float *>(data);
    values.insert(values.end(), weights, weights + parameter->count());
  }
  ++records;
  return values.size() < bufferedValues ? Status::success() : flush();
}

Status Trace::flush() {
  Status status = file.write(values.data(), values.size() * sizeof(float));
  values.clear();
  return status;
}

Status Trace::finish() {
  if (!isActive())
    return Status::success();
  if (Status status = flush(); status.failed())
    return status;
  Shape shape = parameter->shape;
  shape.insert(shape.begin(), records);
  if (Status status = file.rewriteStart(formatNpyHeader(shape));
      status.failed())
    return status;
  tensor = nullptr;
  return file.commit();
}
