//===- Resnet.cpp - Residual nets of basic blocks -------------------------===//
//
// He et al., "Deep Residual Learning for Image Recognition" (2016). A basic
// block is relu(shortcut(x) + bn(conv(relu(bn(conv(x)))))). The first block of
// a stage that halves the image has another shortcut than the identity:
// without parameters on CIFAR (every second pixel, zeros for the new channels;
// their option A), a 1x1 convolution with batch normalization on ImageNet
// (their option B).
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace qnet;

namespace {
/// The options of the paper named above.
enum class Shortcut { A, B };

struct Stage {
  int number;
  int64_t blocks, filters, stride;
  Shortcut shortcut;
};
} // namespace

static Value buildShortcut(LayerBuilder &layers, Value value,
                           const Stage &stage, const Twine &name) {
  if (stage.shortcut == Shortcut::A)
    return layers.subsample(value, stage.filters, stage.stride, name);
  value = layers.conv(value, stage.filters, 1, stage.stride, name + ".conv");
  return layers.batchNorm(value, name + ".bn");
}

static Value buildBlock(LayerBuilder &layers, Value input, const Stage &stage,
                        int64_t block) {
  std::string prefix = "stage" + std::to_string(stage.number) + ".block" +
                       std::to_string(block) + ".";
  int64_t stride = block == 1 ? stage.stride : 1;
  Value value = layers.conv(input, stage.filters, 3, stride, prefix + "conv1");
  value = layers.batchNormRelu(value, prefix, "1");
  value = layers.conv(value, stage.filters, 3, 1, prefix + "conv2");
  value = layers.batchNorm(value, prefix + "bn2");
  Value shortcut =
      stride == 1 ? input
                  : buildShortcut(layers, input, stage, prefix + "shortcut");
  return layers.relu(layers.add(value, shortcut, prefix + "add"),
                     prefix + "relu2");
}

/// Stages of `blocks` blocks, the first with `filters` filters and stride 1,
/// each next one with twice as many and stride 2; mean over the image; classes.
static Value buildStages(LayerBuilder &layers, Value value, int stages,
                         int64_t blocks, int64_t filters, Shortcut shortcut) {
  for (int number = 1; number <= stages; ++number) {
    Stage stage = {number, blocks, layers.widened(filters), number == 1 ? 1 : 2,
                   shortcut};
    for (int64_t block = 1; block <= blocks; ++block)
      value = buildBlock(layers, value, stage, block);
    filters *= 2;
  }
  return layers.classifier(layers.globalAvgPool(value, "features"), "");
}

/// 6 `blocks` + 2 layers, from `filters` filters on.
static Value buildCifar(LayerBuilder &layers, Value value, int64_t blocks,
                        int64_t filters) {
  value = layers.conv(value, layers.widened(filters), 3, 1, "conv1");
  value = layers.batchNormRelu(value, "", "1");
  return buildStages(layers, value, 3, blocks, filters, Shortcut::A);
}

static Value buildResnet20(LayerBuilder &layers, Value value) {
  return buildCifar(layers, value, 3, 16);
}

static Value buildResnet56(LayerBuilder &layers, Value value) {
  return buildCifar(layers, value, 9, 16);
}

static Value buildWrn562(LayerBuilder &layers, Value value) {
  return buildCifar(layers, value, 9, 32);
}

static Value buildResnet18(LayerBuilder &layers, Value value) {
  value = layers.conv(value, layers.widened(64), 7, 2, "conv1");
  value = layers.batchNormRelu(value, "", "1");
  value = layers.maxPool(value, 3, 2, "pool1");
  return buildStages(layers, value, 4, 2, 64, Shortcut::B);
}

std::vector<ZooNetwork> qnet::resnetNetworks() {
  ZooNetwork resnet18 = imageNetwork(
      "resnet-18",
      "ImageNet: 7x7 stem, 4 stages of 2 blocks, 64 to 512 filters",
      buildResnet18);
  resnet18.image = {224, 224, 3};
  resnet18.classes = 1000;
  resnet18.schedule = "step_decay:rate = 0.01, factor = 0.1, epochs = [30, 60]";
  return {
      imageNetwork("resnet-20", "CIFAR: 3 stages of 3 blocks, 16 to 64 filters",
                   buildResnet20),
      imageNetwork("resnet-56", "CIFAR: 3 stages of 9 blocks, 16 to 64 filters",
                   buildResnet56),
      imageNetwork("wrn-56-2", "CIFAR: resnet-56 with twice the filters",
                   buildWrn562),
      resnet18};
}
