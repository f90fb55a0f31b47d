//===- Checkpoint.cpp - the state of a training run in a file -------------===//
//
// Saving writes the tensors in the manifest's order, so that the bytes depend
// on the program and the run only. Loading compares the file with the program
// tensor by tensor and names the first difference.
//
//===----------------------------------------------------------------------===//
#include "Checkpoint.h"

#include "AtomicFile.h"
#include "Safetensors.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace qnet::rt;

/// The second format has a mean and a deviation for each channel.
static constexpr const char *formatNames[] = {"qnet-checkpoint-1",
                                              "qnet-checkpoint-2"};

static void describeRun(const Manifest &manifest, const CheckpointInfo &info,
                        SafetensorsHeader &header) {
  auto add = [&](std::string key, std::string value) {
    header.metadata.emplace_back(std::move(key), std::move(value));
  };
  bool perChannel = info.normalization && info.normalization->channels() > 1;
  add("format", formatNames[perChannel]);
  add("name", manifest.name);
  add("rule", manifest.rule);
  add("optimizer", manifest.optimizer);
  add("seed", std::to_string(info.seed));
  add("step", std::to_string(info.step));
  if (info.loop) {
    add("batch", std::to_string(info.loop->batch));
    add("train_samples", std::to_string(info.loop->trainSamples));
    add("epoch", std::to_string(info.loop->epoch));
    add("epoch_loss_sum", formatExact(info.loop->lossSum));
    add("epoch_errors", std::to_string(info.loop->errors));
    // Absent means none: so it was before there was augmentation.
    if (info.loop->augment != "none")
      add("augment", info.loop->augment);
  }
  if (info.normalization) {
    add("mean", formatExactList(info.normalization->mean));
    add("deviation", formatExactList(info.normalization->deviation));
  }
}

static void describeTensors(const Manifest &manifest,
                            SafetensorsHeader &header) {
  int64_t end = 0;
  for (const StateTensor &tensor : manifest.tensors) {
    header.tensors.push_back(
        {tensor.name, tensor.dtype, tensor.shape, end, end + tensor.bytes});
    end += tensor.bytes;
    const Parameter *parameter = manifest.findParameter(tensor.parameter);
    if (tensor.role != "codes" || !parameter)
      continue;
    header.metadata.emplace_back("grid." + tensor.name, parameter->grid);
    header.metadata.emplace_back("logical_shape." + tensor.name,
                                 formatShape(parameter->shape));
  }
}

static Status writeAll(AtomicFile &file, const std::string &path,
                       const Manifest &manifest, const std::string &header,
                       const uint8_t *state) {
  if (Status status = file.open(path); status.failed())
    return status;
  if (Status status = file.write(header); status.failed())
    return status;
  for (const StateTensor &tensor : manifest.tensors)
    if (Status status = file.write(state + tensor.offset, tensor.bytes);
        status.failed())
      return status;
  return file.commit();
}

Status qnet::rt::saveCheckpoint(const std::string &path,
                                const Manifest &manifest,
                                const CheckpointInfo &info,
                                const uint8_t *state) {
  SafetensorsHeader header;
  describeRun(manifest, info, header);
  describeTensors(manifest, header);
  AtomicFile file;
  Status status = writeAll(file, path, manifest, writeHeader(header), state);
  if (!status.failed())
    return status;
  return failure("checkpoint: %s", status.message().c_str());
}

/// Reads numbers from the metadata; remembers the first that is wrong.
namespace {
class MetadataReader {
public:
  explicit MetadataReader(const SafetensorsHeader &header) : header(header) {}
  int64_t integer(const char *key, int64_t most) {
    int64_t value = 0;
    const std::string *text = header.findMetadata(key);
    if (!text || !parseInteger(*text, value) || value < 0 || value > most)
      fail(key, "an integer in range", text);
    return value;
  }
  double number(const char *key) {
    double value = 0;
    const std::string *text = header.findMetadata(key);
    if (!text || !parseExact(*text, value) || !std::isfinite(value))
      fail(key, "a finite number", text);
    return value;
  }
  /// One number, or one per channel.
  std::vector<double> numbers(const char *key, size_t channels) {
    std::vector<double> values;
    const std::string *text = header.findMetadata(key);
    bool valid = text && parseExactList(*text, values);
    for (double value : values)
      valid &= std::isfinite(value);
    if (!valid)
      fail(key, "a finite number", text);
    else if (values.size() != 1 && values.size() != channels)
      fail(key, "a number, or one per channel", text);
    return values;
  }
  void fail(const char *key, const char *expected, const std::string *got) {
    if (!status.failed())
      status = failure("metadata '%s': expected %s, got '%s'", key, expected,
                       got ? got->c_str() : "");
  }
  Status status;

private:
  const SafetensorsHeader &header;
};
} // namespace

static Status readRun(const SafetensorsHeader &header, const Manifest &manifest,
                      CheckpointInfo &info) {
  MetadataReader reader(header);
  info.seed = reader.integer("seed", UINT32_MAX);
  info.step = reader.integer("step", UINT32_MAX);
  if (header.findMetadata("epoch")) {
    LoopRecord loop;
    loop.batch = reader.integer("batch", INT32_MAX);
    loop.trainSamples = reader.integer("train_samples", UINT32_MAX);
    loop.epoch = reader.integer("epoch", UINT32_MAX);
    loop.lossSum = reader.number("epoch_loss_sum");
    loop.errors = reader.integer("epoch_errors", INT64_MAX);
    if (const std::string *augment = header.findMetadata("augment"))
      loop.augment = *augment;
    info.loop = loop;
  }
  if (header.findMetadata("mean")) {
    size_t channels = countChannels(manifest.inputShape);
    Normalization normalization{reader.numbers("mean", channels),
                                reader.numbers("deviation", channels)};
    if (normalization.mean.size() != normalization.deviation.size())
      reader.fail("deviation", "as many numbers as 'mean' has",
                  header.findMetadata("deviation"));
    for (double deviation : normalization.deviation)
      if (!(deviation > 0))
        reader.fail("deviation", "a positive number",
                    header.findMetadata("deviation"));
    info.normalization = normalization;
  }
  return reader.status;
}

static Status checkProgram(const SafetensorsHeader &header,
                           const Manifest &manifest) {
  const std::string *format = header.findMetadata("format");
  if (!format || (*format != formatNames[0] && *format != formatNames[1]))
    return failure("not written by a qnet trainer (its metadata lacks the "
                   "format '%s')",
                   formatNames[0]);
  for (auto [key, expected] :
       {std::pair("name", &manifest.name), std::pair("rule", &manifest.rule),
        std::pair("optimizer", &manifest.optimizer)}) {
    const std::string *found = header.findMetadata(key);
    if (!found || *found != *expected)
      return failure("its %s is '%s', this program's is '%s'", key,
                     found ? found->c_str() : "", expected->c_str());
  }
  return Status::success();
}

static Status checkTensors(const SafetensorsHeader &header,
                           const Manifest &manifest) {
  for (const StateTensor &tensor : manifest.tensors) {
    const char *name = tensor.name.c_str();
    const StoredTensor *stored = header.findTensor(tensor.name);
    if (!stored)
      return failure("tensor '%s' is missing", name);
    if (stored->dtype != tensor.dtype || stored->shape != tensor.shape)
      return failure("tensor '%s' is %s%s, this program expects %s%s", name,
                     stored->dtype.c_str(), formatShape(stored->shape).c_str(),
                     tensor.dtype.c_str(), formatShape(tensor.shape).c_str());
    const Parameter *parameter = manifest.findParameter(tensor.parameter);
    if (tensor.role != "codes" || !parameter)
      continue;
    const std::string *grid = header.findMetadata("grid." + tensor.name);
    if (!grid || *grid != parameter->grid)
      return failure("tensor '%s' has the grid '%s', this program expects '%s'",
                     name, grid ? grid->c_str() : "", parameter->grid.c_str());
  }
  // All of the program's names are there, so more names means foreign ones.
  for (const StoredTensor &stored : header.tensors) {
    bool known = false;
    for (const StateTensor &tensor : manifest.tensors)
      known |= tensor.name == stored.name;
    if (!known)
      return failure("tensor '%s' is not one of this program's",
                     stored.name.c_str());
  }
  return Status::success();
}

static Status readData(int descriptor, const SafetensorsHeader &header,
                       const Manifest &manifest, Buffer &state) {
  if (state.size() != manifest.stateBytes &&
      !state.allocate(manifest.stateBytes))
    return failure("cannot allocate %lld bytes for the state",
                   (long long)manifest.stateBytes);
  off_t start = lseek(descriptor, 0, SEEK_CUR);
  for (const StateTensor &tensor : manifest.tensors) {
    off_t begin = start + header.findTensor(tensor.name)->begin;
    if (start < 0 || lseek(descriptor, begin, SEEK_SET) < 0)
      return failure("%s", strerror(errno));
    if (Status status =
            readExactly(descriptor, state.data() + tensor.offset, tensor.bytes);
        status.failed())
      return status;
  }
  return Status::success();
}

static Status
load(int descriptor, const Manifest &manifest, CheckpointInfo &info,
     Buffer &state,
     const std::function<Status(const CheckpointInfo &)> &beforeData) {
  SafetensorsHeader header;
  if (Status status = readHeader(descriptor, header); status.failed())
    return status;
  for (Status status :
       {checkProgram(header, manifest), checkTensors(header, manifest)})
    if (status.failed())
      return status;
  CheckpointInfo newInfo;
  if (Status status = readRun(header, manifest, newInfo); status.failed())
    return status;
  if (beforeData)
    if (Status status = beforeData(newInfo); status.failed())
      return status;
  Status status = readData(descriptor, header, manifest, state);
  if (!status.failed())
    info = newInfo;
  return status;
}

Status qnet::rt::loadCheckpoint(
    const std::string &path, const Manifest &manifest, CheckpointInfo &info,
    Buffer &state,
    const std::function<Status(const CheckpointInfo &)> &beforeData) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  Status status = descriptor < 0 ? failure("cannot open: %s", strerror(errno))
                                 : load(descriptor, manifest, info, state,
                                        beforeData);
  if (descriptor >= 0)
    close(descriptor);
  if (!status.failed())
    return status;
  return failure("checkpoint '%s': %s", path.c_str(), status.message().c_str());
}
