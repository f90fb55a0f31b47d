//===- Describe.cpp - Reads a program's description -----------------------===//
//
// Collects the entries of a module, its `qnet.program` attribute and the roles
// of its functions' arguments and results, lays out state and codes (in
// argument and parameter order, each piece aligned), and checks that they
// agree.
//
//===----------------------------------------------------------------------===//

#include "qnet/Program/Program.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

func::FuncOp qnet::findEntry(ModuleOp module, StringRef entry) {
  for (auto function : module.getOps<func::FuncOp>()) {
    auto name =
        function->getAttrOfType<StringAttr>(QnetDialect::kEntryAttrName);
    if (name && name.getValue() == entry)
      return function;
  }
  return {};
}

namespace {

/// Reads keys of a dictionary; the first missing or ill-typed one is reported.
class DictionaryReader {
public:
  DictionaryReader(Operation *op, DictionaryAttr dictionary)
      : op(op), dictionary(dictionary) {}

  template <typename AttrTy> AttrTy get(StringRef key) {
    if (auto attr = dictionary.getAs<AttrTy>(key))
      return attr;
    if (succeeded(status))
      status = op->emitOpError() << "has no valid '" << key << "' in its '"
                                 << QnetDialect::kProgramAttrName << "'";
    return {};
  }
  std::string getString(StringRef key) {
    auto attr = get<StringAttr>(key);
    return attr ? attr.getValue().str() : "";
  }
  int64_t getInteger(StringRef key) {
    auto attr = get<IntegerAttr>(key);
    return attr ? attr.getValue().getSExtValue() : 0;
  }
  template <typename AttrTy> AttrTy getOptional(StringRef key) {
    return dictionary.getAs<AttrTy>(key);
  }

  Operation *op;
  DictionaryAttr dictionary;
  LogicalResult status = success();
};

} // namespace

static LogicalResult readParameter(DictionaryReader reader,
                                   ParameterDescription &parameter) {
  parameter.name = reader.getString("name");
  parameter.grid = reader.getOptional<GridAttrInterface>("grid");
  if (auto trainable = reader.get<BoolAttr>("trainable"))
    parameter.trainable = trainable.getValue();
  if (auto dense = reader.getOptional<DenseI64ArrayAttr>("shape")) {
    parameter.shape.assign(dense.asArrayRef().begin(),
                           dense.asArrayRef().end());
    return reader.status;
  }
  auto dims = reader.get<ArrayAttr>("shape");
  if (!dims)
    return failure();
  for (Attribute dim : dims) {
    auto size = dyn_cast<IntegerAttr>(dim);
    if (!size)
      return reader.op->emitOpError()
             << "expected integers in the shape of parameter '"
             << parameter.name << "', got " << dim;
    parameter.shape.push_back(size.getInt());
  }
  return reader.status;
}

/// What is known of the loss as a function of the weights; all optional.
static void readConvexity(DictionaryReader reader,
                          ProgramDescription &program) {
  if (auto bits = reader.getOptional<IntegerAttr>("state_random_bits"))
    program.stateRandomBits = bits.getInt();
  if (auto convex = reader.getOptional<BoolAttr>("convex"))
    program.isConvex = convex.getValue();
  auto facts = reader.getOptional<DictionaryAttr>("linear");
  if (!facts)
    return;
  auto text = [&](StringRef key) {
    auto attr = facts.getAs<StringAttr>(key);
    return attr ? attr.getValue().str() : std::string();
  };
  auto number = [&](StringRef key) {
    auto attr = facts.getAs<FloatAttr>(key);
    return attr && attr.getValue().isFinite() ? attr.getValueAsDouble() : 0.0;
  };
  program.linear =
      LinearFacts{text("weights"), text("bias"), number("gradient"),
                  number("gradient_per_residual"), number("spacing")};
}

static LogicalResult readProgramAttr(ModuleOp module,
                                     ProgramDescription &program) {
  auto dictionary =
      module->getAttrOfType<DictionaryAttr>(QnetDialect::kProgramAttrName);
  if (!dictionary)
    return module.emitOpError("expected a dictionary attribute '")
           << QnetDialect::kProgramAttrName << "' beside the training entries";
  DictionaryReader reader(module, dictionary);
  program.name = reader.getString("name");
  program.rule = reader.getString("rule");
  program.optimizer = reader.getString("optimizer");
  program.schedule = reader.getString("schedule");
  program.seed = reader.getInteger("seed");
  program.batch = reader.getInteger("batch");
  program.classes = reader.getInteger("classes");
  readConvexity(reader, program);
  auto parameters = reader.get<ArrayAttr>("parameters");
  if (failed(reader.status))
    return failure();
  for (Attribute attr : parameters) {
    auto facts = dyn_cast<DictionaryAttr>(attr);
    if (!facts)
      return module.emitOpError(
                 "expected a dictionary for each parameter, got ")
             << attr;
    if (failed(readParameter(DictionaryReader(module, facts),
                             program.parameters.emplace_back())))
      return failure();
  }
  return success();
}

static LogicalResult findEntries(ModuleOp module, ProgramDescription &program) {
  const std::pair<StringRef, func::FuncOp *> entries[] = {
      {"init", &program.init},
      {"train_step", &program.trainStep},
      {"evaluate", &program.evaluate},
      {"predict", &program.predict}};
  for (auto [name, slot] : entries)
    *slot = findEntry(module, name);
  // An inference graph trains nothing, and so needs no initial state.
  bool complete = bool(program.init) == bool(program.trainStep);
  if (!complete || !program.evaluate || !program.predict)
    return module.emitError("expected a module with training entries; run "
                            "qnet-build-training-step first");
  program.codesEntry = findEntry(module, "codes");
  program.statisticsEntry = findEntry(module, "statistics");
  program.foldEntry = findEntry(module, "fold");
  return success();
}

/// Appends a piece to a block of `blockBytes`.
static void addPiece(StateAttr attr, ShapedType type,
                     SmallVectorImpl<StateEntry> &pieces, int64_t &blockBytes) {
  StateEntry piece;
  piece.attr = attr;
  piece.type = RankedTensorType::get(type.getShape(), type.getElementType());
  if (auto code = dyn_cast<QType>(type.getElementType())) {
    piece.dtype = "U32";
    piece.storedShape = {getNumWords(code.getGrid(), type.getNumElements())};
  } else {
    piece.dtype = "F32";
    piece.storedShape.assign(type.getShape().begin(), type.getShape().end());
  }
  piece.offset = blockBytes;
  piece.bytes = 4 * ShapedType::getNumElements(piece.storedShape);
  blockBytes = llvm::alignTo(piece.offset + piece.bytes, kStateAlignment);
  pieces.push_back(std::move(piece));
}

static LogicalResult describeState(ProgramDescription &program) {
  func::FuncOp step = program.getStateOwner();
  for (unsigned i = 0; i < step.getNumArguments(); ++i) {
    auto attr =
        step.getArgAttrOfType<StateAttr>(i, QnetDialect::kStateAttrName);
    if (!attr)
      continue;
    auto type = dyn_cast<ShapedType>(step.getArgumentTypes()[i]);
    if (!type || !type.hasStaticShape() ||
        !(type.getElementType().isF32() || isa<QType>(type.getElementType())))
      return step.emitOpError("expected f32 or codes of a static shape for the "
                              "state '")
             << attr.getName() << "', got " << step.getArgumentTypes()[i];
    addPiece(attr, type, program.state, program.stateBytes);
  }
  return success();
}

/// The types of the arguments (results) of `function` that carry state.
static SmallVector<std::pair<StateAttr, Type>> getState(func::FuncOp function,
                                                        bool results) {
  SmallVector<std::pair<StateAttr, Type>> state;
  ArrayRef<Type> types =
      results ? function.getResultTypes() : function.getArgumentTypes();
  for (auto [i, type] : llvm::enumerate(types)) {
    StringRef name = QnetDialect::kStateAttrName;
    auto attr = results ? function.getResultAttrOfType<StateAttr>(i, name)
                        : function.getArgAttrOfType<StateAttr>(i, name);
    if (attr)
      state.push_back({attr, type});
  }
  return state;
}

/// All entries must carry the same state in the same order. (Functions that
/// update in place have no state results: nothing is there to compare.)
static LogicalResult checkState(ProgramDescription &program) {
  func::FuncOp owner = program.getStateOwner();
  auto expected = getState(owner, /*results=*/false);
  auto check = [&](func::FuncOp function, bool results) -> LogicalResult {
    if (!function)
      return success();
    auto got = getState(function, results);
    if (got == expected || (results && got.empty()))
      return success();
    InFlightDiagnostic diag =
        function.emitOpError("expected the state ")
        << (results ? "results" : "arguments")
        << " to be those of the training step, in its order";
    diag.attachNote(owner.getLoc()) << "the training step";
    return diag;
  };
  if (failed(check(program.trainStep, true)) ||
      failed(check(program.init, true)) ||
      failed(check(program.evaluate, false)) ||
      failed(check(program.predict, false)) ||
      failed(check(program.statisticsEntry, false)) ||
      failed(check(program.foldEntry, false)))
    return failure();
  return check(program.codesEntry, false);
}

/// The type of the argument or result of `function` with a role.
static FailureOr<ShapedType> findRole(func::FuncOp function, StringRef role,
                                      int64_t batch) {
  auto matches = [&](Attribute attr) {
    auto name = dyn_cast_or_null<StringAttr>(attr);
    return name && name.getValue() == role;
  };
  ShapedType type;
  StringRef key = QnetDialect::kRoleAttrName;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (matches(function.getArgAttr(i, key)))
      type = dyn_cast<ShapedType>(function.getArgumentTypes()[i]);
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (matches(function.getResultAttr(i, key)))
      type = dyn_cast<ShapedType>(function.getResultTypes()[i]);
  if (type && type.hasStaticShape() && type.getRank() > 0 &&
      type.getDimSize(0) == batch)
    return type;
  return function.emitOpError("expected '")
         << role << "' of a static shape with the batch of " << batch
         << " first";
}

static LogicalResult describeShapes(ProgramDescription &program) {
  auto inputs = findRole(program.evaluate, "inputs", program.batch);
  auto labels = findRole(program.evaluate, "labels", program.batch);
  auto outputs = findRole(program.predict, "outputs", program.batch);
  if (failed(inputs) || failed(labels) || failed(outputs))
    return failure();
  auto sample = [](ShapedType type) {
    return SmallVector<int64_t>(type.getShape().drop_front());
  };
  program.inputShape = sample(*inputs);
  program.outputShape = sample(*outputs);
  if (!program.classes)
    program.targetShape = sample(*labels);
  return success();
}

static LogicalResult describeCodes(ProgramDescription &program) {
  if (!program.isTraining())
    return success();
  for (const ParameterDescription &parameter : program.parameters) {
    if (!parameter.grid)
      continue;
    CodesPiece piece;
    piece.parameter = parameter.name;
    piece.grid = parameter.grid;
    piece.count = ShapedType::getNumElements(parameter.shape);
    piece.offset = program.codesBytes;
    piece.words = getNumWords(piece.grid, piece.count);
    program.codesBytes =
        llvm::alignTo(piece.offset + 4 * piece.words, kStateAlignment);
    program.codes.push_back(std::move(piece));
  }
  if (!program.codes.empty() && !program.codesEntry)
    return program.trainStep.emitOpError(
        "expected an entry 'codes' beside it: the program has grid parameters");
  return success();
}

/// The results of the fold entry, and the graph that takes them.
static LogicalResult describeInference(ModuleOp module,
                                       ProgramDescription &program) {
  if (!program.foldEntry)
    return success();
  auto text = module->getAttrOfType<StringAttr>(kInferenceAttrName);
  if (!text)
    return module.emitError("expected the attribute '")
           << kInferenceAttrName << "' beside the entry 'fold'";
  program.inferenceText = text.getValue().str();
  // Functions that write in place have no results: the manifest is made before.
  for (auto [attr, type] : getState(program.foldEntry, /*results=*/true)) {
    auto tensor = dyn_cast<ShapedType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return program.foldEntry.emitOpError(
                 "expected a tensor of static shape for the constant '")
             << attr.getName() << "', got " << type;
    addPiece(attr, tensor, program.constants, program.constantsBytes);
  }
  return success();
}

/// An f64, or an array of them; empty for anything else.
static SmallVector<double> readNumbers(Attribute attribute) {
  if (auto number = dyn_cast_or_null<FloatAttr>(attribute))
    if (number.getType().isF64())
      return {number.getValueAsDouble()};
  if (auto numbers = dyn_cast_or_null<DenseF64ArrayAttr>(attribute))
    return SmallVector<double>(numbers.asArrayRef());
  return {};
}

static LogicalResult readNormalization(ModuleOp module,
                                       ProgramDescription &program) {
  Attribute attribute = module->getAttr(kNormalizationAttrName);
  if (!attribute)
    return success();
  auto facts = dyn_cast<DictionaryAttr>(attribute);
  NormalizationFacts read;
  if (facts) {
    read.mean = readNumbers(facts.get("mean"));
    read.deviation = readNumbers(facts.get("deviation"));
  }
  ArrayRef<int64_t> input = program.inputShape;
  size_t channels = input.size() == 3 ? input.back() : 1;
  auto isFinite = [](double value) { return std::isfinite(value); };
  auto isUsable = [&](ArrayRef<double> values) {
    return (values.size() == 1 || values.size() == channels) &&
           llvm::all_of(values, isFinite);
  };
  if (!isUsable(read.mean) || !isUsable(read.deviation) ||
      read.mean.size() != read.deviation.size() ||
      llvm::any_of(read.deviation, [](double value) { return value <= 0; }))
    return module.emitError("expected '")
           << kNormalizationAttrName
           << "' to hold a finite f64 'mean' and a positive f64 'deviation', "
              "or one of each per channel, got "
           << attribute;
  program.normalization = std::move(read);
  return success();
}

FailureOr<ProgramDescription> qnet::describeProgram(ModuleOp module) {
  ProgramDescription program;
  if (failed(findEntries(module, program)) ||
      failed(readProgramAttr(module, program)) ||
      failed(describeState(program)) || failed(checkState(program)) ||
      failed(describeShapes(program)) || failed(describeCodes(program)) ||
      failed(describeInference(module, program)) ||
      failed(readNormalization(module, program)))
    return failure();
  return program;
}
