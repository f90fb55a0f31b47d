//===- ChannelSums.cpp - Sums over the samples of large batches -----------===//
//
// One chain of additions per channel is the work of one thread where channels
// are few. Large sums are therefore made of at most 16 parts of the samples,
// each summed in ascending order, and the parts are added in ascending order:
// an order that depends on the shape only, not on the number of threads.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"

using namespace mlir;
using namespace qnet;

static constexpr int64_t kMaxParts = 16;
/// Elements below which a sum is not worth parts.
static constexpr int64_t kMinSplit = 1 << 14;

/// The largest number of equal parts of the samples.
static int64_t countParts(RankedTensorType type) {
  // The channels of a matrix are enough for many threads.
  if (type.getRank() <= 2 || type.getNumElements() < kMinSplit)
    return 1;
  int64_t parts = kMaxParts;
  while (type.getDimSize(0) % parts != 0)
    --parts;
  return parts;
}

/// Sums of each part, [parts, channels]: loops (part, sample, ..., channel).
static SmallVector<Value> buildPartSums(OpBuilder &b, Location loc,
                                        ValueRange inputs, unsigned numSums,
                                        int64_t parts, BodyFn body) {
  RankedTensorType type = tensorTypeOf(inputs[0]);
  unsigned numLoops = type.getRank() + 1;
  int64_t samples = type.getDimSize(0) / parts;
  auto loop = [&](unsigned number) { return b.getAffineDimExpr(number); };
  auto mapOf = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(numLoops, 0, exprs, b.getContext());
  };
  SmallVector<AffineExpr> whole = {loop(0) * samples + loop(1)};
  for (unsigned i = 2; i < numLoops; ++i)
    whole.push_back(loop(i));
  // Says how many samples a part has; the sum in `whole` does not.
  SmallVector<Value> ins = {
      tensor::EmptyOp::create(b, loc, {samples}, b.getF32Type())};
  SmallVector<AffineMap> maps = {mapOf({loop(1)})};
  for (Value input : inputs) {
    ins.push_back(input);
    bool isWhole = tensorTypeOf(input).getRank() == type.getRank();
    maps.push_back(isWhole ? mapOf(whole) : mapOf({loop(numLoops - 1)}));
  }
  auto sumType =
      RankedTensorType::get({parts, type.getShape().back()}, b.getF32Type());
  SmallVector<Value> outs(numSums, buildFilled(b, loc, sumType, 0));
  maps.append(numSums, mapOf({loop(0), loop(numLoops - 1)}));
  SmallVector<utils::IteratorType> kinds(numLoops,
                                         utils::IteratorType::reduction);
  kinds.front() = kinds.back() = utils::IteratorType::parallel;
  auto sumBody = [&](OpBuilder &inner, Location at, ValueRange args) {
    args = args.drop_front();
    SmallVector<Value> terms = body(inner, at, args.take_front(inputs.size()));
    for (auto [term, total] :
         llvm::zip_equal(terms, args.drop_front(inputs.size())))
      term = arith::AddFOp::create(inner, at, total, term);
    linalg::YieldOp::create(inner, at, terms);
  };
  auto generic = linalg::GenericOp::create(b, loc, ValueRange(outs).getTypes(),
                                           ins, outs, maps, kinds, sumBody);
  return SmallVector<Value>(generic.getResults());
}

SmallVector<Value> qnet::buildSplitChannelSums(OpBuilder &b, Location loc,
                                               ValueRange inputs,
                                               unsigned numSums, BodyFn body) {
  int64_t parts = countParts(tensorTypeOf(inputs[0]));
  if (parts == 1)
    return buildChannelSums(b, loc, inputs, numSums, body);
  SmallVector<Value> sums =
      buildPartSums(b, loc, inputs, numSums, parts, body);
  auto addPart = [](OpBuilder &, Location, ValueRange args) {
    return SmallVector<Value>{args[0]};
  };
  for (Value &sum : sums)
    sum = buildChannelSums(b, loc, sum, 1, addPart)[0];
  return sums;
}
