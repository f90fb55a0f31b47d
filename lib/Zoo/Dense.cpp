//===- Dense.cpp - Chains of dense layers ---------------------------------===//
//
// Between the layers of an mlp, and after its last one too (as in
// BinaryConnect: a sum of hundreds of -D and +D is far too large for a
// softmax), stand batch normalizations. The regressions are one layer with a
// bias.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"

using namespace mlir;
using namespace qnet;

static Value buildMlp(LayerBuilder &layers, Value value) {
  ArrayRef<int64_t> sizes = layers.settings.sizes;
  for (size_t i = 1; i < sizes.size(); ++i) {
    bool isLast = i + 1 == sizes.size();
    value = layers.dense(value, sizes[i], "fc" + Twine(i),
                         isLast ? LayerBuilder::Place::Last
                                : LayerBuilder::Place::Inner);
    value = isLast ? layers.batchNorm(value, "bn" + Twine(i))
                   : layers.batchNormRelu(value, "", Twine(i));
  }
  return value;
}

static Value buildRegression(LayerBuilder &layers, Value value) {
  value = layers.dense(value, layers.settings.sizes.back(), "fc1",
                       LayerBuilder::Place::Last);
  return layers.bias(value, "fc1");
}

static ZooNetwork denseNetwork(StringRef name, StringRef summary,
                               std::vector<int64_t> sizes) {
  ZooNetwork network = {};
  network.name = name;
  network.summary = summary;
  network.sizes = std::move(sizes);
  network.batch = 32;
  network.loss = "softmax_cross_entropy";
  network.optimizer = "sgd";
  network.policy = GridPolicy::All;
  network.build = buildRegression;
  return network;
}

std::vector<ZooNetwork> qnet::denseNetworks() {
  ZooNetwork mlp = denseNetwork(
      "mlp", "dense layers with batch normalization and relu between them",
      {784, 1024, 1024, 10});
  mlp.batch = 128;
  mlp.optimizer = "adam";
  mlp.schedule = "constant_rate:0.001";
  mlp.build = buildMlp;

  ZooNetwork linear = denseNetwork(
      "linear", "linear regression: one dense layer with a bias", {20, 1});
  linear.loss = "mean_squared_error";
  linear.schedule = "constant_rate:0.01";

  ZooNetwork logistic = denseNetwork(
      "logistic",
      "logistic regression: one dense layer with a bias, softmax over classes",
      {20, 2});
  logistic.schedule = "constant_rate:0.1";
  return {mlp, linear, logistic};
}
