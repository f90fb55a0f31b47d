//===- BuildInference.cpp - qnet-build-inference --------------------------===//
//
// Cuts inference in two: what depends on the state only, computed once from a
// checkpoint (@fold), and the graph that takes the results as constants, kept
// as text in the program. docs/export.md says what becomes of both.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Autodiff/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"
#include "qnet/Program/Program.h"
#include "llvm/ADT/StringExtras.h"

namespace qnet {
#define GEN_PASS_DEF_QNETBUILDINFERENCE
#include "qnet/Autodiff/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// The trainer puts the normalization of its data here.
static constexpr StringLiteral kNormalizationMark = "@NORMALIZATION@";

namespace {
/// A value of the state part that the rest uses.
struct Constant {
  std::string name;
  Value value;
};

/// One entry, cut.
class Partition {
public:
  explicit Partition(func::FuncOp entry) : entry(entry) {}
  LogicalResult run();

  func::FuncOp entry;
  SmallVector<Constant> constants;
  /// The ops of the part that depends on more than the state, in order.
  SmallVector<Operation *> rest;

private:
  bool isState(Value value) const { return state.contains(value); }
  void use(Value value);
  std::string nameOf(Value value);
  StateAttr stateOf(BlockArgument argument);
  void collectState(Value value, SmallVectorImpl<StateAttr> &found);

  DenseSet<Value> state, varying;
  llvm::StringMap<unsigned> names;
};
} // namespace

StateAttr Partition::stateOf(BlockArgument argument) {
  return entry.getArgAttrOfType<StateAttr>(argument.getArgNumber(),
                                           QnetDialect::kStateAttrName);
}

void Partition::collectState(Value value, SmallVectorImpl<StateAttr> &found) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (!llvm::is_contained(found, stateOf(argument)))
      found.push_back(stateOf(argument));
    return;
  }
  for (Value operand : value.getDefiningOp()->getOperands())
    if (isState(operand))
      collectState(operand, found);
}

/// The name of the one piece of state that `value` is made of. Where there are
/// more, their layer's name and that of the result: "bn1.factor".
std::string Partition::nameOf(Value value) {
  SmallVector<StateAttr> pieces;
  collectState(value, pieces);
  std::string name = pieces.front().getName().str();
  if (pieces.size() > 1) {
    for (StateAttr piece : pieces)
      if (piece.getRole() == StateRole::Statistic)
        name = piece.getOwner().str();
    std::string result = "folded";
    if (auto namer = value.getDefiningOp<OpAsmOpInterface>())
      namer.getAsmResultNames([&](Value named, StringRef text) {
        if (named == value)
          result = text.str();
      });
    name += "." + result;
  }
  for (char &c : name)
    if (!llvm::isAlnum(c) && c != '.' && c != '_')
      c = '_';
  if (!llvm::isAlpha(name[0]))
    name = "_" + name;
  unsigned count = names[name]++;
  return count ? name + "_" + std::to_string(count) : name;
}

void Partition::use(Value value) {
  if (!isState(value) || llvm::any_of(constants, [&](const Constant &known) {
        return known.value == value;
      }))
    return;
  constants.push_back({nameOf(value), value});
}

LogicalResult Partition::run() {
  if (!llvm::hasSingleElement(entry.getBody()))
    return entry.emitOpError("expected an entry with a body of one block");
  for (BlockArgument argument : entry.getArguments())
    (stateOf(argument) ? state : varying).insert(argument);
  // Out of the loop over micro-batches, if there is one.
  entry.walk([](LoopLikeOpInterface loop) { moveLoopInvariantCode(loop); });
  for (Operation &op : entry.getBody().front()) {
    SetVector<Value> used(op.operand_begin(), op.operand_end());
    getUsedValuesDefinedAbove(op.getRegions(), used);
    bool fromState =
        llvm::any_of(used, [&](Value value) { return isState(value); });
    bool varies = llvm::any_of(
        used, [&](Value value) { return varying.contains(value); });
    // Codes ship as codes: decoding them stays where they are used.
    bool folds = fromState && !varies && op.getNumRegions() == 0 &&
                 isPure(&op) && !isa<DecodeOp>(op) &&
                 !op.hasTrait<OpTrait::IsTerminator>();
    for (Value result : op.getResults())
      if (folds)
        state.insert(result);
      else if (fromState || varies)
        varying.insert(result);
    if (folds)
      continue;
    rest.push_back(&op);
    for (Value value : used)
      use(value);
  }
  for (const Constant &constant : constants) {
    auto type = dyn_cast<RankedTensorType>(constant.value.getType());
    if (!type ||
        !(type.getElementType().isF32() || isa<QType>(type.getElementType())))
      return entry.emitOpError("expected f32 or codes where the state enters "
                               "inference, got ")
             << constant.value.getType();
  }
  return success();
}

namespace {
struct QnetBuildInference
    : qnet::impl::QnetBuildInferenceBase<QnetBuildInference> {
  using Base::Base;

  using Handles = llvm::StringMap<DenseResourceElementsHandle>;

  /// @fold(state) -> constants, at the end of the module.
  void buildFold(Partition &predict, const Handles &handles);
  /// The entry on constants, in the module of `b`.
  void buildGraph(OpBuilder &b, Partition &partition, const Handles &handles);
  Value buildConstant(OpBuilder &b, Location loc, RankedTensorType type,
                      DenseResourceElementsHandle handle);
  DictionaryAttr describe(const Handles &handles);
  void runOnOperation() override;
};
} // namespace

void QnetBuildInference::buildFold(Partition &predict, const Handles &handles) {
  func::FuncOp entry = predict.entry;
  auto b = OpBuilder::atBlockEnd(getOperation().getBody());
  SmallVector<Type> arguments, results;
  SmallVector<DictionaryAttr> argumentAttrs, resultAttrs;
  for (BlockArgument argument : entry.getArguments()) {
    DictionaryAttr attrs = entry.getArgAttrDict(argument.getArgNumber());
    if (!attrs || !attrs.contains(QnetDialect::kStateAttrName))
      continue;
    arguments.push_back(argument.getType());
    argumentAttrs.push_back(attrs);
  }
  for (const Constant &constant : predict.constants) {
    results.push_back(constant.value.getType());
    auto type = cast<RankedTensorType>(constant.value.getType());
    bool codes = isa<QType>(type.getElementType());
    StringRef name = handles.at(constant.name).getKey();
    resultAttrs.push_back(b.getDictionaryAttr(b.getNamedAttr(
        QnetDialect::kStateAttrName,
        StateAttr::get(b.getContext(), name,
                       codes ? StateRole::Codes : StateRole::Weights, name))));
  }
  auto fold = func::FuncOp::create(b, entry.getLoc(), "fold",
                                   b.getFunctionType(arguments, results));
  fold->setAttr(QnetDialect::kEntryAttrName, b.getStringAttr("fold"));
  fold.setAllArgAttrs(argumentAttrs);
  fold.setAllResultAttrs(resultAttrs);
  b.setInsertionPointToStart(fold.addEntryBlock());
  IRMapping mapping;
  unsigned next = 0;
  for (BlockArgument argument : entry.getArguments()) {
    DictionaryAttr attrs = entry.getArgAttrDict(argument.getArgNumber());
    if (attrs && attrs.contains(QnetDialect::kStateAttrName))
      mapping.map(argument, fold.getArgument(next++));
  }
  DenseSet<Operation *> rest(predict.rest.begin(), predict.rest.end());
  for (Operation &op : entry.getBody().front().without_terminator())
    if (!rest.contains(&op) || op.getNumOperands() == 0)
      b.clone(op, mapping);
  SmallVector<Value> values;
  for (const Constant &constant : predict.constants)
    values.push_back(mapping.lookup(constant.value));
  func::ReturnOp::create(b, entry.getLoc(), values);
}

Value QnetBuildInference::buildConstant(OpBuilder &b, Location loc,
                                        RankedTensorType type,
                                        DenseResourceElementsHandle handle) {
  auto code = dyn_cast<QType>(type.getElementType());
  if (!code)
    return arith::ConstantOp::create(
        b, loc, DenseResourceElementsAttr::get(type, handle));
  int64_t words = getNumWords(code.getGrid(), type.getNumElements());
  auto wordsType = RankedTensorType::get(words, b.getI32Type());
  return PackedConstantOp::create(
      b, loc, type, DenseResourceElementsAttr::get(wordsType, handle));
}

void QnetBuildInference::buildGraph(OpBuilder &b, Partition &partition,
                                    const Handles &handles) {
  func::FuncOp entry = partition.entry;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attrs;
  SmallVector<BlockArgument> kept;
  for (BlockArgument argument : entry.getArguments()) {
    DictionaryAttr dict = entry.getArgAttrDict(argument.getArgNumber());
    if (dict && dict.contains(QnetDialect::kStateAttrName))
      continue;
    kept.push_back(argument);
    types.push_back(argument.getType());
    attrs.push_back(dict);
  }
  OpBuilder::InsertionGuard guard(b);
  auto graph = cast<func::FuncOp>(b.insert(entry->cloneWithoutRegions()));
  graph.setFunctionType(b.getFunctionType(types, entry.getResultTypes()));
  graph.setAllArgAttrs(attrs);
  b.setInsertionPointToStart(graph.addEntryBlock());
  IRMapping mapping;
  for (auto [from, to] : llvm::zip_equal(kept, graph.getArguments())) {
    to.setLoc(from.getLoc());
    mapping.map(from, to);
  }
  for (const Constant &constant : partition.constants)
    mapping.map(constant.value,
                buildConstant(b, NameLoc::get(b.getStringAttr(constant.name)),
                              cast<RankedTensorType>(constant.value.getType()),
                              handles.at(constant.name)));
  // Names of tensors would become names in the text.
  for (Operation *op : partition.rest)
    b.clone(*op, mapping)->walk([](Operation *inner) {
      inner->setLoc(dropNames(inner->getLoc()));
    });
}

/// The program's facts, with the parameters that the graph still holds.
DictionaryAttr QnetBuildInference::describe(const Handles &handles) {
  auto facts = getOperation()->getAttrOfType<DictionaryAttr>(
      QnetDialect::kProgramAttrName);
  if (!facts)
    return {};
  NamedAttrList list(facts);
  SmallVector<Attribute> kept;
  if (auto parameters = facts.getAs<ArrayAttr>("parameters"))
    for (Attribute parameter : parameters)
      if (auto dict = dyn_cast<DictionaryAttr>(parameter))
        if (auto name = dict.getAs<StringAttr>("name"))
          if (handles.contains(name.getValue()))
            kept.push_back(parameter);
  list.set("parameters", ArrayAttr::get(&getContext(), kept));
  return list.getDictionary(&getContext());
}

void QnetBuildInference::runOnOperation() {
  ModuleOp module = getOperation();
  func::FuncOp predictEntry = findEntry(module, "predict");
  func::FuncOp evaluateEntry = findEntry(module, "evaluate");
  if (!predictEntry || !evaluateEntry) {
    module.emitError("expected a module with training entries; run "
                     "qnet-build-training-step first");
    return signalPassFailure();
  }
  Partition predict(predictEntry), evaluate(evaluateEntry);
  if (failed(predict.run()) || failed(evaluate.run()))
    return signalPassFailure();
  auto &resources =
      DenseResourceElementsHandle::getManagerInterface(&getContext());
  Handles handles;
  for (const Constant &constant : predict.constants)
    handles.try_emplace(constant.name, resources.insert(constant.name));
  for (const Constant &constant : evaluate.constants)
    if (!handles.contains(constant.name)) {
      evaluateEntry.emitOpError("expected the constants of 'predict', got '")
          << constant.name << "'";
      return signalPassFailure();
    }
  numConstants += predict.constants.size();

  OpBuilder b(&getContext());
  OwningOpRef<ModuleOp> graph = ModuleOp::create(b, module.getLoc());
  b.setInsertionPointToEnd(graph->getBody());
  if (DictionaryAttr facts = describe(handles))
    (*graph)->setAttr(QnetDialect::kProgramAttrName, facts);
  (*graph)->setAttr(kNormalizationAttrName,
                    b.getStringAttr(kNormalizationMark));
  buildGraph(b, predict, handles);
  buildGraph(b, evaluate, handles);
  buildFold(predict, handles);
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*graph)->print(stream, OpPrintingFlags().printNameLocAsPrefix());
  module->setAttr(kInferenceAttrName, b.getStringAttr(text));
}
