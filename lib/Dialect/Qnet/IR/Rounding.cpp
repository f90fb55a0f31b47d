//===- Rounding.cpp - Deterministic and stochastic rounding ---------------===//
//
// Both roundings of the paper as decisions between two neighbouring levels,
// each as IR and as plain C++. Distances to a neighbour are exact or round
// monotonically, so ties are found exactly (see RATIONALE.md).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace qnet;

//===----------------------------------------------------------------------===//
// Constants of any shape
//===----------------------------------------------------------------------===//

Type qnet::withElementType(Type like, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(like))
    return shaped.clone(element);
  return element;
}

static Value buildConstant(OpBuilder &builder, Location loc, Type like,
                           TypedAttr value) {
  Type type = withElementType(like, value.getType());
  if (auto shaped = dyn_cast<ShapedType>(type))
    value = cast<TypedAttr>(
        Attribute(DenseElementsAttr::get(shaped, Attribute(value))));
  return arith::ConstantOp::create(builder, loc, value);
}

Value qnet::buildF32(OpBuilder &builder, Location loc, Type like, float value) {
  return buildConstant(builder, loc, like, builder.getF32FloatAttr(value));
}

Value qnet::buildI32(OpBuilder &builder, Location loc, Type like,
                     int32_t value) {
  return buildConstant(builder, loc, like, builder.getI32IntegerAttr(value));
}

//===----------------------------------------------------------------------===//
// Rounding to a grid
//===----------------------------------------------------------------------===//

Bracket qnet::bracketOnGrid(GridAttrInterface grid, float &value) {
  value = std::min(std::max(value, grid.getLowest()), grid.getHighest());
  int64_t low = 0, high = grid.getNumLevels() - 1;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (grid.getLevel(middle) <= value ? low : high) = middle;
  }
  return {low, grid.getLevel(low), grid.getLevel(high)};
}

int64_t qnet::roundToOrdinal(GridAttrInterface grid,
                             RoundingAttrInterface rounding, float value,
                             uint32_t randomBits) {
  if (std::isnan(value))
    return 0;
  Bracket bracket = bracketOnGrid(grid, value);
  return bracket.ordinal +
         rounding.roundsUp(value, bracket.lower, bracket.upper, randomBits);
}

Value qnet::buildRoundToOrdinal(OpBuilder &b, Location loc,
                                GridAttrInterface grid,
                                RoundingAttrInterface rounding, Value value,
                                Value randomBits) {
  Type type = value.getType();
  // NaN becomes the lowest level: the number of the two is the maximum.
  value = arith::MaxNumFOp::create(b, loc, value,
                                   buildF32(b, loc, type, grid.getLowest()));
  value = arith::MinNumFOp::create(b, loc, value,
                                   buildF32(b, loc, type, grid.getHighest()));
  BracketValues bracket = grid.buildBracket(b, loc, value);
  Value up = rounding.buildRoundUp(b, loc, value, bracket.lower, bracket.upper,
                                   randomBits);
  Value increment =
      arith::ExtUIOp::create(b, loc, withElementType(type, b.getI32Type()), up);
  return arith::AddIOp::create(b, loc, bracket.ordinal, increment);
}

//===----------------------------------------------------------------------===//
// Deterministic
//===----------------------------------------------------------------------===//

unsigned DeterministicAttr::getRandomBits() const { return 0; }

/// The value of a constant f32, or of a constant of which all elements are
/// equal.
static std::optional<float> constantOf(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return static_cast<float>(number.getValueAsDouble());
  return std::nullopt;
}

Value DeterministicAttr::buildRoundUp(OpBuilder &b, Location loc, Value value,
                                      Value lower, Value upper, Value) const {
  // Between -D and +D the sign decides, ties included.
  std::optional<float> low = constantOf(lower), high = constantOf(upper);
  if (low && high && *low == -*high)
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGE, value,
                                 buildF32(b, loc, value.getType(), 0));
  Value toLower = arith::SubFOp::create(b, loc, value, lower);
  Value toUpper = arith::SubFOp::create(b, loc, upper, value);
  auto compare = [&](arith::CmpFPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpFOp::create(b, loc, predicate, lhs, rhs);
  };
  Value nearerUpper = compare(arith::CmpFPredicate::OGT, toLower, toUpper);
  Value tie = compare(arith::CmpFPredicate::OEQ, toLower, toUpper);
  Value zero = buildF32(b, loc, value.getType(), 0);
  Value notNegative = compare(arith::CmpFPredicate::OGE, value, zero);
  Value tieUp = arith::AndIOp::create(b, loc, tie, notNegative);
  return arith::OrIOp::create(b, loc, nearerUpper, tieUp);
}

bool DeterministicAttr::roundsUp(float value, float lower, float upper,
                                 uint32_t) const {
  float toLower = value - lower, toUpper = upper - value;
  return toLower > toUpper || (toLower == toUpper && value >= 0);
}

//===----------------------------------------------------------------------===//
// Stochastic
//===----------------------------------------------------------------------===//

LogicalResult
StochasticAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                       unsigned bits) {
  // 24 bits are what the fraction of an f32 can hold.
  if (bits < 1 || bits > 24)
    return emitError() << "expected 1 to 24 random bits, got " << bits;
  return success();
}

unsigned StochasticAttr::getRandomBits() const { return getBits(); }

/// 2^23: an f32 from here to 2^24 is an integer, and its bits count up with it.
static constexpr float kIntegers = 8388608.0f;
static constexpr int32_t kIntegerBits = 0x4B000000;

/// bits < x * factor, rounded to an integer with ties to even. The product is
/// exact and at most 2^k, so that its sum with 2^23 is rounded once, to an
/// integer, which is compared as the bits that stand for it.
static Value buildLess(OpBuilder &b, Location loc, unsigned numBits, Value bits,
                       Value x, Value factor) {
  Type integer = withElementType(x.getType(), b.getI32Type());
  if (numBits > 22) {
    Value scaled = arith::MulFOp::create(b, loc, x, factor);
    Value rounded = math::RoundEvenOp::create(b, loc, scaled);
    Value threshold = arith::FPToSIOp::create(b, loc, integer, rounded);
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bits,
                                 threshold);
  }
  Value sum = math::FmaOp::create(b, loc, x, factor,
                                  buildF32(b, loc, x.getType(), kIntegers));
  Value threshold = arith::BitcastOp::create(b, loc, integer, sum);
  Value shifted = arith::AddIOp::create(b, loc, bits,
                                        buildI32(b, loc, bits.getType(),
                                                 kIntegerBits));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, shifted,
                               threshold);
}

Value StochasticAttr::buildRoundUp(OpBuilder &b, Location loc, Value value,
                                   Value lower, Value upper, Value bits) const {
  Type type = value.getType();
  Value offset = arith::SubFOp::create(b, loc, value, lower);
  float steps = std::ldexp(1.0f, getBits());
  std::optional<float> low = constantOf(lower), high = constantOf(upper);
  Value factor = buildF32(b, loc, type, steps);
  if (low && high && APFloat(*high - *low).getExactLog2Abs() != INT_MIN &&
      std::isnormal(steps / (*high - *low))) {
    // Division by a power of two is exact: one multiplication gives the same.
    factor = buildF32(b, loc, type, steps / (*high - *low));
  } else {
    Value width = arith::SubFOp::create(b, loc, upper, lower);
    offset = arith::DivFOp::create(b, loc, offset, width);
  }
  return buildLess(b, loc, getBits(), bits, offset, factor);
}

bool StochasticAttr::roundsUp(float value, float lower, float upper,
                              uint32_t bits) const {
  float fraction = (value - lower) / (upper - lower);
  float scaled = std::nearbyint(std::ldexp(fraction, getBits()));
  return static_cast<int64_t>(bits) < static_cast<int64_t>(scaled);
}
