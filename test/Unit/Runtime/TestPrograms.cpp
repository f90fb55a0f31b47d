//===- TestPrograms.cpp - hand-written programs ---------------------------===//
//
// See TestPrograms.h. The loops are plain; parallel ones split whole words, as
// compiled code does, so results cannot depend on threads.
//
//===----------------------------------------------------------------------===//
#include "TestPrograms.h"

#include "qnet-runtime/philox.h"

#include <cmath>
#include <cstring>

using namespace qnet;
using namespace qnet::test;

static constexpr int64_t batch = classifierBatch, inputs = classifierInputs,
                         classes = classifierClasses;
static constexpr int64_t weights = inputs * classes, words = weights / 32;
static constexpr int64_t biasOffset = 1024, momentOffset = 1088;
static constexpr int64_t stateBytes = 1152;
static constexpr float step = 0.05f, rate = 0.02f;

std::string test::classifierManifest() {
  return R"json({"format":1,"name":"test_classifier","rule":"sr",
 "optimizer":"momentum","schedule":"constant(0.02)","target":"any",
 "batch":16,"seed":7,"input":{"shape":[784]},
 "labels":{"kind":"class","classes":10},"output":{"shape":[10]},
 "state_bytes":1152,"arena_bytes":640,"codes_bytes":980,
 "parameters":[
  {"name":"fc.weight","shape":[10,784],"grid":"#qnet.binary<0.05>",
   "storage_bits":1,"levels":[-0.05,0.05],"trainable":true},
  {"name":"fc.bias","shape":[10],"grid":"","storage_bits":32,
   "trainable":true}],
 "tensors":[
  {"name":"fc.weight","role":"codes","parameter":"fc.weight","dtype":"U32",
   "shape":[245],"offset":0,"bytes":980},
  {"name":"fc.bias","role":"weights","parameter":"fc.bias","dtype":"F32",
   "shape":[10],"offset":1024,"bytes":40},
  {"name":"fc.bias.moment","role":"moment","parameter":"fc.bias",
   "dtype":"F32","shape":[10],"offset":1088,"bytes":40}],
 "codes":[{"parameter":"fc.weight","count":7840,"storage_bits":1,"offset":0,
           "words":245}]})json";
}

static_assert(stateBytes == momentOffset + 64, "agrees with the manifest");

namespace {
struct Classifier {
  explicit Classifier(const uint8_t *state)
      : codes(reinterpret_cast<const uint32_t *>(state)),
        bias(reinterpret_cast<const float *>(state + biasOffset)) {}
  float weight(int64_t i) const {
    return codes[i / 32] >> i % 32 & 1 ? step : -step;
  }
  const uint32_t *codes;
  const float *bias;
};
} // namespace

template <typename Body>
static void parallel(qnet_context *context, int64_t count, Body body) {
  qnet_parallel_for(
      context, count,
      [](void *captures, int64_t begin, int64_t end) {
        (*static_cast<Body *>(captures))(begin, end);
      },
      &body);
}

static void initClassifier(qnet_context *, uint8_t *state, uint8_t *,
                           uint32_t seed) {
  memset(state, 0, stateBytes);
  for (int64_t i = 0; i < words; ++i)
    reinterpret_cast<uint32_t *>(state)[i] =
        randomBlock(seed, 0, i / 4, 0, Stream::Initialization).word[i % 4];
}

/// Logits of all samples into `outputs`.
static void forward(qnet_context *context, const uint8_t *state, const float *x,
                    float *outputs) {
  Classifier model(state);
  parallel(context, batch, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      for (int64_t c = 0; c < classes; ++c) {
        float sum = model.bias[c];
        for (int64_t k = 0; k < inputs; ++k)
          sum += model.weight(c * inputs + k) * x[b * inputs + k];
        outputs[b * classes + c] = sum;
      }
  });
}

/// Turns logits into probabilities.
static void softmax(float *outputs, const int32_t *labels, float *losses,
                    int32_t *predictions) {
  for (int64_t b = 0; b < batch; ++b, outputs += classes) {
    int64_t best = 0;
    for (int64_t c = 1; c < classes; ++c)
      best = outputs[c] > outputs[best] ? c : best;
    float largest = outputs[best], sum = 0;
    for (int64_t c = 0; c < classes; ++c)
      sum += outputs[c] = std::exp(outputs[c] - largest);
    for (int64_t c = 0; c < classes; ++c)
      outputs[c] /= sum;
    predictions[b] = int32_t(best);
    losses[b] = -std::log(outputs[labels[b]] + 1e-9f);
  }
}

static void updateWord(uint32_t &word, int64_t index, const float *x,
                       const float *errors, uint32_t seed, uint32_t number) {
  uint32_t updated = 0;
  for (int64_t bit = 0; bit < 32; ++bit) {
    int64_t i = index * 32 + bit, c = i / inputs, k = i % inputs;
    float gradient = 0;
    for (int64_t b = 0; b < batch; ++b)
      gradient += errors[b * classes + c] * x[b * inputs + k];
    float value = (word >> bit & 1 ? step : -step) - rate * gradient / batch;
    float up = (value / step + 1) / 2;
    PhiloxBlock random =
        randomBlock(seed, 0, i / 4, number, Stream::UpdateRounding);
    updated |= uint32_t(float(random.word[i % 4] >> 8) < up * 0x1p24f) << bit;
  }
  word = updated;
}

static void trainClassifier(qnet_context *context, uint8_t *state,
                            uint8_t *arena, const float *x, const void *labels,
                            uint32_t seed, uint32_t number, uint32_t,
                            float *losses, int32_t *predictions,
                            int32_t *flags) {
  auto *errors = reinterpret_cast<float *>(arena);
  auto *expected = static_cast<const int32_t *>(labels);
  auto *faults = static_cast<Faults *>(qnet_context_user(context));
  forward(context, state, x, errors);
  softmax(errors, expected, losses, predictions);
  for (int64_t b = 0; b < batch; ++b)
    errors[b * classes + expected[b]] -= 1;
  auto *codes = reinterpret_cast<uint32_t *>(state);
  parallel(context, words, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      updateWord(codes[i], i, x, errors, seed, number);
  });
  auto *bias = reinterpret_cast<float *>(state + biasOffset);
  auto *moment = reinterpret_cast<float *>(state + momentOffset);
  for (int64_t c = 0; c < classes; ++c) {
    float gradient = 0;
    for (int64_t b = 0; b < batch; ++b)
      gradient += errors[b * classes + c] / batch;
    moment[c] = 0.9f * moment[c] + gradient;
    bias[c] -= rate * moment[c];
  }
  if (faults && faults->nanAtStep == number)
    flags[1] = 1;
  if (faults && faults->infiniteLossAtStep == number)
    losses[3] = INFINITY;
}

static void evaluateClassifier(qnet_context *context, const uint8_t *state,
                               uint8_t *arena, const float *x,
                               const void *labels, float *losses,
                               int32_t *predictions) {
  auto *outputs = reinterpret_cast<float *>(arena);
  forward(context, state, x, outputs);
  softmax(outputs, static_cast<const int32_t *>(labels), losses, predictions);
}

static void predictClassifier(qnet_context *context, const uint8_t *state,
                              uint8_t *, const float *x, float *outputs) {
  forward(context, state, x, outputs);
}

static void codesOfClassifier(qnet_context *, const uint8_t *state, uint8_t *,
                              uint8_t *codes) {
  memcpy(codes, state, words * 4);
}

qnet_program test::classifier(Faults *faults) {
  static const std::string manifest = classifierManifest();
  return {QNET_ABI_VERSION,
          0,
          manifest.c_str(),
          faults,
          initClassifier,
          trainClassifier,
          evaluateClassifier,
          predictClassifier,
          codesOfClassifier,
          nullptr,
          nullptr,
          nullptr};
}

//===----------------------------------------------------------------------===//
// Linear regression
//===----------------------------------------------------------------------===//

static constexpr const char *regressionManifest =
    R"json({"format":1,"name":"test_regression","rule":"full",
 "optimizer":"sgd","schedule":"constant(0.02)","target":"any","batch":4,
 "seed":1,"input":{"shape":[8]},"labels":{"kind":"target","shape":[1]},
 "output":{"shape":[1]},"state_bytes":64,"arena_bytes":0,"codes_bytes":0,
 "parameters":[{"name":"w","shape":[8],"grid":"","storage_bits":32,
                "trainable":true}],
 "tensors":[{"name":"w","role":"weights","parameter":"w","dtype":"F32",
             "shape":[8],"offset":0,"bytes":32}],"codes":[]})json";

static float dot(const float *w, const float *x) {
  float sum = 0;
  for (int64_t k = 0; k < regressionInputs; ++k)
    sum += w[k] * x[k];
  return sum;
}

static void initRegression(qnet_context *, uint8_t *state, uint8_t *,
                           uint32_t) {
  memset(state, 0, 64);
}

static void evaluateRegression(qnet_context *, const uint8_t *state, uint8_t *,
                               const float *x, const void *labels,
                               float *losses, int32_t *) {
  auto *w = reinterpret_cast<const float *>(state);
  auto *y = static_cast<const float *>(labels);
  for (int64_t b = 0; b < regressionBatch; ++b) {
    float error = dot(w, x + b * regressionInputs) - y[b];
    losses[b] = error * error;
  }
}

static void trainRegression(qnet_context *context, uint8_t *state,
                            uint8_t *arena, const float *x, const void *labels,
                            uint32_t, uint32_t, uint32_t, float *losses,
                            int32_t *predictions, int32_t *) {
  evaluateRegression(context, state, arena, x, labels, losses, predictions);
  auto *w = reinterpret_cast<float *>(state);
  auto *y = static_cast<const float *>(labels);
  for (int64_t b = 0; b < regressionBatch; ++b) {
    const float *row = x + b * regressionInputs;
    float error = dot(w, row) - y[b];
    for (int64_t k = 0; k < regressionInputs; ++k)
      w[k] -= 0.02f * error * row[k];
  }
}

static void predictRegression(qnet_context *, const uint8_t *state, uint8_t *,
                              const float *x, float *outputs) {
  for (int64_t b = 0; b < regressionBatch; ++b)
    outputs[b] =
        dot(reinterpret_cast<const float *>(state), x + b * regressionInputs);
}

qnet_program test::regression() {
  return {QNET_ABI_VERSION,
          0,
          regressionManifest,
          nullptr,
          initRegression,
          trainRegression,
          evaluateRegression,
          predictRegression,
          nullptr,
          nullptr,
          nullptr,
          nullptr};
}
