//===- Philox.cpp - The random generator as IR ----------------------------===//
//
// Words are kept in 64-bit lanes: the product of two of them, its high and its
// low word are then one multiply and one shift on every target, and what a lane
// holds above its word is cut off only where a multiply needs it.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/Common/Philox.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace qnet;

static constexpr int rounds = 7;
static constexpr uint32_t multipliers[2] = {0xD2511F53u, 0xCD9E8D57u};
static constexpr uint32_t keyIncrements[2] = {0x9E3779B9u, 0xBB67AE85u};

namespace {

/// Builds on i64 or on a vector of it.
struct WordBuilder {
  OpBuilder &builder;
  Location loc;
  Type type;

  Value constant(uint64_t value) {
    auto scalar = builder.getI64IntegerAttr(static_cast<int64_t>(value));
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(
          builder, loc, DenseElementsAttr::get(vector, scalar.getValue()));
    return arith::ConstantOp::create(builder, loc, scalar);
  }
  /// An i32 scalar, widened and, for a vector, repeated.
  Value widen(Value scalar) {
    Value wide =
        arith::ExtUIOp::create(builder, loc, builder.getI64Type(), scalar);
    if (!isa<VectorType>(type))
      return wide;
    return vector::BroadcastOp::create(builder, loc, type, wide);
  }
  Value multiply(Value word, uint32_t factor) {
    Value low = arith::AndIOp::create(builder, loc, word, constant(~0u));
    return arith::MulIOp::create(builder, loc, low, constant(factor));
  }
  Value high(Value product) {
    return arith::ShRUIOp::create(builder, loc, product, constant(32));
  }
  Value exclusiveOr(Value a, Value b) {
    return arith::XOrIOp::create(builder, loc, a, b);
  }
};

} // namespace

/// An i32 plus a constant, modulo 2^32.
static Value addConstant(OpBuilder &builder, Location loc, Value first,
                         uint32_t number) {
  if (number == 0)
    return first;
  Value constant = arith::ConstantOp::create(
      builder, loc, builder.getI32IntegerAttr(static_cast<int32_t>(number)));
  return arith::AddIOp::create(builder, loc, first, constant);
}

std::array<Value, 4> qnet::buildPhilox(OpBuilder &builder, Location loc,
                                       RandomBitsOp op, Value block, Value seed,
                                       Value step, Value base) {
  WordBuilder words{builder, loc, block.getType()};
  uint32_t parameter = op.getParameter();
  std::array<Value, 4> x = {
      block, words.constant(0), words.widen(step),
      words.constant(static_cast<uint32_t>(op.getStream()))};
  for (int round = 0; round < rounds; ++round) {
    Value key0 = words.widen(
        addConstant(builder, loc, seed,
                    keyIncrements[0] * static_cast<uint32_t>(round)));
    uint32_t number =
        parameter + keyIncrements[1] * static_cast<uint32_t>(round);
    Value key1 = base ? words.widen(addConstant(builder, loc, base, number))
                      : words.constant(number);
    Value first = words.multiply(x[0], multipliers[0]);
    Value second = words.multiply(x[2], multipliers[1]);
    Value mixed0 =
        words.exclusiveOr(words.exclusiveOr(x[1], key0), words.high(second));
    Value mixed2 =
        words.exclusiveOr(words.exclusiveOr(x[3], key1), words.high(first));
    x = {mixed0, second, mixed2, first};
  }
  return x;
}
