//===- RandomGraph.cpp - Valid training graphs by chance ------------------===//
//
// Draws the shape of the inputs, the layers, and how the model is trained.
//
//===----------------------------------------------------------------------===//

#include "RandomGraph.h"
#include "RandomLayers.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

/// An adam whose epsilon is large: with a small one, a gradient that is zero
/// but for rounding gives a whole step, and any comparison fails.
static const char *const kOptimizers[] = {
    "#qnet.momentum<mu = 0.5>", "#qnet.sgd",
    "#qnet.momentum<mu = 0.9, nesterov = true>", "#qnet.adam<epsilon = 0.01>",
    "#qnet.adam<epsilon = 0.01, weight_decay = 0.01>"};
static const char *const kRules[] = {"#qnet.full",
                                     "#qnet.sr",
                                     "#qnet.r",
                                     "#qnet.bc",
                                     "#qnet.sr<bits = 24>",
                                     "#qnet.bc<rounding = #qnet.stochastic>"};
static const char *const kSchedules[] = {
    "#qnet.constant_rate<0.0625>", "#qnet.inverse_sqrt_decay<c = 0.1>",
    "#qnet.cosine_decay<rate = 0.1, steps = 4>",
    "#qnet.exponential_decay<rate = 0.05, factor = 0.5>"};
static const char *const kLosses[] = {
    "#qnet.mean_squared_error", "#qnet.softmax_cross_entropy",
    "#qnet.squared_hinge", "#qnet.logistic", "#qnet.mean_output"};

namespace {

constexpr int kMaxLayers = 6;

class RandomGraph {
public:
  RandomGraph(MLIRContext &context, Choices &choices)
      : b(&context), choices(choices) {}

  OwningOpRef<ModuleOp> build();

private:
  template <typename T> T parse(StringRef text) {
    return cast<T>(parseAttribute(text, b.getContext()));
  }
  RankedTensorType drawInputs();
  void buildModel(int64_t outputs);
  void buildTraining(StringRef loss);

  OpBuilder b;
  Choices &choices;
  int64_t batch = 2;
};

} // namespace

RankedTensorType RandomGraph::drawInputs() {
  SmallVector<int64_t> shape = {batch};
  if (choices.draw(3) == 0) {
    shape.push_back(1 + choices.draw(20));
  } else {
    for (int64_t limit : {8, 8, 4})
      shape.push_back(1 + choices.draw(limit));
  }
  return RankedTensorType::get(shape, b.getF32Type());
}

void RandomGraph::buildModel(int64_t outputs) {
  RankedTensorType inputs = drawInputs();
  auto result = RankedTensorType::get({batch, outputs}, b.getF32Type());
  auto model = ModelOp::create(b, b.getUnknownLoc(), "net",
                               b.getFunctionType(inputs, result), StringAttr(),
                               ArrayAttr(), ArrayAttr());
  OpBuilder::InsertionGuard guard(b);
  Block *body =
      b.createBlock(&model.getBody(), {}, inputs, {b.getUnknownLoc()});
  RandomLayers layers(b, choices);
  Value value = body->getArgument(0);
  // A choice before each layer, not a count: then shrinking can drop a layer by
  // dropping its choices.
  for (int i = 0; i < kMaxLayers && choices.draw(5) != 0; ++i)
    value = layers.anyLayer(value);
  ReturnOp::create(b, b.getUnknownLoc(), layers.head(value, outputs));
}

void RandomGraph::buildTraining(StringRef loss) {
  const char *rule = choices.pick(kRules);
  const char *optimizer = choices.pick(kOptimizers);
  const char *schedule = choices.pick(kSchedules);
  FloatAttr clip = choices.oneIn(6) ? b.getF32FloatAttr(0.05f) : FloatAttr();
  IntegerAttr microBatch;
  if (choices.oneIn(6) && batch % 2 == 0)
    microBatch = b.getI64IntegerAttr(batch / 2);
  TrainingOp::create(
      b, b.getUnknownLoc(), "training", "net", parse<LossAttrInterface>(loss),
      parse<RuleAttrInterface>(rule), parse<OptimizerAttrInterface>(optimizer),
      parse<ScheduleAttrInterface>(schedule), uint32_t(1 + choices.draw(1000)),
      clip, microBatch);
}

OwningOpRef<ModuleOp> RandomGraph::build() {
  OwningOpRef<ModuleOp> module = ModuleOp::create(b, b.getUnknownLoc());
  b.setInsertionPointToEnd(module->getBody());
  batch = 2 + choices.draw(6);
  StringRef loss = choices.pick(kLosses);
  int64_t outputs = loss == "#qnet.logistic" ? 1 : 2 + choices.draw(4);
  buildModel(outputs);
  buildTraining(loss);
  return module;
}

std::string qnet::test::makeRandomGraph(MLIRContext &context,
                                        Choices &choices) {
  OwningOpRef<ModuleOp> module = RandomGraph(context, choices).build();
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream);
  if (failed(verify(*module)))
    llvm::report_fatal_error(StringRef("the generator made:\n" + text), false);
  return text + "\n";
}
