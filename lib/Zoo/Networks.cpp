//===- Networks.cpp - The networks of the zoo -----------------------------===//
//
// All networks so far are chains of dense layers. Between them, and after the
// last layer of an mlp too (as in BinaryConnect: a sum of hundreds of -D and +D
// is far too large for a softmax), stand batch normalizations.
//
//===----------------------------------------------------------------------===//

#include "Settings.h"
#include "mlir/IR/Verifier.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

ArrayRef<ZooNetwork> qnet::zooNetworks() {
  static const ZooNetwork networks[] = {
      {"mlp",
       "dense layers with batch normalization and relu between them",
       {784, 1024, 1024, 10},
       128,
       "softmax_cross_entropy",
       "adam",
       "constant_rate:0.001"},
      {"linear",
       "linear regression: one dense layer with a bias",
       {20, 1},
       32,
       "mean_squared_error",
       "sgd",
       "constant_rate:0.01"},
      {"logistic",
       "logistic regression: one dense layer with a bias, softmax over classes",
       {20, 2},
       32,
       "softmax_cross_entropy",
       "sgd",
       "constant_rate:0.1"},
  };
  return networks;
}

namespace {
/// Builds the layers of one model. Each op's location names its result.
class LayerBuilder {
public:
  LayerBuilder(OpBuilder &b, const ResolvedSettings &settings)
      : b(b), settings(settings) {}

  /// x W^T; `matrix` counts the weight matrices from 0.
  Value dense(Value input, int64_t outputs, size_t matrix);
  Value bias(Value input, StringRef layer);
  Value batchNorm(Value input, StringRef layer);
  Value relu(Value input, StringRef layer) {
    return ReluOp::create(b, NameLoc::get(b.getStringAttr(layer)), input);
  }

private:
  Location named(StringRef kind, StringRef layer) {
    return NameLoc::get(b.getStringAttr(layer + "." + kind));
  }
  Value constant(StringRef name, ArrayRef<int64_t> shape, float value);
  bool hasGrid(size_t matrix) const;

  OpBuilder &b;
  const ResolvedSettings &settings;
};
} // namespace

static int64_t channelsOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

bool LayerBuilder::hasGrid(size_t matrix) const {
  size_t last = settings.sizes.size() - 2;
  switch (settings.policy) {
  case GridPolicy::All:
    return true;
  case GridPolicy::Paper:
    return matrix != 0 && matrix != last;
  case GridPolicy::None:
    return false;
  }
  return false;
}

Value LayerBuilder::dense(Value input, int64_t outputs, size_t matrix) {
  std::string layer = "fc" + std::to_string(matrix + 1);
  int64_t inputs = channelsOf(input);
  float scale = 1.0f;
  GridAttrInterface grid;
  if (hasGrid(matrix)) {
    grid = settings.grid;
    if (settings.rateScale == RateScale::Glorot)
      scale = 1.0f / std::sqrt(1.5f / static_cast<float>(inputs + outputs));
  }
  Value weights = ParameterOp::create(
      b, named("weight", layer),
      RankedTensorType::get({outputs, inputs}, b.getF32Type()),
      b.getStringAttr(layer + ".weight"), GlorotAttr::get(b.getContext()), grid,
      b.getF32FloatAttr(scale), UnitAttr());
  return DenseOp::create(b, named("product", layer), input, weights);
}

Value LayerBuilder::constant(StringRef name, ArrayRef<int64_t> shape,
                             float value) {
  return ParameterOp::create(
      b, NameLoc::get(b.getStringAttr(name)),
      RankedTensorType::get(shape, b.getF32Type()), b.getStringAttr(name),
      ConstantAttr::get(b.getContext(), APFloat(value)), GridAttrInterface(),
      b.getF32FloatAttr(1.0f), UnitAttr());
}

Value LayerBuilder::bias(Value input, StringRef layer) {
  Value values = constant((layer + ".bias").str(), channelsOf(input), 0.0f);
  return BiasOp::create(b, named("sum", layer), input, values);
}

Value LayerBuilder::batchNorm(Value input, StringRef layer) {
  Value scale = constant((layer + ".scale").str(), channelsOf(input), 1.0f);
  Value shift = constant((layer + ".shift").str(), channelsOf(input), 0.0f);
  return BatchNormOp::create(b, named("result", layer), layer, input, scale,
                             shift, APFloat(1.0e-5f), APFloat(0.9f));
}

/// The layers from `inputs` to the outputs.
static Value buildLayers(LayerBuilder &layers, Value value, bool isMlp,
                         ArrayRef<int64_t> sizes) {
  for (size_t i = 1; i < sizes.size(); ++i) {
    std::string number = std::to_string(i);
    value = layers.dense(value, sizes[i], i - 1);
    if (!isMlp) {
      value = layers.bias(value, "fc" + number);
      continue;
    }
    value = layers.batchNorm(value, "bn" + number);
    if (i + 1 < sizes.size())
      value = layers.relu(value, "relu" + number);
  }
  return value;
}

static void buildModel(OpBuilder &b, const ZooNetwork &network,
                       const ResolvedSettings &settings) {
  auto typeOf = [&](int64_t size) {
    return RankedTensorType::get({settings.batch, size}, b.getF32Type());
  };
  FunctionType type = b.getFunctionType(typeOf(settings.sizes.front()),
                                        typeOf(settings.sizes.back()));
  Location loc = b.getUnknownLoc();
  auto model = ModelOp::create(b, loc, network.name, type, StringAttr(),
                               ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&model.getBody(), {}, type.getInputs(),
                              {NameLoc::get(b.getStringAttr("inputs"))});
  LayerBuilder layers(b, settings);
  Value outputs = buildLayers(layers, body->getArgument(0),
                              network.name == "mlp", settings.sizes);
  ReturnOp::create(b, loc, outputs);
}

llvm::Expected<OwningOpRef<ModuleOp>>
qnet::buildZooNetwork(MLIRContext &context, StringRef name,
                      const ZooSettings &settings) {
  const ZooNetwork *network = llvm::find_if(
      zooNetworks(), [&](const ZooNetwork &n) { return n.name == name; });
  if (network == zooNetworks().end()) {
    std::string names =
        llvm::join(llvm::map_range(zooNetworks(),
                                   [](const ZooNetwork &n) { return n.name; }),
                   ", ");
    return llvm::createStringError("unknown network '" + name +
                                   "'; expected one of " + names);
  }
  auto resolved = resolveSettings(context, *network, settings);
  if (!resolved)
    return resolved.takeError();
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(b, loc);
  b.setInsertionPointToEnd(module->getBody());
  buildModel(b, *network, *resolved);
  TrainingOp::create(b, loc, (name + "_training").str(), name, resolved->loss,
                     resolved->rule, resolved->optimizer, resolved->schedule,
                     resolved->seed, FloatAttr());
  if (failed(verify(*module)))
    return llvm::createStringError("the network '" + name +
                                   "' with these settings is not valid IR");
  return module;
}
