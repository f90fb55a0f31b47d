//===- MatmulBorders.cpp - Zeros around the images of a convolution -------===//
//
// The conversion to linalg says how far a padded operand holds zeros; the loops
// that move along these dimensions say which of a product's terms they are.
//
//===----------------------------------------------------------------------===//

#include "Matmul.h"
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

void matmul::findBorders(linalg::GenericOp op, Product &product,
                         ArrayRef<unsigned> m, ArrayRef<unsigned> n,
                         ArrayRef<unsigned> k) {
  auto attribute = op->getAttrOfType<DenseI64ArrayAttr>(kZeroBorderAttrName);
  if (!attribute || attribute.size() != 5)
    return;
  ArrayRef<int64_t> values = attribute;
  OpOperand *padded = op.getDpsInputOperand(values[0]);
  bool isLeft = product.left.element.getArgNumber() == values[0];
  for (unsigned dimension : {0, 1})
    product.borders[dimension] =
        findBorder(op, *padded, dimension + 1,
                   {values[1 + 2 * dimension], values[2 + 2 * dimension]},
                   isLeft ? m : k, isLeft ? k : n);
  product.hasLeftBorders = isLeft;
}
