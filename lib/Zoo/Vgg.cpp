//===- Vgg.cpp - Stages of two 3x3 convolutions and a max pool ------------===//
//
// Three stages, the filters doubling from one to the next, then two hidden
// dense layers; batch normalization and relu after each layer but the last.
// VGG-BC is BinaryConnect's net. VGG-9 is a smaller one whose hidden layers
// have, by our own choice, 512 units.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace qnet;

static Value buildStage(LayerBuilder &layers, Value value, int64_t filters,
                        int stage) {
  std::string prefix = "stage" + std::to_string(stage) + ".";
  for (int i : {1, 2}) {
    value = layers.conv(value, filters, 3, 1, prefix + "conv" + Twine(i));
    value = layers.batchNormRelu(value, prefix, Twine(i));
  }
  return layers.maxPool(value, 2, 2, prefix + "pool");
}

static Value buildVgg(LayerBuilder &layers, Value value, int64_t filters,
                      int64_t units) {
  for (int stage : {1, 2, 3}) {
    value = buildStage(layers, value, layers.widened(filters), stage);
    filters *= 2;
  }
  value = layers.flatten(value);
  for (int i : {1, 2}) {
    value = layers.dense(value, layers.widened(units), "fc" + Twine(i));
    value = layers.batchNormRelu(value, "", Twine(i));
  }
  return layers.classifier(value, "3");
}

static Value buildVgg9(LayerBuilder &layers, Value value) {
  return buildVgg(layers, value, 64, 512);
}

static Value buildVggBC(LayerBuilder &layers, Value value) {
  return buildVgg(layers, value, 128, 1024);
}

std::vector<ZooNetwork> qnet::vggNetworks() {
  return {imageNetwork("vgg-9",
                       "CIFAR: 2x64C3-MP2-2x128C3-MP2-2x256C3-MP2-2x512FC",
                       buildVgg9),
          imageNetwork("vgg-bc",
                       "CIFAR: 2x128C3-MP2-2x256C3-MP2-2x512C3-MP2-2x1024FC, "
                       "BinaryConnect's",
                       buildVggBC)};
}
