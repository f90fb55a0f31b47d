//===- TrainingFunctions.cpp - The functions of a training ----------------===//
//
// Clones a model into its training and inference forms, differentiates the
// training form and adds the updates. State travels through arguments and
// results, in the order: for each parameter its weights (or codes) and its
// optimizer's slots, then the statistics of the layers.
//
//===----------------------------------------------------------------------===//

#include "TrainingFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "qnet/Dialect/Qnet/IR/TensorNames.h"

using namespace mlir;
using namespace qnet;

/// Random bits of an initial rounding to the grid come from this step of the
/// initialization stream; the initial values themselves from step 0.
static constexpr int32_t kInitialRoundingStep = 1;

static Value i32Constant(OpBuilder &b, Location loc, int32_t value) {
  return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
}

/// Encodes `value` on the grid of `type`; random bits, if any, are `stream`'s.
static Value buildEncode(OpBuilder &b, Location loc, Value value,
                         RankedTensorType type, RoundingAttrInterface rounding,
                         Stream stream, unsigned parameter, Value seed,
                         Value step) {
  Value random;
  if (unsigned bits = rounding.getRandomBits())
    random = RandomBitsOp::create(b, loc, type.clone(b.getI32Type()), stream,
                                  parameter, seed, step, Value(), bits);
  return EncodeOp::create(b, loc, type, value, random, rounding);
}

TrainingFunctions::TrainingFunctions(TrainingOp training, ModelOp model,
                                     int64_t batch)
    : training(training), model(model), batch(batch),
      context(training.getContext()), moduleBuilder(context) {
  nameLayers(model.getBody().front());
  for (auto parameter : model.getBody().getOps<ParameterOp>()) {
    parameterNumbers[parameter] = parameters.size();
    parameters.push_back(parameter);
  }
  auto ofBatch = [&](Type type) {
    auto tensor = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor.getShape());
    shape[0] = batch;
    return RankedTensorType::get(shape, tensor.getElementType());
  };
  inputsType = ofBatch(model.getArgumentTypes()[0]);
  outputsType = ofBatch(model.getResultTypes()[0]);
  labelsType = training.getLoss().getLabelsType(outputsType);
  Type i32 = IntegerType::get(context, 32);
  lossesType = RankedTensorType::get({batch}, Float32Type::get(context));
  predictionsType = RankedTensorType::get({batch}, i32);
  flagsType =
      RankedTensorType::get({static_cast<int64_t>(parameters.size())}, i32);
  collectState();
}

bool TrainingFunctions::keepsCodes(ParameterOp parameter) {
  return parameter.getGridAttr() && training.getRule().getStateRounding();
}

RankedTensorType TrainingFunctions::codesType(ParameterOp parameter) {
  auto type = cast<RankedTensorType>(parameter.getType());
  return type.clone(QType::get(context, parameter.getGridAttr()));
}

std::string TrainingFunctions::slotName(ParameterOp parameter, StringRef slot) {
  return (parameter.getParamName() + "." + slot).str();
}

void TrainingFunctions::collectState() {
  for (ParameterOp parameter : parameters) {
    auto type = cast<RankedTensorType>(parameter.getType());
    StringRef name = parameter.getParamName();
    bool codes = keepsCodes(parameter);
    StateRole role = codes ? StateRole::Codes : StateRole::Weights;
    pieces.push_back({StateAttr::get(context, name, role, name),
                      codes ? codesType(parameter) : type, parameter});
    if (parameter.getFrozen())
      continue;
    for (StringRef slot : training.getOptimizer().getSlotNames())
      pieces.push_back({StateAttr::get(context, slotName(parameter, slot),
                                       StateRole::Slot, name),
                        type, parameter});
  }
  for (Operation &op : model.getBody().front()) {
    auto modal = dyn_cast<ModalOpInterface>(op);
    if (!modal)
      continue;
    for (const ModalState &state : modal.getModalStates())
      pieces.push_back({StateAttr::get(context, state.name,
                                       StateRole::Statistic, state.owner),
                        state.type, ParameterOp(), state.initial});
  }
}

//===----------------------------------------------------------------------===//
// Functions and their state
//===----------------------------------------------------------------------===//

func::FuncOp TrainingFunctions::createFunction(StringRef name, bool stateIn,
                                               ArrayRef<Extra> arguments,
                                               bool stateOut,
                                               ArrayRef<Extra> results) {
  SmallVector<Type> argumentTypes, resultTypes;
  SmallVector<DictionaryAttr> argumentAttrs, resultAttrs;
  Builder builder(context);
  auto add = [&](Type type, StringRef key, Attribute value,
                 SmallVectorImpl<Type> &types,
                 SmallVectorImpl<DictionaryAttr> &attrs) {
    types.push_back(type);
    attrs.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr(key, value)));
  };
  auto addAll = [&](bool withState, ArrayRef<Extra> extras,
                    SmallVectorImpl<Type> &types,
                    SmallVectorImpl<DictionaryAttr> &attrs) {
    if (withState)
      for (const StatePiece &piece : pieces)
        add(piece.type, QnetDialect::kStateAttrName, piece.attribute, types,
            attrs);
    for (auto [type, role] : extras)
      add(type, QnetDialect::kRoleAttrName, builder.getStringAttr(role), types,
          attrs);
  };
  addAll(stateIn, arguments, argumentTypes, argumentAttrs);
  addAll(stateOut, results, resultTypes, resultAttrs);
  auto function =
      func::FuncOp::create(moduleBuilder, training.getLoc(), name,
                           builder.getFunctionType(argumentTypes, resultTypes));
  function.setAllArgAttrs(argumentAttrs);
  function.setAllResultAttrs(resultAttrs);
  function->setAttr(QnetDialect::kEntryAttrName, builder.getStringAttr(name));
  Block *entry = function.addEntryBlock();
  // Names for printing with --mlir-use-nameloc-as-prefix.
  for (auto [argument, dict] :
       llvm::zip_equal(entry->getArguments(), argumentAttrs)) {
    Attribute mark = dict.begin()->getValue();
    StringAttr name = dyn_cast<StringAttr>(mark);
    if (auto state = dyn_cast<StateAttr>(mark))
      name = builder.getStringAttr(state.getName());
    argument.setLoc(NameLoc::get(name, function.getLoc()));
  }
  return function;
}

TrainingFunctions::StateValues
TrainingFunctions::stateArguments(func::FuncOp function) {
  StateValues values;
  for (auto [i, piece] : llvm::enumerate(pieces))
    values[piece.attribute.getName()] = function.getArgument(i);
  return values;
}

Value TrainingFunctions::stateValue(const StateValues &state,
                                    ParameterOp parameter) {
  return state.lookup(parameter.getParamName());
}

//===----------------------------------------------------------------------===//
// The model in a function
//===----------------------------------------------------------------------===//

Value TrainingFunctions::buildForwardWeights(OpBuilder &b,
                                             ParameterOp parameter,
                                             Value stored,
                                             ArrayRef<Value> seedAndStep) {
  RoundingAttrInterface rounding = training.getRule().getForwardRounding();
  if (!parameter.getGridAttr() || !rounding)
    return stored;
  // Inference has no step to draw random bits at: it uses the nearest levels.
  if (seedAndStep.empty())
    rounding = DeterministicAttr::get(context);
  return buildEncode(b, parameter.getLoc(), stored, codesType(parameter),
                     rounding, Stream::Forward, parameterNumbers[parameter],
                     seedAndStep.empty() ? Value() : seedAndStep[0],
                     seedAndStep.empty() ? Value() : seedAndStep[1]);
}

/// The operand that ops with the trait TakesCodes take as codes.
static constexpr unsigned kWeightsOperand = 1;

/// Operands of a cloned `op`: codes are decoded where it does not take them.
static SmallVector<Value> mapOperands(OpBuilder &b, Operation &op,
                                      const IRMapping &mapping) {
  SmallVector<Value> operands;
  for (auto [i, operand] : llvm::enumerate(op.getOperands())) {
    Value mapped = mapping.lookup(operand);
    bool takesCodes = i == kWeightsOperand && op.hasTrait<TakesCodes>();
    if (mapped.getType() != operand.getType() && !takesCodes)
      mapped = DecodeOp::create(b, op.getLoc(), operand.getType(), mapped);
    operands.push_back(mapped);
  }
  return operands;
}

Value TrainingFunctions::cloneModel(OpBuilder &b, Value inputs,
                                    const StateValues &state,
                                    ArrayRef<Value> seedAndStep,
                                    StateValues *newStates,
                                    WeightValues &weights, Value first) {
  IRMapping mapping;
  llvm::StringMap<unsigned> numModal; // Of each kind of op.
  mapping.map(model.getInputs(), inputs);
  for (Operation &op : model.getBody().front().without_terminator()) {
    if (auto parameter = dyn_cast<ParameterOp>(op)) {
      Value &value = weights[parameter];
      if (!value)
        value = buildForwardWeights(b, parameter, stateValue(state, parameter),
                                    seedAndStep);
      mapping.map(parameter.getResult(), value);
      continue;
    }
    SmallVector<Value> operands = mapOperands(b, op, mapping);
    auto modal = dyn_cast<ModalOpInterface>(op);
    if (!modal) {
      Operation *clone = op.cloneWithoutRegions();
      clone->setOperands(operands);
      b.insert(clone);
      mapping.map(op.getResults(), clone->getResults());
      continue;
    }
    SmallVector<Value> states, updated;
    for (const ModalState &piece : modal.getModalStates())
      states.push_back(state.lookup(piece.name));
    Value result;
    unsigned number = numModal[op.getName().getStringRef()]++;
    if (!newStates)
      result = modal.buildInference(b, operands, states);
    else if (seedAndStep.empty())
      result = modal.buildStatistics(b, operands, states, updated);
    else
      result = modal.buildTraining(
          b, {seedAndStep[0], seedAndStep[1], first, number}, operands, states,
          updated);
    mapping.map(op.getResult(0), result);
    for (auto [piece, value] : llvm::zip(modal.getModalStates(), updated))
      (*newStates)[piece.name] = value;
  }
  return mapping.lookup(model.getOutputs());
}

//===----------------------------------------------------------------------===//
// The functions
//===----------------------------------------------------------------------===//

void TrainingFunctions::buildInit() {
  Type i32 = IntegerType::get(context, 32);
  func::FuncOp function =
      createFunction("init", false, {{i32, "seed"}}, true, {});
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  Value seed = function.getArgument(0);
  SmallVector<Value> results;
  for (const StatePiece &piece : pieces) {
    StateRole role = piece.attribute.getRole();
    if (role == StateRole::Slot || role == StateRole::Statistic) {
      results.push_back(arith::ConstantOp::create(
          b, loc,
          DenseElementsAttr::get(piece.type,
                                 b.getF32FloatAttr(piece.initial))));
      continue;
    }
    ParameterOp parameter = piece.parameter;
    unsigned number = parameterNumbers[parameter];
    Value value =
        InitialValueOp::create(b, parameter.getLoc(), parameter.getType(),
                               number, seed, parameter.getInitializerAttr());
    // R and SR start from the same codes, an unbiased rounding of the values.
    if (role == StateRole::Codes)
      value =
          buildEncode(b, parameter.getLoc(), value, piece.type,
                      StochasticAttr::get(context, 16), Stream::Initialization,
                      number, seed, i32Constant(b, loc, kInitialRoundingStep));
    results.push_back(value);
  }
  func::ReturnOp::create(b, loc, results);
}

Value TrainingFunctions::buildUpdate(OpBuilder &b, ParameterOp parameter,
                                     Value gradient, Value flags, Value rate,
                                     Value seed, Value step,
                                     const StateValues &state,
                                     StateValues &newStates) {
  SmallVector<Value> slots;
  SmallVector<StringRef> names = training.getOptimizer().getSlotNames();
  for (StringRef slot : names)
    slots.push_back(state.lookup(slotName(parameter, slot)));
  Value weights = stateValue(state, parameter);
  SmallVector<Type> slotTypes(slots.size(), gradient.getType());
  // A rule that rounds nowhere does not know of the grid: no clipping to its
  // range.
  RuleAttrInterface rule = training.getRule();
  GridAttrInterface grid;
  if (rule.getStateRounding() || rule.getForwardRounding())
    grid = parameter.getGridAttr();
  auto update = UpdateOp::create(
      b, parameter.getLoc(), weights.getType(), slotTypes, flags.getType(),
      parameter.getParamNameAttr(),
      b.getI32IntegerAttr(parameterNumbers[parameter]), weights, gradient,
      slots, flags, rate, seed, step, training.getRuleAttr(),
      training.getOptimizerAttr(), grid, parameter.getRateScaleAttr(),
      training.getClipGradientAttr());
  newStates[parameter.getParamName()] = update.getNewWeights();
  for (auto [slot, value] : llvm::zip(names, update.getNewSlots()))
    newStates[slotName(parameter, slot)] = value;
  ++numUpdates;
  return update.getNewFlags();
}

static Location gradientLoc(ParameterOp parameter) {
  return markKind(parameter.getLoc(), TensorKind::ParameterGradient);
}

/// Losses, predictions, new statistics and gradients of a part. Gradients of a
/// micro-batch are added to the sums that are carried to it.
TrainingFunctions::PartResults
TrainingFunctions::buildTrainPart(OpBuilder &b, Step &step, const Part &part) {
  LossAttrInterface loss = training.getLoss();
  Location loc =
      NameLoc::get(StringAttr::get(context, "loss"), training.getLoc());
  StateValues state = step.state, updated;
  for (auto [name, value] : llvm::zip(step.statistics, part.carried))
    state[name] = value;
  Value outputs = cloneModel(b, part.samples[0], state, step.seedAndStep,
                             &updated, step.weights, part.first);
  Value losses = loss.buildLoss(b, loc, outputs, part.samples[1]);
  SmallVector<Value> results{losses};
  if (hasClasses())
    results.push_back(loss.buildPredictions(b, loc, outputs));
  for (StringRef name : step.statistics)
    results.push_back(updated.lookup(name));

  SmallVector<Value> used;
  for (ParameterOp parameter : step.trained)
    used.push_back(step.weights[parameter]);
  // The gradient is that of the mean loss of the whole batch.
  float share = 1.0f / static_cast<float>(batch);
  Value seedGradient = buildF32(b, loc, losses.getType(), share);
  FailureOr<GradientMap> gradients =
      buildGradients(b, losses, seedGradient, used, numAdjoints);
  if (failed(gradients))
    return failure();
  for (auto [i, parameter] : llvm::enumerate(step.trained)) {
    Value gradient = gradients->lookup(used[i]);
    if (!gradient)
      step.withoutGradient.insert(parameter);
    if (isSplit()) {
      Value sum = part.carried[step.statistics.size() + i];
      gradient =
          gradient
              ? AddOp::create(b, gradientLoc(parameter), sum, gradient).getResult()
              : sum;
    }
    results.push_back(gradient);
  }
  return results;
}

LogicalResult TrainingFunctions::buildTrainStep() {
  Type i32 = IntegerType::get(context, 32);
  SmallVector<Extra> results{{lossesType, "losses"}};
  if (hasClasses())
    results.push_back({predictionsType, "predictions"});
  results.push_back({flagsType, "flags"});
  func::FuncOp function = createFunction("train_step", true,
                                         {{inputsType, "inputs"},
                                          {labelsType, "labels"},
                                          {i32, "seed"},
                                          {i32, "step"},
                                          {i32, "epoch"}},
                                         true, results);
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  auto extra = [&](unsigned i) {
    return function.getArgument(pieces.size() + i);
  };
  Value seed = extra(2), number = extra(3);

  Step step;
  step.state = stateArguments(function);
  step.seedAndStep = {seed, number};
  step.weights = buildSharedWeights(b, step.state, step.seedAndStep);
  SmallVector<Value> carried;
  for (const StatePiece &piece : pieces)
    if (piece.attribute.getRole() == StateRole::Statistic) {
      step.statistics.push_back(piece.attribute.getName());
      carried.push_back(step.state.lookup(piece.attribute.getName()));
    }
  for (ParameterOp parameter : parameters)
    if (!parameter.getFrozen())
      step.trained.push_back(parameter);
  if (isSplit())
    for (ParameterOp parameter : step.trained)
      carried.push_back(
          buildF32(b, gradientLoc(parameter), parameter.getType(), 0.0f));
  PartResults all =
      buildParts(b, loc, {extra(0), extra(1)}, perSampleTypes(), carried,
                 [&](OpBuilder &inner, const Part &part) {
                   return buildTrainPart(inner, step, part);
                 });
  if (failed(all))
    return failure();
  unsigned numPerSample = perSampleTypes().size();
  auto perSample = ArrayRef<Value>(*all).take_front(numPerSample);
  auto gradients = ArrayRef<Value>(*all).take_back(step.trained.size());

  StateValues newStates;
  for (auto [i, name] : llvm::enumerate(step.statistics))
    newStates[name] = (*all)[numPerSample + i];
  Value rate = training.getSchedule().buildRate(b, loc, number, extra(4));
  Value flags = buildI32(b, loc, flagsType, 0);
  for (auto [parameter, gradient] : llvm::zip_equal(step.trained, gradients))
    if (!step.withoutGradient.contains(parameter))
      flags = buildUpdate(b, parameter, gradient, flags, rate, seed, number,
                          step.state, newStates);
  SmallVector<Value> values;
  for (const StatePiece &piece : pieces) {
    StringRef name = piece.attribute.getName();
    Value value = newStates.lookup(name);
    values.push_back(value ? value : step.state.lookup(name));
  }
  values.append(perSample.begin(), perSample.end());
  values.push_back(flags);
  func::ReturnOp::create(b, loc, values);
  return success();
}

LogicalResult TrainingFunctions::buildEvaluate() {
  SmallVector<Extra> results{{lossesType, "losses"}};
  if (hasClasses())
    results.push_back({predictionsType, "predictions"});
  func::FuncOp function = createFunction(
      "evaluate", true, {{inputsType, "inputs"}, {labelsType, "labels"}}, false,
      results);
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  StateValues state = stateArguments(function);
  WeightValues weights = buildSharedWeights(b, state, {});
  PartResults values = buildParts(
      b, loc, function.getArguments().drop_front(pieces.size()),
      perSampleTypes(), {},
      [&](OpBuilder &inner, const Part &part) -> PartResults {
        LossAttrInterface loss = training.getLoss();
        Value outputs =
            cloneModel(inner, part.samples[0], state, {}, nullptr, weights);
        SmallVector<Value> perSample{
            loss.buildLoss(inner, loc, outputs, part.samples[1])};
        if (hasClasses())
          perSample.push_back(loss.buildPredictions(inner, loc, outputs));
        return perSample;
      });
  if (failed(values))
    return failure();
  func::ReturnOp::create(b, loc, *values);
  return success();
}

LogicalResult TrainingFunctions::buildPredict() {
  func::FuncOp function =
      createFunction("predict", true, {{inputsType, "inputs"}}, false,
                     {{outputsType, "outputs"}});
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  Location loc = function.getLoc();
  StateValues state = stateArguments(function);
  WeightValues weights = buildSharedWeights(b, state, {});
  PartResults outputs = buildParts(
      b, loc, function.getArguments().drop_front(pieces.size()), outputsType,
      {}, [&](OpBuilder &inner, const Part &part) -> PartResults {
        return SmallVector<Value>{
            cloneModel(inner, part.samples[0], state, {}, nullptr, weights)};
      });
  if (failed(outputs))
    return failure();
  func::ReturnOp::create(b, loc, *outputs);
  return success();
}

void TrainingFunctions::buildCodes() {
  // Results: the codes of each parameter with a grid, named like its weights.
  SmallVector<ParameterOp> onGrid;
  for (ParameterOp parameter : parameters)
    if (parameter.getGridAttr())
      onGrid.push_back(parameter);
  if (onGrid.empty())
    return;
  SmallVector<Extra> results;
  for (ParameterOp parameter : onGrid)
    results.push_back({codesType(parameter), "codes"});
  func::FuncOp function = createFunction("codes", true, {}, false, results);
  auto b = OpBuilder::atBlockBegin(&function.getBody().front());
  StateValues state = stateArguments(function);
  SmallVector<Value> values;
  for (auto [i, parameter] : llvm::enumerate(onGrid)) {
    StringRef name = parameter.getParamName();
    function.removeResultAttr(
        i, StringAttr::get(context, QnetDialect::kRoleAttrName));
    function.setResultAttr(
        i, QnetDialect::kStateAttrName,
        StateAttr::get(context, name, StateRole::Codes, name));
    Value value = stateValue(state, parameter);
    if (!keepsCodes(parameter))
      value = buildEncode(b, parameter.getLoc(), value, codesType(parameter),
                          DeterministicAttr::get(context), Stream::Forward, 0,
                          Value(), Value());
    values.push_back(value);
  }
  func::ReturnOp::create(b, function.getLoc(), values);
}

LogicalResult TrainingFunctions::build(ModuleOp module) {
  moduleBuilder.setInsertionPointToEnd(module.getBody());
  buildInit();
  if (failed(buildTrainStep()))
    return failure();
  if (failed(buildEvaluate()) || failed(buildPredict()))
    return failure();
  buildCodes();
  return buildStatistics();
}
