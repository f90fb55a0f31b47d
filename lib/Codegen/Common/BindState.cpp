//===- BindState.cpp - qnet-bind-state ------------------------------------===//
//
// From functions on tensors to the C ABI: one state block, an arena, and the
// caller's buffers. The layout of the state is the manifest's (lib/Program).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "qnet/Program/Program.h"

namespace qnet {
#define GEN_PASS_DEF_QNETBINDSTATE
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// Rewrites one entry.
class EntryBinder {
public:
  EntryBinder(func::FuncOp function, const ProgramDescription &program)
      : function(function), program(program), b(function.getContext()),
        loc(function.getLoc()), oldType(function.getFunctionType()) {}

  /// `inputRoles` and `outputRoles`: the arguments after state and arena, in
  /// the order of the C ABI.
  LogicalResult bind(ArrayRef<StringRef> inputRoles,
                     ArrayRef<StringRef> outputRoles);
  unsigned numBound = 0;

private:
  LogicalResult check(ArrayRef<StringRef> outputRoles);
  Value addArgument(Type type, StringRef mark);
  Value viewOf(Value block, int64_t offset, RankedTensorType type);
  Value toTensor(Value memory, bool writable);
  void store(Value tensor, Value memory);
  LogicalResult bindArguments(ArrayRef<StringRef> roles);
  LogicalResult bindResults(ArrayRef<StringRef> roles);
  StringRef roleOf(DictionaryAttr attrs);
  StateAttr stateOf(DictionaryAttr attrs);
  const StateEntry *findState(StateAttr attr);
  /// Where in an output block, named by its role, a result with state goes.
  struct Place {
    StringRef role;
    int64_t offset;
  };
  std::optional<Place> findPlace(StateAttr attr);

  func::FuncOp function;
  const ProgramDescription &program;
  OpBuilder b;
  Location loc;
  FunctionType oldType;
  SmallVector<DictionaryAttr> oldResultAttrs;
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attrs;
  Value stateBlock;
  llvm::StringMap<Value> stateViews;
};
} // namespace

StringRef EntryBinder::roleOf(DictionaryAttr attrs) {
  auto role = attrs ? attrs.getAs<StringAttr>(QnetDialect::kRoleAttrName)
                    : StringAttr();
  return role ? role.getValue() : StringRef();
}

StateAttr EntryBinder::stateOf(DictionaryAttr attrs) {
  return attrs ? attrs.getAs<StateAttr>(QnetDialect::kStateAttrName)
               : StateAttr();
}

const StateEntry *EntryBinder::findState(StateAttr attr) {
  for (const StateEntry &entry : program.state)
    if (entry.attr == attr)
      return &entry;
  return nullptr;
}

std::optional<EntryBinder::Place> EntryBinder::findPlace(StateAttr attr) {
  if (function == program.codesEntry)
    for (const CodesPiece &piece : program.codes)
      if (piece.parameter == attr.getName())
        return Place{"codes", piece.offset};
  if (function == program.foldEntry)
    for (const StateEntry &piece : program.constants)
      if (piece.attr == attr)
        return Place{"constants", piece.offset};
  // Statistics lie in a block laid out as the state.
  if (function == program.statisticsEntry)
    if (const StateEntry *entry = findState(attr))
      return Place{"statistics", entry->offset};
  return std::nullopt;
}

/// Appends an argument; `mark` is a unit attribute, or "".
Value EntryBinder::addArgument(Type type, StringRef mark) {
  types.push_back(type);
  SmallVector<NamedAttribute> named;
  if (!mark.empty())
    named.push_back(b.getNamedAttr(mark, b.getUnitAttr()));
  attrs.push_back(b.getDictionaryAttr(named));
  return function.getBody().front().addArgument(type, loc);
}

Value EntryBinder::viewOf(Value block, int64_t offset, RankedTensorType type) {
  Value shift = arith::ConstantIndexOp::create(b, loc, offset);
  auto memory = MemRefType::get(type.getShape(), type.getElementType());
  return memref::ViewOp::create(b, loc, memory, block, shift, ValueRange());
}

Value EntryBinder::toTensor(Value memory, bool writable) {
  auto type = cast<MemRefType>(memory.getType());
  return bufferization::ToTensorOp::create(
      b, loc, RankedTensorType::get(type.getShape(), type.getElementType()),
      memory, /*restrict=*/true, writable);
}

void EntryBinder::store(Value tensor, Value memory) {
  // A reshape in between would keep the op before it from writing into place.
  while (auto reshape = tensor.getDefiningOp<tensor::ExpandShapeOp>()) {
    tensor = reshape.getSrc();
    memory = memref::CollapseShapeOp::create(b, loc, memory,
                                             reshape.getReassociationIndices());
  }
  auto op = bufferization::MaterializeInDestinationOp::create(
      b, loc, TypeRange(), tensor, memory);
  op.setRestrict(true);
  op.setWritable(true);
}

LogicalResult EntryBinder::bindArguments(ArrayRef<StringRef> roles) {
  Block &block = function.getBody().front();
  unsigned numOld = oldType.getNumInputs();
  addArgument(LLVM::LLVMPointerType::get(b.getContext()), "qnet.context");
  Type i8 = b.getI8Type();
  stateBlock = addArgument(MemRefType::get(program.stateBytes, i8), "");
  addArgument(MemRefType::get(0, i8), "qnet.arena");
  b.setInsertionPointToStart(&block);
  bool writable = function == program.trainStep;
  for (unsigned i = 0; i < numOld; ++i) {
    StateAttr state = stateOf(function.getArgAttrDict(i));
    if (!state)
      continue;
    const StateEntry *entry = findState(state);
    if (!entry)
      return function.emitOpError("has state that train_step lacks: ") << state;
    Value view = viewOf(stateBlock, entry->offset, entry->type);
    stateViews[state.getName()] = view;
    block.getArgument(i).replaceAllUsesWith(toTensor(view, writable));
    ++numBound;
  }
  for (StringRef role : roles) {
    std::optional<unsigned> index;
    for (unsigned i = 0; i < numOld; ++i)
      if (roleOf(function.getArgAttrDict(i)) == role)
        index = i;
    if (!index)
      return function.emitOpError("expected an argument with the role '")
             << role << "'";
    Type type = oldType.getInput(*index);
    auto tensor = dyn_cast<RankedTensorType>(type);
    Value argument = addArgument(
        tensor ? MemRefType::get(tensor.getShape(), tensor.getElementType())
               : type,
        "");
    block.getArgument(*index).replaceAllUsesWith(
        tensor ? toTensor(argument, false) : argument);
  }
  return success();
}

LogicalResult EntryBinder::bindResults(ArrayRef<StringRef> roles) {
  llvm::StringMap<Value> buffers;
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  b.setInsertionPointToStart(&function.getBody().front());
  for (StringRef role : roles) {
    // What a program does not produce (predictions of a regression, all flags
    // of a frozen net) is still an argument of the ABI.
    Type type = MemRefType::get(program.batch, i32);
    for (auto [resultType, dict] :
         llvm::zip_equal(oldType.getResults(), oldResultAttrs))
      if (roleOf(dict) == role) {
        auto tensor = cast<RankedTensorType>(resultType);
        type = MemRefType::get(tensor.getShape(), tensor.getElementType());
      }
    if (role == "codes")
      type = MemRefType::get(program.codesBytes, i8);
    if (role == "statistics")
      type = MemRefType::get(program.stateBytes, i8);
    if (role == "constants")
      type = MemRefType::get(program.constantsBytes, i8);
    // A block of bytes, so that the flag of one parameter is a view of it.
    auto memory = cast<MemRefType>(type);
    if (role == "flags") {
      auto tensor = RankedTensorType::get(memory.getShape(), i32);
      Type bytes = MemRefType::get(4 * memory.getNumElements(), i8);
      buffers[role] = viewOf(addArgument(bytes, ""), 0, tensor);
      continue;
    }
    buffers[role] = addArgument(type, "");
  }
  auto terminator =
      cast<func::ReturnOp>(function.getBody().front().getTerminator());
  b.setInsertionPoint(terminator);
  for (auto [value, dict] :
       llvm::zip_equal(terminator.getOperands(), oldResultAttrs)) {
    auto type = cast<RankedTensorType>(value.getType());
    StateAttr state = stateOf(dict);
    if (!state) {
      store(value, buffers.lookup(roleOf(dict)));
      continue;
    }
    if (std::optional<Place> place = findPlace(state)) {
      store(value, viewOf(buffers.lookup(place->role), place->offset, type));
      continue;
    }
    Value view = stateViews.lookup(state.getName());
    if (!view) {
      const StateEntry *entry = findState(state);
      if (!entry)
        return function.emitOpError("has state that train_step lacks: ")
               << state;
      view = viewOf(stateBlock, entry->offset, entry->type);
    }
    store(value, view);
  }
  func::ReturnOp::create(b, loc);
  terminator.erase();
  return success();
}

/// Checks what binding relies on: one block, and results that are tensors with
/// a place to go to.
LogicalResult EntryBinder::check(ArrayRef<StringRef> outputRoles) {
  if (!llvm::hasSingleElement(function.getBody()) ||
      !isa<func::ReturnOp>(function.getBody().front().getTerminator()))
    return function.emitOpError("expected an entry with a body of one block");
  for (unsigned i = 0, e = oldType.getNumResults(); i < e; ++i) {
    auto type = dyn_cast<RankedTensorType>(oldType.getResult(i));
    if (!type || !type.hasStaticShape())
      return function.emitOpError("expected results of static shape, got ")
             << oldType.getResult(i);
    DictionaryAttr dict = function.getResultAttrDict(i);
    if (!stateOf(dict) && !llvm::is_contained(outputRoles, roleOf(dict)))
      return function.emitOpError("expected result #")
             << i << " to have '" << QnetDialect::kStateAttrName << "' or a '"
             << QnetDialect::kRoleAttrName << "' of this entry";
  }
  return success();
}

LogicalResult EntryBinder::bind(ArrayRef<StringRef> inputRoles,
                                ArrayRef<StringRef> outputRoles) {
  if (failed(check(outputRoles)))
    return failure();
  for (unsigned i = 0, e = oldType.getNumResults(); i < e; ++i)
    oldResultAttrs.push_back(function.getResultAttrDict(i));
  unsigned numOld = oldType.getNumInputs();
  if (failed(bindArguments(inputRoles)) || failed(bindResults(outputRoles)))
    return failure();
  function.getBody().front().eraseArguments(0, numOld);
  function.setType(FunctionType::get(b.getContext(), types, {}));
  function.setAllArgAttrs(attrs);
  function.setAllResultAttrs(ArrayRef<DictionaryAttr>());
  return success();
}

namespace {
struct QnetBindState : qnet::impl::QnetBindStateBase<QnetBindState> {
  using Base::Base;

  LogicalResult bind(func::FuncOp function, const ProgramDescription &program,
                     ArrayRef<StringRef> inputs, ArrayRef<StringRef> outputs) {
    if (!function)
      return success();
    EntryBinder binder(function, program);
    if (failed(binder.bind(inputs, outputs)))
      return failure();
    numBound += binder.numBound;
    return success();
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ProgramDescription> program = describeProgram(module);
    if (failed(program))
      return signalPassFailure();
    module->setAttr(
        "qnet.manifest",
        StringAttr::get(&getContext(), toManifest(*program, 0, "")));
    if (failed(bind(program->init, *program, {"seed"}, {})) ||
        failed(bind(program->trainStep, *program,
                    {"inputs", "labels", "seed", "step", "epoch"},
                    {"losses", "predictions", "flags"})) ||
        failed(bind(program->evaluate, *program, {"inputs", "labels"},
                    {"losses", "predictions"})) ||
        failed(bind(program->predict, *program, {"inputs"}, {"outputs"})) ||
        failed(bind(program->codesEntry, *program, {}, {"codes"})) ||
        failed(bind(program->statisticsEntry, *program, {"inputs"},
                    {"statistics"})) ||
        failed(bind(program->foldEntry, *program, {}, {"constants"})))
      signalPassFailure();
  }
};
} // namespace
