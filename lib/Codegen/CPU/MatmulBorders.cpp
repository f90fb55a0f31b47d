//===- MatmulBorders.cpp - Zeros around the images of a convolution -------===//
//
// The conversion to linalg says how far a padded operand holds zeros; the loops
// that move along these dimensions say which of a product's terms they are.
//
//===----------------------------------------------------------------------===//

#include "FlatAccess.h"
#include "MatmulDirect.h"
#include "MatmulLong.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Position of the only loop of `loops` that moves a coordinate, and how far.
static std::optional<std::pair<unsigned, int64_t>>
findLoop(ArrayRef<unsigned> loops, ArrayRef<int64_t> steps) {
  std::optional<std::pair<unsigned, int64_t>> found;
  for (auto [position, loop] : llvm::enumerate(loops)) {
    if (steps[loop] == 0)
      continue;
    if (found)
      return std::nullopt;
    found = {unsigned(position), steps[loop]};
  }
  return found;
}

/// The border along dimension `dimension` of the padded input `padded`, whose
/// places are among `places` and its taps among `taps`.
static std::optional<Border> findBorder(linalg::GenericOp op, OpOperand &padded,
                                        unsigned dimension,
                                        std::pair<int64_t, int64_t> pads,
                                        ArrayRef<unsigned> places,
                                        ArrayRef<unsigned> taps) {
  AffineMap map = op.getMatchingIndexingMap(&padded);
  SmallVector<int64_t> loops(op.getNumLoops(), 0), steps;
  int64_t start = map.compose(loops)[dimension];
  for (int64_t &loop : loops) {
    loop = 1;
    steps.push_back(map.compose(loops)[dimension] - start);
    loop = 0;
  }
  auto place = findLoop(places, steps), tap = findLoop(taps, steps);
  if (!place || !tap || pads == std::make_pair<int64_t, int64_t>(0, 0))
    return std::nullopt;
  int64_t size = cast<MemRefType>(padded.get().getType()).getDimSize(dimension);
  return Border{place->first,      tap->first,  start,
                place->second,     tap->second, pads.first,
                size - pads.second};
}

/// The number of the padded operand, and zeros before and after the rows and
/// the columns of its images; empty if none are known.
static ArrayRef<int64_t> getZeroBorder(linalg::GenericOp op) {
  auto attribute = op->getAttrOfType<DenseI64ArrayAttr>(kZeroBorderAttrName);
  if (!attribute || attribute.size() != 5)
    return {};
  return attribute.asArrayRef();
}

void matmul::findBorders(linalg::GenericOp op, Product &product,
                         ArrayRef<unsigned> m, ArrayRef<unsigned> n,
                         ArrayRef<unsigned> k) {
  ArrayRef<int64_t> values = getZeroBorder(op);
  if (values.empty())
    return;
  OpOperand *padded = op.getDpsInputOperand(values[0]);
  bool isLeft = product.left.element.getArgNumber() == values[0];
  for (unsigned dimension : {0, 1})
    product.borders[dimension] =
        findBorder(op, *padded, dimension + 1,
                   {values[1 + 2 * dimension], values[2 + 2 * dimension]},
                   isLeft ? m : k, isLeft ? k : n);
  product.hasLeftBorders = isLeft;
}

/// Whether the zeros that `copy` adds are those that are known of `op`.
static bool isBorderOf(linalg::GenericOp op, const PaddedCopy &copy) {
  ArrayRef<int64_t> zeros = getZeroBorder(op);
  auto inner = cast<MemRefType>(copy.source.getType());
  auto outer = cast<MemRefType>(copy.padded.getType());
  if (zeros.empty() || inner.getRank() != 4 ||
      op.getDpsInputs()[zeros[0]] != copy.padded)
    return false;
  for (unsigned d = 0; d < 4; ++d) {
    int64_t before = copy.low[d];
    int64_t after = outer.getDimSize(d) - inner.getDimSize(d) - before;
    bool isImage = d == 1 || d == 2;
    if (before != (isImage ? zeros[2 * d - 1] : 0) ||
        after != (isImage ? zeros[2 * d] : 0))
      return false;
  }
  return true;
}

/// Whether no loop of `op` gets to the zeros along image rows or columns.
static bool isInside(linalg::GenericOp op, int dimension) {
  ArrayRef<int64_t> zeros = getZeroBorder(op);
  OpOperand *padded = op.getDpsInputOperand(zeros[0]);
  AffineMap map = op.getMatchingIndexingMap(padded);
  SmallVector<int64_t> loops(op.getNumLoops(), 0);
  auto placeOf = [&] { return map.compose(loops)[dimension + 1]; };
  int64_t start = placeOf(), first = start, last = start;
  for (auto [loop, size] : llvm::zip_equal(loops, op.getStaticLoopRanges())) {
    loop = size - 1;
    int64_t moved = placeOf() - start;
    (moved < 0 ? first : last) += moved;
    loop = 0;
  }
  int64_t size =
      cast<MemRefType>(padded->get().getType()).getDimSize(dimension + 1);
  return first >= zeros[1 + 2 * dimension] &&
         last < size - zeros[2 + 2 * dimension];
}

bool matmul::readsInside(linalg::GenericOp op, const Product &product,
                         const ProductSchedule &schedule) {
  if (getZeroBorder(op).empty())
    return false;
  auto leavesOut = [&](const auto &cut) {
    return llvm::all_of(ArrayRef<int>{0, 1}, [&](int dimension) {
      return cut.hasBorder(dimension) || isInside(op, dimension);
    });
  };
  if (product.hasLeftBorders)
    return schedule.method == ProductMethod::Direct &&
           leavesOut(DirectCut(product, schedule));
  return schedule.method == ProductMethod::Long &&
         leavesOut(LongCut(product, schedule));
}

LogicalResult matmul::readImage(linalg::GenericOp op, const PaddedCopy &copy,
                                Product &product) {
  auto type = cast<MemRefType>(copy.source.getType());
  SmallVector<int64_t> steps;
  if (!isBorderOf(op, copy) || !getStaticStrides(type, steps))
    return failure();
  AffineMap map =
      op.getMatchingIndexingMap(op.getDpsInputOperand(getZeroBorder(op)[0]));
  SmallVector<int64_t> loops(op.getNumLoops(), 0);
  auto placeOf = [&] {
    int64_t place = 0;
    for (auto [index, low, step] :
         llvm::zip_equal(map.compose(loops), copy.low, steps))
      place += (index - low) * step;
    return place;
  };
  int64_t origin = placeOf();
  bool isLeft = product.hasLeftBorders;
  auto setStrides = [&](SmallVector<Loop> &some, ArrayRef<unsigned> numbers) {
    for (auto [loop, number] : llvm::zip_equal(some, numbers)) {
      loops[number] = 1;
      (isLeft ? loop.left : loop.right) = placeOf() - origin;
      loops[number] = 0;
    }
  };
  if (isLeft)
    setStrides(product.rows, product.rowLoops);
  else
    setStrides(product.columns, product.columnLoops);
  setStrides(product.sums, product.sumLoops);
  Factor &factor = isLeft ? product.left : product.right;
  factor.offset = origin;
  factor.buffer = copy.source;
  return success();
}
