//===- BindConstants.cpp - qnet-bind-constants ----------------------------===//
//
// The constants of an inference graph become state that never changes: from
// here on a predictor is compiled as a trainer's inference is.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Dialect/Qnet/IR/ConstantData.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Program/Program.h"

#include <cstring>

namespace qnet {
#define GEN_PASS_DEF_QNETBINDCONSTANTS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// A constant that becomes state.
struct Piece {
  ElementsAttr value; ///< words or floats
  RankedTensorType type;
  StateAttr attr;
  std::vector<uint32_t> words;
};

struct QnetBindConstants
    : qnet::impl::QnetBindConstantsBase<QnetBindConstants> {
  using Base::Base;

  LogicalResult collect(func::FuncOp function);
  LogicalResult addPiece(Operation *op, ElementsAttr value);
  Piece *findPiece(ElementsAttr value, Type type);
  void replace(func::FuncOp function);
  void runOnOperation() override;

  SmallVector<Piece> pieces;
};
} // namespace

/// The value of a constant that is worth moving; splats stay where they are.
static ElementsAttr getLargeValue(Operation *op) {
  if (auto packed = dyn_cast<PackedConstantOp>(op))
    return packed.getWords();
  auto constant = dyn_cast<arith::ConstantOp>(op);
  auto value =
      constant ? dyn_cast<ElementsAttr>(constant.getValue()) : ElementsAttr();
  if (!value || value.isSplat() || !value.getElementType().isF32())
    return {};
  return value;
}

Piece *QnetBindConstants::findPiece(ElementsAttr value, Type type) {
  for (Piece &piece : pieces)
    if (piece.value == value && piece.type == type)
      return &piece;
  return nullptr;
}

LogicalResult QnetBindConstants::addPiece(Operation *op, ElementsAttr value) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (findPiece(value, type))
    return success();
  Piece piece;
  piece.value = value;
  piece.type = type;
  auto words = readWords(value, [&] { return op->emitError(); });
  if (failed(words))
    return failure();
  piece.words = std::move(*words);
  std::string name = "constant" + std::to_string(pieces.size());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    name = resource.getRawHandle().getKey().str();
  bool codes = isa<QType>(type.getElementType());
  piece.attr = StateAttr::get(
      &getContext(), name, codes ? StateRole::Codes : StateRole::Weights, name);
  pieces.push_back(std::move(piece));
  ++numConstants;
  return success();
}

LogicalResult QnetBindConstants::collect(func::FuncOp function) {
  WalkResult result = function.walk([&](Operation *op) {
    ElementsAttr value = getLargeValue(op);
    return WalkResult(value ? addPiece(op, value) : success());
  });
  return failure(result.wasInterrupted());
}

void QnetBindConstants::replace(func::FuncOp function) {
  Block &block = function.getBody().front();
  Builder b(&getContext());
  for (auto [i, piece] : llvm::enumerate(pieces))
    (void)function.insertArgument(i, piece.type,
                                  b.getDictionaryAttr(b.getNamedAttr(
                                      QnetDialect::kStateAttrName, piece.attr)),
                                  function.getLoc());
  function.walk([&](Operation *op) {
    ElementsAttr value = getLargeValue(op);
    if (!value)
      return;
    Piece *piece = findPiece(value, op->getResult(0).getType());
    op->getResult(0).replaceAllUsesWith(
        block.getArgument(piece - pieces.begin()));
    op->erase();
  });
}

void QnetBindConstants::runOnOperation() {
  ModuleOp module = getOperation();
  pieces.clear();
  SmallVector<func::FuncOp> entries;
  for (StringRef name : {"predict", "evaluate"}) {
    func::FuncOp entry = findEntry(module, name);
    if (!entry || entry.isDeclaration()) {
      module.emitError("expected an inference graph with the entries 'predict' "
                       "and 'evaluate'");
      return signalPassFailure();
    }
    entries.push_back(entry);
  }
  for (func::FuncOp entry : entries)
    if (failed(collect(entry)))
      return signalPassFailure();
  for (func::FuncOp entry : entries)
    replace(entry);
  FailureOr<ProgramDescription> program = describeProgram(module);
  if (failed(program))
    return signalPassFailure();
  std::string image(std::max(program->stateBytes, kStateAlignment), '\0');
  for (auto [entry, piece] : llvm::zip_equal(program->state, pieces))
    std::memcpy(image.data() + entry.offset, piece.words.data(), entry.bytes);
  auto type =
      RankedTensorType::get(image.size(), IntegerType::get(&getContext(), 8));
  module->setAttr(kConstantsAttrName,
                  DenseElementsAttr::getFromRawBuffer(
                      type, ArrayRef<char>(image.data(), image.size())));
}
