//===- Lenet.cpp - A small convolutional net for MNIST --------------------===//
//
// 32C5 - MP2 - 64C5 - MP2 - 512FC - 10 with convolutions inside the image
// (28 -> 24 -> 12 -> 8 -> 4), batch normalization and relu after each layer but
// the last.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace qnet;

static Value buildLenet(LayerBuilder &layers, Value value) {
  value = layers.reshape(value, {28, 28, 1}, "image");
  int64_t filters = 32;
  for (int i : {1, 2}) {
    value =
        layers.convInside(value, layers.widened(filters), 5, "conv" + Twine(i));
    value = layers.batchNormRelu(value, "", Twine(i));
    value = layers.maxPool(value, 2, 2, "pool" + Twine(i));
    filters *= 2;
  }
  value = layers.dense(layers.flatten(value), layers.widened(512), "fc1");
  value = layers.batchNormRelu(value, "", "3");
  return layers.classifier(value, "2");
}

std::vector<ZooNetwork> qnet::lenetNetworks() {
  ZooNetwork lenet = imageNetwork(
      "lenet", "MNIST: 32C5-MP2-64C5-MP2-512FC, images as rows of 784 values",
      buildLenet);
  lenet.image = {28 * 28};
  lenet.schedule = "constant_rate:0.001";
  return {lenet};
}
