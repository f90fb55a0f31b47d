//===- ArithInteger.cpp - Rules of arith on integers ----------------------===//
//
// Two's complement arithmetic of the operands' width. Shifts by the width or
// more are poison, and so are divisions by zero and the one that overflows.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Rules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace qnet;
using Result = std::optional<int64_t>;

static void addSums(InterpreterRules &rules) {
  addInteger<arith::AddIOp>(rules,
                            [](int64_t a, int64_t b, unsigned) -> Result {
                              return int64_t(uint64_t(a) + uint64_t(b));
                            });
  addInteger<arith::SubIOp>(rules,
                            [](int64_t a, int64_t b, unsigned) -> Result {
                              return int64_t(uint64_t(a) - uint64_t(b));
                            });
  addInteger<arith::MulIOp>(rules,
                            [](int64_t a, int64_t b, unsigned) -> Result {
                              return int64_t(uint64_t(a) * uint64_t(b));
                            });
  addInteger<arith::AndIOp>(
      rules, [](int64_t a, int64_t b, unsigned) -> Result { return a & b; });
  addInteger<arith::OrIOp>(
      rules, [](int64_t a, int64_t b, unsigned) -> Result { return a | b; });
  addInteger<arith::XOrIOp>(
      rules, [](int64_t a, int64_t b, unsigned) -> Result { return a ^ b; });
}

static void addShifts(InterpreterRules &rules) {
  addInteger<arith::ShLIOp>(rules,
                            [](int64_t a, int64_t b, unsigned width) -> Result {
                              uint64_t by = asUnsigned(b, width);
                              if (by >= width)
                                return std::nullopt;
                              return int64_t(uint64_t(a) << by);
                            });
  addInteger<arith::ShRUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        uint64_t by = asUnsigned(b, width);
        if (by >= width)
          return std::nullopt;
        return int64_t(asUnsigned(a, width) >> by);
      });
  addInteger<arith::ShRSIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        uint64_t by = asUnsigned(b, width);
        if (by >= width)
          return std::nullopt;
        return a >> by;
      });
}

static bool overflows(int64_t a, int64_t b, unsigned width) {
  return b == 0 ||
         (b == -1 && a == wrapSigned(int64_t(1) << (width - 1), width));
}

static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

static void addDivisions(InterpreterRules &rules) {
  addInteger<arith::DivSIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        return overflows(a, b, width) ? Result() : a / b;
      });
  addInteger<arith::RemSIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        return overflows(a, b, width) ? Result() : a % b;
      });
  addInteger<arith::FloorDivSIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        return overflows(a, b, width) ? Result() : floorDivide(a, b);
      });
  addInteger<arith::CeilDivSIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        if (overflows(a, b, width))
          return std::nullopt;
        return floorDivide(a, b) + (a % b != 0);
      });
  addInteger<arith::DivUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        if (b == 0)
          return std::nullopt;
        return int64_t(asUnsigned(a, width) / asUnsigned(b, width));
      });
  addInteger<arith::RemUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        if (b == 0)
          return std::nullopt;
        return int64_t(asUnsigned(a, width) % asUnsigned(b, width));
      });
  addInteger<arith::CeilDivUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        if (b == 0)
          return std::nullopt;
        uint64_t x = asUnsigned(a, width), y = asUnsigned(b, width);
        return int64_t(x / y + (x % y != 0));
      });
}

static void addExtrema(InterpreterRules &rules) {
  addInteger<arith::MaxSIOp>(
      rules,
      [](int64_t a, int64_t b, unsigned) -> Result { return std::max(a, b); });
  addInteger<arith::MinSIOp>(
      rules,
      [](int64_t a, int64_t b, unsigned) -> Result { return std::min(a, b); });
  addInteger<arith::MaxUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        return asUnsigned(a, width) > asUnsigned(b, width) ? a : b;
      });
  addInteger<arith::MinUIOp>(
      rules, [](int64_t a, int64_t b, unsigned width) -> Result {
        return asUnsigned(a, width) < asUnsigned(b, width) ? a : b;
      });
}

static bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b,
                    unsigned width) {
  using P = arith::CmpIPredicate;
  uint64_t x = asUnsigned(a, width), y = asUnsigned(b, width);
  switch (predicate) {
  case P::eq:
    return a == b;
  case P::ne:
    return a != b;
  case P::slt:
    return a < b;
  case P::sle:
    return a <= b;
  case P::sgt:
    return a > b;
  case P::sge:
    return a >= b;
  case P::ult:
    return x < y;
  case P::ule:
    return x <= y;
  case P::ugt:
    return x > y;
  case P::uge:
    return x >= y;
  }
  llvm_unreachable("covered switch");
}

static LogicalResult evaluateCmpI(Operation *op, Frame &frame) {
  auto predicate = cast<arith::CmpIOp>(op).getPredicate();
  unsigned width = getIntegerWidth(getElementTypeOrSelf(op->getOperand(0)));
  auto apply = [&](ArrayRef<Scalar> v, Scalar &result) {
    result.integer = -compare(predicate, v[0].integer, v[1].integer, width);
    return success();
  };
  return evaluateElementwise(op, frame, apply);
}

/// The two halves of a double-width product.
static LogicalResult evaluateMulUIExtended(Operation *op, Frame &frame) {
  const Datum &lhs = frame.get(op->getOperand(0));
  const Datum &rhs = frame.get(op->getOperand(1));
  unsigned width = getIntegerWidth(lhs.getElementType());
  Datum low = Datum::zeros(lhs.getType()), high = low;
  Scalar *lows = low.edit(), *highs = high.edit();
  for (int64_t i = 0; i < lhs.getNumElements(); ++i) {
    APInt product = APInt(2 * width, asUnsigned(lhs[i].integer, width)) *
                    APInt(2 * width, asUnsigned(rhs[i].integer, width));
    lows[i].integer = product.trunc(width).getSExtValue();
    highs[i].integer = product.lshr(width).trunc(width).getSExtValue();
    lows[i].poison = highs[i].poison = lhs[i].poison || rhs[i].poison;
  }
  frame.set(op->getResult(0), std::move(low));
  frame.set(op->getResult(1), std::move(high));
  return success();
}

void qnet::addArithIntegerRules(InterpreterRules &rules) {
  addSums(rules);
  addShifts(rules);
  addDivisions(rules);
  addExtrema(rules);
  rules.add<arith::CmpIOp>(evaluateCmpI);
  rules.add<arith::MulUIExtendedOp>(evaluateMulUIExtended);
}
