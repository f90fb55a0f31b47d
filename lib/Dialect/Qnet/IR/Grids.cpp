//===- Grids.cpp - Binary, ternary and uniform grids ----------------------===//
//
// A level of a uniform grid is n*D rounded to f32, and brackets are found
// against these rounded levels: the quotient w/D only proposes a level, which
// is corrected by exact comparisons. So a level never moves, whatever D is (in
// f32 the quotient (n*D)/D may miss n by one unit in the last place, and its
// floor by one level).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "qnet/Dialect/Qnet/IR/AttrParameters.h"
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;

using EmitError = function_ref<InFlightDiagnostic()>;

//===----------------------------------------------------------------------===//
// Grids of n*D for n in [lowest, highest]
//===----------------------------------------------------------------------===//

static bool isPowerOfTwo(const APFloat &step) {
  return step.getExactLog2Abs() != INT_MIN;
}

/// Bracket on {lowest*D, ..., highest*D}: n = floor(w/D), corrected against the
/// f32 levels unless the quotient is exact because D is a power of two.
static BracketValues buildUniformBracket(OpBuilder &b, Location loc,
                                         Value value, const APFloat &stepValue,
                                         int32_t lowest, int32_t highest) {
  Type type = value.getType();
  auto f32 = [&](float v) { return buildF32(b, loc, type, v); };
  Value step = f32(stepValue.convertToFloat());
  Value n = arith::DivFOp::create(b, loc, value, step);
  n = math::FloorOp::create(b, loc, n);
  if (!isPowerOfTwo(stepValue)) {
    Value zero = f32(0), one = f32(1);
    Value level = arith::MulFOp::create(b, loc, n, step);
    Value above =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, level, value);
    Value down = arith::SelectOp::create(b, loc, above, one, zero);
    n = arith::SubFOp::create(b, loc, n, down);
    Value next = arith::AddFOp::create(b, loc, n, one);
    Value nextLevel = arith::MulFOp::create(b, loc, next, step);
    Value reached = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLE,
                                          nextLevel, value);
    n = arith::SelectOp::create(b, loc, reached, next, n);
  }
  // The last level is the upper end of the last bracket.
  Value last = f32(highest - 1);
  Value beyond =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, n, last);
  n = arith::SelectOp::create(b, loc, beyond, last, n);
  Value lower = arith::MulFOp::create(b, loc, n, step);
  Value next = arith::AddFOp::create(b, loc, n, f32(1));
  Value upper = arith::MulFOp::create(b, loc, next, step);
  Value signedOrdinal =
      arith::FPToSIOp::create(b, loc, withElementType(type, b.getI32Type()), n);
  Value ordinal = arith::SubIOp::create(b, loc, signedOrdinal,
                                        buildI32(b, loc, type, lowest));
  return {ordinal, lower, upper};
}

/// n*D from the ordinal n - lowest.
static Value buildUniformDecode(OpBuilder &b, Location loc, Value ordinal,
                                const APFloat &step, int32_t lowest) {
  Type type = ordinal.getType();
  Value n =
      arith::AddIOp::create(b, loc, ordinal, buildI32(b, loc, type, lowest));
  Value real =
      arith::SIToFPOp::create(b, loc, withElementType(type, b.getF32Type()), n);
  return arith::MulFOp::create(b, loc, real,
                               buildF32(b, loc, type, step.convertToFloat()));
}

/// The largest level must be finite, the smallest step not lost.
static LogicalResult verifyStep(EmitError emitError, const APFloat &step,
                                double levels) {
  if (failed(qnet::detail::checkPositive(emitError, step, "the grid's step")))
    return failure();
  if (step.isDenormal())
    return emitError() << "expected the grid's step to be a normal number";
  if (step.convertToFloat() * levels * 2.0 > 3.0e38)
    return emitError() << "expected the grid's levels to be finite in f32";
  return success();
}

//===----------------------------------------------------------------------===//
// Binary
//===----------------------------------------------------------------------===//

LogicalResult BinaryAttr::verify(EmitError emitError, APFloat step) {
  return verifyStep(emitError, step, 1);
}
unsigned BinaryAttr::getStorageBits() const { return 1; }
int64_t BinaryAttr::getNumLevels() const { return 2; }
float BinaryAttr::getLevel(int64_t ordinal) const {
  float magnitude = getStep().convertToFloat();
  return ordinal == 0 ? -magnitude : magnitude;
}
BracketValues BinaryAttr::buildBracket(OpBuilder &b, Location loc,
                                       Value value) const {
  Type type = value.getType();
  return {buildI32(b, loc, type, 0), buildF32(b, loc, type, getLevel(0)),
          buildF32(b, loc, type, getLevel(1))};
}
Value BinaryAttr::buildDecode(OpBuilder &b, Location loc, Value ordinal) const {
  Type type = ordinal.getType();
  Value isUpper = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                        ordinal, buildI32(b, loc, type, 0));
  return arith::SelectOp::create(b, loc, isUpper,
                                 buildF32(b, loc, type, getLevel(1)),
                                 buildF32(b, loc, type, getLevel(0)));
}

//===----------------------------------------------------------------------===//
// Ternary
//===----------------------------------------------------------------------===//

LogicalResult TernaryAttr::verify(EmitError emitError, APFloat step) {
  return verifyStep(emitError, step, 1);
}
unsigned TernaryAttr::getStorageBits() const { return 2; }
int64_t TernaryAttr::getNumLevels() const { return 3; }
float TernaryAttr::getLevel(int64_t ordinal) const {
  return static_cast<float>(ordinal - 1) * getStep().convertToFloat();
}
BracketValues TernaryAttr::buildBracket(OpBuilder &b, Location loc,
                                        Value value) const {
  return buildUniformBracket(b, loc, value, getStep(), -1, 1);
}
Value TernaryAttr::buildDecode(OpBuilder &b, Location loc,
                               Value ordinal) const {
  return buildUniformDecode(b, loc, ordinal, getStep(), -1);
}

//===----------------------------------------------------------------------===//
// Uniform
//===----------------------------------------------------------------------===//

static int32_t lowestInteger(unsigned bits) { return -(1 << (bits - 1)); }

LogicalResult UniformAttr::verify(EmitError emitError, unsigned bits,
                                  APFloat step) {
  if (bits < 2 || bits > 16)
    return emitError() << "expected the grid's width to be 2 to 16 bits, got "
                       << bits << (bits == 1 ? " (use #qnet.binary)" : "");
  return verifyStep(emitError, step, 1 << (bits - 1));
}
unsigned UniformAttr::getStorageBits() const {
  return llvm::PowerOf2Ceil(getBits());
}
int64_t UniformAttr::getNumLevels() const { return int64_t(1) << getBits(); }
float UniformAttr::getLevel(int64_t ordinal) const {
  return static_cast<float>(ordinal + lowestInteger(getBits())) *
         getStep().convertToFloat();
}
BracketValues UniformAttr::buildBracket(OpBuilder &b, Location loc,
                                        Value value) const {
  int32_t lowest = lowestInteger(getBits());
  return buildUniformBracket(b, loc, value, getStep(), lowest, -lowest - 1);
}
Value UniformAttr::buildDecode(OpBuilder &b, Location loc,
                               Value ordinal) const {
  return buildUniformDecode(b, loc, ordinal, getStep(),
                            lowestInteger(getBits()));
}
