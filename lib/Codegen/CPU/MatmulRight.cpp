//===- MatmulRight.cpp - Packing a panel of the right factor --------------===//
//
// A block of some columns is packed as [k][column]. Where the factor is stored
// by columns, squares of lanes x lanes are transposed in registers.
//
//===----------------------------------------------------------------------===//

#include "LoopEmitter.h"
#include "Matmul.h"
#include "VectorTranspose.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

bool matmul::packsByRows(const Product &product) {
  return product.right.transposed && !product.right.holdsCodes();
}

void matmul::packRightRow(ImplicitLocOpBuilder &b, const Product &product,
                          Columns columns, KBlock block, Value k, Value panel,
                          Value start) {
  int64_t lanes = product.tiling.lanes;
  int64_t width = llvm::alignTo(columns.count, lanes);
  VectorType type = f32Lanes(b, lanes);
  Value at = add(b, start, mul(b, sub(b, k, block.begin), width));
  for (int64_t v = 0; v < width; v += lanes) {
    SmallVector<Value> from =
        locate(b, product.right, add(b, columns.start, v), k);
    Value values = loadLanes(b, type, product.right.buffer, from,
                             std::min(lanes, columns.count - v));
    values = applyBody(b, product.right, values);
    vector::StoreOp::create(b, values, panel, add(b, at, v));
  }
}

/// A square of lanes columns by `depth` k, transposed.
static void packSquare(ImplicitLocOpBuilder &b, const Product &product,
                       Columns columns, int64_t first, Value k, int64_t depth,
                       Value at, Value panel) {
  int64_t lanes = product.tiling.lanes;
  int64_t width = llvm::alignTo(columns.count, lanes);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < lanes; ++i) {
    // Past the last column, its values again.
    int64_t column = std::min(first + i, columns.count - 1);
    SmallVector<Value> from =
        locate(b, product.right, add(b, columns.start, column), k);
    Value values =
        loadLanes(b, f32Lanes(b, lanes), product.right.buffer, from, depth);
    rows.push_back(applyBody(b, product.right, values));
  }
  transposeSquare(b, rows);
  for (int64_t i = 0; i < depth; ++i)
    vector::StoreOp::create(b, rows[i], panel, add(b, at, i * width + first));
}

/// A right factor with contiguous k.
static void packRightSquares(ImplicitLocOpBuilder &b, const Product &product,
                             Columns columns, KBlock block, Value panel,
                             Value start) {
  int64_t lanes = product.tiling.lanes, tail = product.k % lanes;
  int64_t width = llvm::alignTo(columns.count, lanes);
  auto pack = [&](Value k, int64_t depth) {
    Value at = add(b, start, mul(b, sub(b, k, block.begin), width));
    for (int64_t v = 0; v < width; v += lanes)
      packSquare(b, product, columns, v, k, depth, at, panel);
  };
  forEach(b, block.begin, min(b, block.end, product.k - tail), lanes,
          [&](Value k) { pack(k, lanes); });
  if (tail == 0)
    return;
  split(
      b, block.number, product.tiling.numBlocks - 1, product.tiling.numBlocks,
      [] {}, [&] { pack(index(b, product.k - tail), tail); });
}

void matmul::packRight(ImplicitLocOpBuilder &b, const Product &product,
                       Columns columns, KBlock block, Value panel,
                       Value start) {
  if (product.right.holdsCodes())
    return packCodes(b, product, columns, block, panel, start);
  if (packsByRows(product)) {
    forEach(b, block.begin, block.end, 1, [&](Value k) {
      packRightRow(b, product, columns, block, k, panel, start);
    });
    return;
  }
  packRightSquares(b, product, columns, block, panel, start);
}
