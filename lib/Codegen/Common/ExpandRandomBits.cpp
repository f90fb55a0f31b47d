//===- ExpandRandomBits.cpp - qnet-expand-random-bits ---------------------===//
//
// The random bits of one element as scalar arithmetic: Philox.h's layout read
// backwards, from the element to the block, the word and the slot that serve
// it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Codegen/Common/Philox.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEXPANDRANDOMBITS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {

/// i64 arithmetic with constants.
struct ElementArithmetic {
  OpBuilder &builder;
  Location loc;

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(builder, loc, value, 64);
  }
  Value divide(Value a, int64_t b) {
    return arith::DivUIOp::create(builder, loc, a, constant(b));
  }
  Value remainder(Value a, int64_t b) {
    return arith::RemUIOp::create(builder, loc, a, constant(b));
  }
  Value multiply(Value a, int64_t b) {
    return arith::MulIOp::create(builder, loc, a, constant(b));
  }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  /// The word with a number that is only known at run time.
  Value choose(Value number, ArrayRef<Value> words) {
    Value chosen = words.front();
    for (auto [i, word] : llvm::enumerate(words.drop_front())) {
      Value isIt =
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number,
                                constant(static_cast<int64_t>(i) + 1));
      chosen = arith::SelectOp::create(builder, loc, isIt, word, chosen);
    }
    return chosen;
  }
};

struct ExpandRandomBitsPass
    : qnet::impl::QnetExpandRandomBitsBase<ExpandRandomBitsPass> {
  void runOnOperation() override {
    SmallVector<RandomBitsOp> draws;
    getOperation().walk([&](RandomBitsOp op) {
      if (op.getIndex() && op.getType().isInteger(32))
        draws.push_back(op);
    });
    for (RandomBitsOp op : draws)
      expand(op);
    numExpanded += draws.size();
  }

private:
  void expand(RandomBitsOp op);
};

} // namespace

void ExpandRandomBitsPass::expand(RandomBitsOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  ElementArithmetic math{builder, loc};
  RandomLayout layout(op.getBits());
  Value element = arith::IndexCastUIOp::create(
      builder, loc, builder.getI64Type(), op.getIndex());
  Value group = math.divide(element, layout.groupSize());
  Value lane = math.remainder(element, RandomLayout::lanes);
  Value part = math.divide(math.remainder(element, layout.groupSize()),
                           RandomLayout::lanes);
  Value block = math.add(math.multiply(group, RandomLayout::lanes), lane);
  std::array<Value, 4> words =
      buildPhilox(builder, loc, op, block, op.getSeed(), op.getStep(),
                  op.getBase());
  Value word = math.choose(math.remainder(part, RandomLayout::words), words);
  Value shift =
      math.multiply(math.divide(part, RandomLayout::words), layout.slotBits);
  Value slot = arith::ShRUIOp::create(builder, loc, word, shift);
  Value masked =
      arith::AndIOp::create(builder, loc, slot, math.constant(layout.mask()));
  Value bits =
      arith::TruncIOp::create(builder, loc, builder.getI32Type(), masked);
  op.replaceAllUsesWith(bits);
  op.erase();
}
