//===- ChannelSums.cpp - Sums over the samples of large batches -----------===//
//
// One chain of additions per channel is the work of one thread where channels
// are few. Large sums are therefore made of parts, each summed in ascending
// order, and the parts are added in ascending order: an order that depends on
// the shape only, not on the number of threads. A part is some samples, or some
// rows of one: short enough for the thousands of threads of a GPU, long enough
// for adding the parts to be little work.
//
//===----------------------------------------------------------------------===//

#include "GenericBuilder.h"

using namespace mlir;
using namespace qnet;

/// Elements below which a sum is not worth parts.
static constexpr int64_t kMinSplit = 1 << 14;
/// Terms of a part, at least, and about how many parts there are at most.
static constexpr int64_t kMinTerms = 256, kMaxParts = 1024;
/// Terms of a sample from which on each sample is worth a sum of its own.
static constexpr int64_t kMinSampleTerms = 16;

namespace {
/// Equal parts of [samples, rows, ..., channels], along both.
struct SumParts {
  int64_t samples = 1, rows = 1;
};
} // namespace

/// The largest number of equal parts of `size` that hold `least` each.
static int64_t countParts(int64_t size, int64_t least) {
  int64_t parts = std::max<int64_t>(size / std::max<int64_t>(least, 1), 1);
  while (size % parts != 0)
    --parts;
  return parts;
}

static SumParts cutSums(RankedTensorType type) {
  // The channels of a matrix are enough for many threads.
  if (type.getRank() <= 2 || type.getNumElements() < kMinSplit)
    return {};
  int64_t samples = type.getDimSize(0), rows = type.getDimSize(1);
  int64_t terms = type.getNumElements() / type.getShape().back();
  int64_t least = std::max(kMinTerms, terms / kMaxParts);
  int64_t perSample = terms / samples, perRow = perSample / rows;
  if (perSample <= least)
    return {countParts(samples, llvm::divideCeil(least, perSample)), 1};
  return {samples, countParts(rows, llvm::divideCeil(least, perRow))};
}

/// Sums of each part, [parts of the
/// samples, of the rows, channels]: loops (part of the samples, part of
/// the rows, sample, row, ..., channel).
static SmallVector<Value> buildPartSums(OpBuilder &b, Location loc,
                                        ValueRange inputs, unsigned numSums,
                                        SumParts parts, BodyFn body) {
  RankedTensorType type = tensorTypeOf(inputs[0]);
  unsigned numLoops = type.getRank() + 2;
  int64_t samples = type.getDimSize(0) / parts.samples;
  int64_t rows = type.getDimSize(1) / parts.rows;
  auto loop = [&](unsigned number) { return b.getAffineDimExpr(number); };
  auto mapOf = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(numLoops, 0, exprs, b.getContext());
  };
  SmallVector<AffineExpr> whole = {loop(0) * samples + loop(2),
                                   loop(1) * rows + loop(3)};
  for (unsigned i = 4; i < numLoops; ++i)
    whole.push_back(loop(i));
  // Says how large a part is; the sums in `whole` do not.
  SmallVector<Value> ins = {
      tensor::EmptyOp::create(b, loc, {samples, rows}, b.getF32Type())};
  SmallVector<AffineMap> maps = {mapOf({loop(2), loop(3)})};
  for (Value input : inputs) {
    ins.push_back(input);
    bool isWhole = tensorTypeOf(input).getRank() == type.getRank();
    maps.push_back(isWhole ? mapOf(whole) : mapOf({loop(numLoops - 1)}));
  }
  auto sumType = RankedTensorType::get(
      {parts.samples, parts.rows, type.getShape().back()}, b.getF32Type());
  SmallVector<Value> outs(numSums, buildFilled(b, loc, sumType, 0));
  maps.append(numSums, mapOf({loop(0), loop(1), loop(numLoops - 1)}));
  SmallVector<utils::IteratorType> kinds(numLoops,
                                         utils::IteratorType::reduction);
  kinds[0] = kinds[1] = kinds.back() = utils::IteratorType::parallel;
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

/// The sums of the parts, then their sum.
static SmallVector<Value> buildSums(OpBuilder &b, Location loc,
                                    ValueRange inputs, unsigned numSums,
                                    SumParts parts, BodyFn body) {
  SmallVector<Value> sums = buildPartSums(b, loc, inputs, numSums, parts, body);
  auto addPart = [](OpBuilder &, Location, ValueRange args) {
    return SmallVector<Value>{args[0]};
  };
  for (Value &sum : sums)
    sum = buildChannelSums(b, loc, sum, 1, addPart)[0];
  return sums;
}

SmallVector<Value> qnet::buildSplitChannelSums(OpBuilder &b, Location loc,
                                               ValueRange inputs,
                                               unsigned numSums, BodyFn body) {
  SumParts parts = cutSums(tensorTypeOf(inputs[0]));
  if (parts.samples * parts.rows == 1)
    return buildChannelSums(b, loc, inputs, numSums, body);
  return buildSums(b, loc, inputs, numSums, parts, body);
}

SmallVector<Value> qnet::buildSampleChannelSums(OpBuilder &b, Location loc,
                                                ValueRange inputs,
                                                unsigned numSums, BodyFn body) {
  RankedTensorType type = tensorTypeOf(inputs[0]);
  int64_t perSample = 1;
  for (int64_t size : type.getShape().drop_front().drop_back())
    perSample *= size;
  if (perSample < kMinSampleTerms)
    return buildChannelSums(b, loc, inputs, numSums, body);
  return buildSums(b, loc, inputs, numSums, {type.getDimSize(0), 1}, body);
}
