//===- Networks.cpp - The zoo: from a name to a training graph ------------===//
//
// Collects the families, finds a network by its name, and puts its layers into
// a qnet.model with a qnet.training of it.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "LayerBuilder.h"
#include "mlir/IR/Verifier.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace qnet;

ArrayRef<ZooNetwork> qnet::zooNetworks() {
  static const std::vector<ZooNetwork> networks = [] {
    std::vector<ZooNetwork> all;
    for (auto family : {denseNetworks, lenetNetworks, vggNetworks,
                        resnetNetworks, toyNetworks})
      llvm::append_range(all, family());
    return all;
  }();
  return networks;
}

ZooNetwork qnet::imageNetwork(StringRef name, StringRef summary,
                              Value (*build)(LayerBuilder &, Value)) {
  ZooNetwork network = {};
  network.name = name;
  network.summary = summary;
  network.image = {32, 32, 3};
  network.classes = 10;
  network.batch = 128;
  network.loss = "softmax_cross_entropy";
  network.optimizer = "adam";
  network.schedule = "step_decay:rate = 0.01, factor = 0.1, epochs = [80, 120]";
  network.policy = GridPolicy::Paper;
  network.build = build;
  return network;
}

/// Symbols become names of C functions: `vgg-9` is @vgg_9.
static std::string symbolOf(StringRef name) {
  std::string symbol = name.str();
  llvm::replace(symbol, '-', '_');
  return symbol;
}

static FunctionType modelType(OpBuilder &b, const ZooNetwork &network,
                              const ResolvedSettings &settings) {
  auto typeOf = [&](ArrayRef<int64_t> sample) {
    SmallVector<int64_t> shape = {settings.batch};
    llvm::append_range(shape, sample);
    return RankedTensorType::get(shape, b.getF32Type());
  };
  if (network.isOnImages())
    return b.getFunctionType(typeOf(network.image), typeOf(settings.classes));
  return b.getFunctionType(typeOf(settings.sizes.front()),
                           typeOf(settings.sizes.back()));
}

static void buildModel(OpBuilder &b, const ZooNetwork &network,
                       const ResolvedSettings &settings) {
  FunctionType type = modelType(b, network, settings);
  Location loc = b.getUnknownLoc();
  auto model = ModelOp::create(b, loc, symbolOf(network.name), type,
                               StringAttr(), ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&model.getBody(), {}, type.getInputs(),
                              {NameLoc::get(b.getStringAttr("inputs"))});
  LayerBuilder layers(b, settings);
  ReturnOp::create(b, loc, network.build(layers, body->getArgument(0)));
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
  std::string symbol = symbolOf(name);
  TrainingOp::create(
      b, loc, symbol + "_training", symbol, resolved->loss, resolved->rule,
      resolved->optimizer, resolved->schedule, resolved->seed, FloatAttr(),
      resolved->microBatch ? b.getI64IntegerAttr(*resolved->microBatch)
                           : IntegerAttr());
  if (failed(verify(*module)))
    return llvm::createStringError("the network '" + name +
                                   "' with these settings is not valid IR");
  return module;
}
