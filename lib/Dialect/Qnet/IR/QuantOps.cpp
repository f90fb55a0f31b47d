//===- QuantOps.cpp - Rounding, codes and updates -------------------------===//
//
// Syntax, verifiers and folds of the quantization ops.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// Types in the assembly: random bits have the value's shape
//===----------------------------------------------------------------------===//

static Type randomBitsType(Type value) {
  return withElementType(value, IntegerType::get(value.getContext(), 32));
}

using OptionalOperand = std::optional<OpAsmParser::UnresolvedOperand>;

static ParseResult parseRoundTypes(OpAsmParser &parser, OptionalOperand bits,
                                   Type &value, Type &random, Type &result) {
  if (parser.parseType(value))
    return failure();
  if (bits)
    random = randomBitsType(value);
  result = value;
  return success();
}
static void printRoundTypes(OpAsmPrinter &printer, Operation *, Value,
                            Type value, Type, Type) {
  printer << value;
}

static ParseResult parseEncodeTypes(OpAsmParser &parser, OptionalOperand bits,
                                    Type &value, Type &random, Type &result) {
  if (parser.parseType(value) || parser.parseKeyword("to") ||
      parser.parseType(result))
    return failure();
  if (bits)
    random = randomBitsType(value);
  return success();
}
static void printEncodeTypes(OpAsmPrinter &printer, Operation *, Value,
                             Type value, Type, Type result) {
  printer << value << " to " << result;
}

static ParseResult
parseUpdateTypes(OpAsmParser &parser, Type &weights, Type &gradient,
                 SmallVectorImpl<Type> &slots, Type &flags, Type &newWeights,
                 SmallVectorImpl<Type> &newSlots, Type &newFlags) {
  if (parser.parseType(weights) || parser.parseComma() ||
      parser.parseType(gradient) || parser.parseComma() ||
      parser.parseType(flags))
    return failure();
  // The slots are f32 of the gradient's shape; there is one per slot operand.
  unsigned numSlots = 0;
  if (succeeded(parser.parseOptionalComma()) && parser.parseInteger(numSlots))
    return failure();
  slots.assign(numSlots, gradient);
  newSlots = slots;
  newWeights = weights;
  newFlags = flags;
  return success();
}
static void printUpdateTypes(OpAsmPrinter &printer, Operation *, Type weights,
                             Type gradient, TypeRange slots, Type flags, Type,
                             TypeRange, Type) {
  printer << weights << ", " << gradient << ", " << flags;
  if (!slots.empty())
    printer << ", " << slots.size();
}

#define GET_OP_CLASSES
#include "qnet/Dialect/Qnet/IR/QnetOps.cpp.inc"

void QnetDialect::registerOperations() {
  addOperations<
#define GET_OP_LIST
#include "qnet/Dialect/Qnet/IR/QnetOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// Shared checks
//===----------------------------------------------------------------------===//

static GridAttrInterface gridOf(Type type) {
  return cast<QType>(getElementTypeOrSelf(type)).getGrid();
}

static LogicalResult verifySameShape(Operation *op, Type lhs, Type rhs) {
  if (withElementType(lhs, getElementTypeOrSelf(rhs)) == rhs)
    return success();
  return op->emitOpError("expected operand and result of one shape, got ")
         << lhs << " and " << rhs;
}

static LogicalResult verifyRandomBits(Operation *op, Value random,
                                      RoundingAttrInterface rounding,
                                      Type value) {
  if (rounding.getRandomBits() == 0 && random)
    return op->emitOpError("expected no random bits for ") << rounding;
  if (rounding.getRandomBits() != 0 && !random)
    return op->emitOpError("expected random bits for ") << rounding;
  if (random && random.getType() != randomBitsType(value))
    return op->emitOpError("expected random bits of type ")
           << randomBitsType(value) << ", got " << random.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Round, encode, decode
//===----------------------------------------------------------------------===//

LogicalResult RoundOp::verify() {
  if (getResult().getType() != getValue().getType())
    return emitOpError("expected a result of type ")
           << getValue().getType() << ", got " << getResult().getType();
  return verifyRandomBits(*this, getRandom(), getRounding(),
                          getValue().getType());
}

/// round(round(x)) = round(x) on one grid: a level never moves.
OpFoldResult RoundOp::fold(FoldAdaptor) {
  auto inner = getValue().getDefiningOp<RoundOp>();
  if (inner && inner.getGrid() == getGrid())
    return inner.getResult();
  return {};
}

GridAttrInterface EncodeOp::getGrid() { return gridOf(getResult().getType()); }

LogicalResult EncodeOp::verify() {
  if (failed(
          verifySameShape(*this, getValue().getType(), getResult().getType())))
    return failure();
  return verifyRandomBits(*this, getRandom(), getRounding(),
                          getValue().getType());
}

GridAttrInterface DecodeOp::getGrid() { return gridOf(getCodes().getType()); }

LogicalResult DecodeOp::verify() {
  return verifySameShape(*this, getCodes().getType(), getResult().getType());
}

FailureOr<SmallVector<Value>> DecodeOp::buildAdjoint(OpBuilder &,
                                                     ValueRange resultGradients,
                                                     ArrayRef<bool>) {
  return SmallVector<Value>{resultGradients[0]};
}

namespace {
/// encode(decode(c)) = c on one grid: a level never moves.
struct FoldEncodeOfDecode : OpRewritePattern<EncodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(EncodeOp op,
                                PatternRewriter &rewriter) const override {
    auto decode = op.getValue().getDefiningOp<DecodeOp>();
    if (!decode || decode.getCodes().getType() != op.getResult().getType())
      return rewriter.notifyMatchFailure(op, "not of a decode on its grid");
    rewriter.replaceOp(op, decode.getCodes());
    return success();
  }
};

/// decode(encode(x)) = round(x)
struct DecodeOfEncodeToRound : OpRewritePattern<DecodeOp> {
  using Base::Base;
  LogicalResult matchAndRewrite(DecodeOp op,
                                PatternRewriter &rewriter) const override {
    auto encode = op.getCodes().getDefiningOp<EncodeOp>();
    if (!encode || !encode->hasOneUse())
      return rewriter.notifyMatchFailure(op, "not the only use of an encode");
    rewriter.replaceOpWithNewOp<RoundOp>(op, op.getResult().getType(),
                                         encode.getValue(), encode.getRandom(),
                                         op.getGrid(), encode.getRounding());
    return success();
  }
};
} // namespace

void DecodeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<FoldEncodeOfDecode, DecodeOfEncodeToRound>(context);
}

LogicalResult ToCodeOp::verify() {
  return verifySameShape(*this, getOrdinal().getType(), getResult().getType());
}

LogicalResult FromCodeOp::verify() {
  return verifySameShape(*this, getCodes().getType(), getResult().getType());
}

OpFoldResult FromCodeOp::fold(FoldAdaptor) {
  if (auto toCode = getCodes().getDefiningOp<ToCodeOp>())
    return toCode.getOrdinal();
  return {};
}

//===----------------------------------------------------------------------===//
// Random bits
//===----------------------------------------------------------------------===//

LogicalResult RandomBitsOp::verify() {
  if (getBits() < 1 || getBits() > 32)
    return emitOpError("expected 1 to 32 bits, got ") << getBits();
  if (static_cast<int32_t>(getParameter()) < 0)
    return emitOpError("expected a parameter number, got ")
           << static_cast<int32_t>(getParameter());
  Type type = getResult().getType();
  if (getIndex() && !type.isInteger(32))
    return emitOpError("expected an i32 result for one element, got ") << type;
  if (!getIndex() && !isa<RankedTensorType>(type))
    return emitOpError("expected a tensor result without an index, got ")
           << type;
  return success();
}

LogicalResult InitialValueOp::verify() {
  return getInitializer().verifyParameter(
      [&] { return emitOpError(); },
      cast<RankedTensorType>(getResult().getType()));
}

//===----------------------------------------------------------------------===//
// Update
//===----------------------------------------------------------------------===//

/// A rule that rounds its state keeps codes, and every other one keeps f32.
static LogicalResult verifyWeightsForm(UpdateOp op) {
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  auto codes = dyn_cast<QType>(weights.getElementType());
  GridAttrInterface grid = op.getGridAttr();
  bool keepsCodes = grid && op.getRule().getStateRounding();
  if (keepsCodes && !codes)
    return op.emitOpError("expected codes on ")
           << grid << " for rule '" << op.getRule().getRuleName()
           << "', which keeps no full-precision copy, got " << weights;
  if (!keepsCodes && codes)
    return op.emitOpError("expected f32 weights for rule '")
           << op.getRule().getRuleName() << "', got " << weights;
  if (codes && codes.getGrid() != grid)
    return op.emitOpError("expected codes on ") << grid << ", got " << weights;
  return success();
}

LogicalResult UpdateOp::verify() {
  if (failed(verifyWeightsForm(*this)))
    return failure();
  auto weights = cast<RankedTensorType>(getWeights().getType());
  auto gradient = cast<RankedTensorType>(getGradient().getType());
  if (weights.getShape() != gradient.getShape())
    return emitOpError("expected a gradient of the weights' shape, got ")
           << gradient << " for " << weights;
  size_t numSlots = getOptimizer().getSlotNames().size();
  if (getSlots().size() != numSlots)
    return emitOpError("expected ")
           << numSlots << " slots for '" << getOptimizer().getOptimizerName()
           << "', got " << getSlots().size();
  for (Value slot : getSlots())
    if (slot.getType() != gradient)
      return emitOpError("expected slots of type ")
             << gradient << ", got " << slot.getType();
  if (getNewWeights().getType() != weights)
    return emitOpError("expected new weights of type ")
           << weights << ", got " << getNewWeights().getType();
  if (getNewSlots().getTypes() != getSlots().getTypes())
    return emitOpError("expected new slots of the slots' types");
  auto flags = cast<RankedTensorType>(getFlags().getType());
  if (flags.getRank() != 1 || getParameter() >= flags.getDimSize(0))
    return emitOpError("expected flags of rank 1 with an element ")
           << getParameter() << ", got " << flags;
  if (getNewFlags().getType() != flags)
    return emitOpError("expected new flags of type ")
           << flags << ", got " << getNewFlags().getType();
  return success();
}
