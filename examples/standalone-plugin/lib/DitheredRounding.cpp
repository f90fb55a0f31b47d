//===- DitheredRounding.cpp - #standalone.dithered ------------------------===//
//
// The decision, once as IR and once as plain C++ with the same operations in
// the same order, so that compiled code and the reference interpreter agree bit
// for bit.
//
//===----------------------------------------------------------------------===//

#include "Standalone/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;
using namespace standalone;

LogicalResult DitheredAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   unsigned bits, llvm::APFloat amount) {
  if (bits < 1 || bits > 16)
    return emitError() << "expected 1 to 16 random bits, got " << bits;
  float width = amount.convertToFloat();
  if (!(width > 0 && width <= 1))
    return emitError() << "expected the amount to be in (0, 1], got " << width;
  return success();
}

unsigned DitheredAttr::getRandomBits() const { return getBits(); }

Value DitheredAttr::buildRoundUp(OpBuilder &b, Location loc, Value value,
                                 Value lower, Value upper, Value bits) const {
  Type type = value.getType();
  auto f32 = [&](float v) { return qnet::buildF32(b, loc, type, v); };
  Value offset = arith::SubFOp::create(b, loc, value, lower);
  Value width = arith::SubFOp::create(b, loc, upper, lower);
  Value fraction = arith::DivFOp::create(b, loc, offset, width);
  // u = (bits + 1/2) / 2^k - 1/2, exact in f32
  Value noise = arith::UIToFPOp::create(b, loc, type, bits);
  noise = arith::AddFOp::create(b, loc, noise, f32(0.5f));
  noise = arith::MulFOp::create(b, loc, noise,
                                f32(std::ldexp(1.0f, -int(getBits()))));
  noise = arith::SubFOp::create(b, loc, noise, f32(0.5f));
  noise =
      arith::MulFOp::create(b, loc, noise, f32(getAmount().convertToFloat()));
  Value sum = arith::AddFOp::create(b, loc, fraction, noise);
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, sum,
                               f32(0.5f));
}

bool DitheredAttr::roundsUp(float value, float lower, float upper,
                            uint32_t bits) const {
  float fraction = (value - lower) / (upper - lower);
  float noise =
      (static_cast<float>(bits) + 0.5f) * std::ldexp(1.0f, -int(getBits()));
  noise = (noise - 0.5f) * getAmount().convertToFloat();
  return fraction + noise > 0.5f;
}
