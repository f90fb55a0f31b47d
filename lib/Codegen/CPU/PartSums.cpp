//===- PartSums.cpp - Sums of parts of a product's result -----------------===//
//
// See PartSums.h. A part's sums are a linalg op on slices of the operands,
// which qnet-vectorize-linalg makes loops of, as of others.
//
//===----------------------------------------------------------------------===//

#include "PartSums.h"
#include "LoopEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "qnet/Codegen/Common/Buffers.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

/// Loops before those of the elements of a part: its place among the parts of
/// the samples and of the rows.
static constexpr unsigned kPartLoops = 2;

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

/// (part * samples + sample, part * rows + row, ..., channel)
static AffineMap mapOfWhole(const PartSums &sums) {
  MLIRContext *context = sums.op->getContext();
  unsigned rank = sums.shape.size();
  SmallVector<AffineExpr> exprs;
  for (unsigned d = 0; d < rank; ++d)
    exprs.push_back(getAffineDimExpr(d + kPartLoops, context));
  exprs[0] = getAffineDimExpr(0, context) * sums.samples + exprs[0];
  exprs[1] = getAffineDimExpr(1, context) * sums.rows + exprs[1];
  return AffineMap::get(rank + kPartLoops, 0, exprs, context);
}

static AffineMap mapOfChannels(const PartSums &sums, bool hasParts) {
  MLIRContext *context = sums.op->getContext();
  unsigned numLoops = sums.shape.size() + kPartLoops;
  SmallVector<AffineExpr> exprs;
  for (unsigned d = 0; hasParts && d < kPartLoops; ++d)
    exprs.push_back(getAffineDimExpr(d, context));
  exprs.push_back(getAffineDimExpr(numLoops - 1, context));
  return AffineMap::get(numLoops, 0, exprs, context);
}

/// Only the last loop moves through contiguous elements.
static bool hasUnitStride(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.isLastDimUnitStride();
}

static bool hasLoops(linalg::GenericOp op) {
  unsigned numLoops = op.getNumLoops();
  if (!op.hasPureBufferSemantics() || op.hasDynamicShape() ||
      numLoops < kPartLoops + 3)
    return false;
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if ((kind == utils::IteratorType::parallel) !=
        (i < kPartLoops || i + 1 == numLoops))
      return false;
  return llvm::all_of(op.getBody()->without_terminator(),
                      [](Operation &inner) { return isPure(&inner); }) &&
         op.getBody()->getOps<linalg::IndexOp>().empty();
}

bool PartSums::reads(Value value) const {
  linalg::GenericOp generic = op;
  return llvm::any_of(generic.getDpsInputOperands(), [&](OpOperand *operand) {
    return operand->get() == value &&
           !generic.getMatchingBlockArgument(operand).use_empty() &&
           generic.getMatchingIndexingMap(operand) == mapOfWhole(*this);
  });
}

int64_t PartSums::numPlaces() const {
  int64_t count = samples * rows;
  for (int64_t size : ArrayRef<int64_t>(shape).drop_front(2).drop_back())
    count *= size;
  return count;
}

std::optional<PartSums> matmul::matchPartSums(linalg::GenericOp op) {
  if (!hasLoops(op))
    return std::nullopt;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  PartSums sums{op, {}, {}, ranges[kPartLoops], ranges[kPartLoops + 1]};
  sums.shape.assign(ranges.begin() + kPartLoops, ranges.end());
  sums.shape[0] *= ranges[0];
  sums.shape[1] *= ranges[1];
  AffineMap whole = mapOfWhole(sums), channels = mapOfChannels(sums, false);
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    // One operand says how large a part is.
    if (op.getMatchingBlockArgument(input).use_empty())
      continue;
    if ((map != whole && map != channels) || !hasUnitStride(input->get()))
      return std::nullopt;
  }
  for (OpOperand &output : op.getDpsInitsMutable()) {
    linalg::FillOp fill = findFillBefore(op, output.get());
    if (op.getMatchingIndexingMap(&output) != mapOfChannels(sums, true) ||
        !hasUnitStride(output.get()) || !fill)
      return std::nullopt;
    sums.fills.push_back(fill);
  }
  return sums;
}

bool matmul::arePartsOf(const PartSums &sums, const Product &product) {
  if (product.columns.size() != 1 || product.n != sums.shape.back() ||
      product.rows.size() + 1 != sums.shape.size())
    return false;
  for (auto [loop, size] : llvm::zip_first(product.rows, sums.shape))
    if (loop.size != size)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

namespace {
/// Slices for one part and some columns.
struct Slices {
  ImplicitLocOpBuilder &b;
  const PartSums &sums;
  Value sample, row; ///< number of the part along each
  Columns columns;

  Value ofWhole(Value buffer) {
    SmallVector<OpFoldResult> offsets(sums.shape.size(), b.getIndexAttr(0));
    offsets[0] = OpFoldResult(mul(b, sample, sums.samples));
    offsets[1] = OpFoldResult(mul(b, row, sums.rows));
    SmallVector<int64_t> sizes(sums.shape);
    sizes[0] = sums.samples;
    sizes[1] = sums.rows;
    return slice(buffer, offsets, sizes, sizes);
  }
  Value ofChannels(Value buffer) {
    return slice(buffer, {b.getIndexAttr(0)}, {0}, {0});
  }
  Value ofSums(Value buffer) {
    return slice(buffer, {sample, row, b.getIndexAttr(0)}, {1, 1, 0}, {0});
  }

private:
  /// The last size is that of the columns.
  Value slice(Value buffer, SmallVector<OpFoldResult> offsets,
              SmallVector<int64_t> sizes, SmallVector<int64_t> shape) {
    offsets.back() = columns.start;
    sizes.back() = shape.back() = columns.count;
    SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
    SmallVector<OpFoldResult> attrs =
        getAsIndexOpFoldResult(b.getContext(), sizes);
    MemRefType type = memref::SubViewOp::inferRankReducedResultType(
        shape, cast<MemRefType>(buffer.getType()), offsets, attrs, ones);
    return memref::SubViewOp::create(b, type, buffer, offsets, attrs, ones);
  }
};
} // namespace

/// The body of the op without the arguments that it does not use.
static void cloneBody(OpBuilder &b, linalg::GenericOp op,
                      ArrayRef<unsigned> kept, ValueRange arguments) {
  IRMapping mapping;
  for (auto [number, argument] : llvm::zip_equal(kept, arguments))
    mapping.map(op.getBody()->getArgument(number), argument);
  for (Operation &inner : *op.getBody())
    b.clone(inner, mapping);
}

void matmul::emitPartSums(ImplicitLocOpBuilder &b, const PartSums &sums,
                          Value part, Columns columns) {
  linalg::GenericOp op = sums.op;
  auto [sample, row] = divide(b, part, sums.partsOfRows());
  Slices slices{b, sums, sample, row, columns};
  unsigned rank = sums.shape.size();
  AffineMap whole = mapOfWhole(sums);
  AffineMap all = b.getMultiDimIdentityMap(rank);
  AffineMap last = AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1));
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  SmallVector<unsigned> kept;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (op.getMatchingBlockArgument(input).use_empty())
      continue;
    bool isWhole = op.getMatchingIndexingMap(input) == whole;
    inputs.push_back(isWhole ? slices.ofWhole(input->get())
                             : slices.ofChannels(input->get()));
    maps.push_back(isWhole ? all : last);
    kept.push_back(input->getOperandNumber());
  }
  for (auto [i, output] : llvm::enumerate(op.getDpsInitsMutable())) {
    outputs.push_back(slices.ofSums(output.get()));
    maps.push_back(last);
    kept.push_back(output.getOperandNumber());
    linalg::FillOp fill = sums.fills[i];
    linalg::FillOp::create(b, fill.getInputs(), outputs.back());
  }
  SmallVector<utils::IteratorType> kinds(rank, utils::IteratorType::reduction);
  kinds.back() = utils::IteratorType::parallel;
  linalg::GenericOp::create(
      b, TypeRange(), inputs, outputs, maps, kinds,
      [&](OpBuilder &inner, Location, ValueRange arguments) {
        cloneBody(inner, op, kept, arguments);
      });
}
