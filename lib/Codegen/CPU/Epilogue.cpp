//===- Epilogue.cpp - Elementwise work on finished sums -------------------===//
//
// See Epilogue.h. The body's ops run in its order, each on a vector of columns
// where an operand is one: results have the bits of the op on its own.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "LoopEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;
using namespace qnet::loops;

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

/// `value` in all lanes.
static Value asVector(ImplicitLocOpBuilder &b, Value value, int64_t lanes) {
  if (isa<VectorType>(value.getType()))
    return value;
  return broadcastLanes(b, value, lanes);
}

static void emitLanes(ImplicitLocOpBuilder &b, Operation &op, IRMapping &map,
                      int64_t lanes) {
  OperationState state(op.getLoc(), op.getName());
  state.addAttributes(op.getAttrs());
  state.addTypes(VectorType::get(lanes, op.getResult(0).getType()));
  for (auto [i, operand] : llvm::enumerate(op.getOperands())) {
    Value value = map.lookupOrDefault(operand);
    // A condition that is the same for all lanes chooses between vectors.
    bool isCondition = isa<arith::SelectOp>(op) && i == 0;
    state.addOperands(isCondition ? value : asVector(b, value, lanes));
  }
  map.map(op.getResult(0), b.create(state)->getResult(0));
}

/// Emits those ops of the body whose operands are all known.
static void emitKnown(ImplicitLocOpBuilder &b, Block *body, IRMapping &map,
                      int64_t lanes) {
  for (Operation &op : body->without_terminator()) {
    auto isKnown = [&](Value value) {
      return value.getParentBlock() != body || map.contains(value);
    };
    if (map.contains(op.getResult(0)) ||
        !llvm::all_of(op.getOperands(), isKnown))
      continue;
    bool isVector = llvm::any_of(op.getOperands(), [&](Value value) {
      return isa<VectorType>(map.lookupOrDefault(value).getType());
    });
    if (isVector)
      emitLanes(b, op, map, lanes);
    else
      b.clone(op, map);
  }
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Place of the element of a row and a column; a null one does not move it.
static Value placeOf(ImplicitLocOpBuilder &b, const EpilogueOperand &operand,
                     Value row, Value column) {
  Value at = index(b, operand.offset);
  if (operand.movesByRow())
    at = add(b, at, alongAxis(b, operand.rows, row));
  if (operand.movesByColumn())
    at = add(b, at, alongAxis(b, operand.columns, column));
  return at;
}

static Value load(ImplicitLocOpBuilder &b, const EpilogueOperand &operand,
                  Value row, Value column, int64_t lanes, int64_t count) {
  Value at = placeOf(b, operand, row, column);
  if (!operand.movesByColumn())
    return memref::LoadOp::create(b, operand.buffer, at);
  Type element = getElementTypeOrSelf(operand.buffer.getType());
  return loadLanes(b, VectorType::get(lanes, element), operand.buffer, at,
                   count);
}

/// Maps arguments of the body that `source` gives a value for.
static void mapArguments(const Epilogue &epilogue, IRMapping &map,
                         function_ref<Value(const EpilogueOperand &)> source) {
  for (auto [argument, operand] :
       llvm::zip_equal(epilogue.getBody()->getArguments(), epilogue.operands))
    if (!argument.use_empty() && !map.contains(argument))
      if (Value value = source(operand))
        map.map(argument, value);
}

/// Values that depend on a vector of columns only.
static IRMapping emitColumn(ImplicitLocOpBuilder &b, const Epilogue &epilogue,
                            Value column, int64_t lanes, int64_t count) {
  IRMapping map;
  mapArguments(epilogue, map, [&](const EpilogueOperand &operand) -> Value {
    if (operand.kind == EpilogueOperand::Kind::Scalar)
      return operand.buffer;
    if (!operand.isElements() || operand.movesByRow())
      return {};
    return load(b, operand, {}, column, lanes, count);
  });
  emitKnown(b, epilogue.getBody(), map, lanes);
  return map;
}

void matmul::prepareEpilogue(ImplicitLocOpBuilder &b, Product &product,
                             Columns columns) {
  if (!product.epilogue)
    return;
  Epilogue prepared = *product.epilogue;
  prepared.columnValues.clear();
  int64_t lanes = product.tiling.lanes;
  for (int64_t at = 0; at < columns.count; at += lanes)
    prepared.columnValues.push_back(
        emitColumn(b, prepared, add(b, columns.start, at), lanes,
                   std::min(lanes, columns.count - at)));
  product.epilogue = std::make_shared<const Epilogue>(std::move(prepared));
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void matmul::prefetchEpilogue(const OutputTile &tile,
                              const Epilogue &epilogue) {
  ImplicitLocOpBuilder &b = tile.b;
  for (const EpilogueOperand &operand : epilogue.operands) {
    if (!operand.movesByRow())
      continue;
    bool isWrite = &operand >= epilogue.getOutputs().data();
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t v = 0; v < tile.numVectors(); ++v)
        prefetch(b, operand.buffer,
                 placeOf(b, operand, tile.rowNumber(row), tile.columnNumber(v)),
                 isWrite);
  }
}

void matmul::prefetchEpilogueFar(ImplicitLocOpBuilder &b,
                                 const Epilogue &epilogue, Value row,
                                 Value offset) {
  for (const EpilogueOperand &operand : epilogue.operands)
    if (operand.movesByRow() && operand.movesByColumn() &&
        operand.columns.strides.back() == 1)
      prefetchFar(b, operand.buffer,
                  add(b, placeOf(b, operand, row, index(b, 0)), offset));
}

static bool replacesResult(const Epilogue &epilogue) {
  return llvm::any_of(epilogue.getOutputs(), [](const EpilogueOperand &output) {
    return output.kind == EpilogueOperand::Kind::Result;
  });
}

bool matmul::writesResult(const Epilogue &epilogue) {
  return epilogue.keepsResult || replacesResult(epilogue);
}

/// Stores what the body yields for a vector of a row.
static void storeYields(const OutputTile &tile, const Epilogue &epilogue,
                        const IRMapping &map, int64_t row, int64_t v) {
  ImplicitLocOpBuilder &b = tile.b;
  for (auto [yielded, output] :
       llvm::zip_equal(epilogue.getBody()->getTerminator()->getOperands(),
                       epilogue.getOutputs())) {
    Value value = asVector(b, map.lookupOrDefault(yielded), tile.lanes);
    if (output.kind == EpilogueOperand::Kind::Result)
      storeLanes(b, value, tile.out, tile.place(row, v), tile.lanesAt(v));
    else
      storeLanes(b, value, output.buffer,
                 placeOf(b, output, tile.rowNumber(row), tile.columnNumber(v)),
                 tile.lanesAt(v));
  }
}

void matmul::storeEpilogue(const OutputTile &tile, ValueRange sums,
                           const Epilogue &epilogue) {
  ImplicitLocOpBuilder &b = tile.b;
  bool isReplaced = replacesResult(epilogue);
  for (int64_t v = 0; v < tile.numVectors(); ++v) {
    Value column = tile.columnNumber(v);
    int64_t count = tile.lanesAt(v);
    IRMapping ofColumn =
        epilogue.columnValues.empty()
            ? emitColumn(b, epilogue, column, tile.lanes, count)
            : epilogue.columnValues[v];
    for (int64_t row = 0; row < tile.rows; ++row) {
      Value sum = sums[row * tile.numVectors() + v];
      if (epilogue.keepsResult && !isReplaced)
        storeLanes(b, sum, tile.out, tile.place(row, v), count);
      IRMapping map = ofColumn;
      mapArguments(epilogue, map, [&](const EpilogueOperand &operand) -> Value {
        if (operand.kind == EpilogueOperand::Kind::Result)
          return sum;
        return load(b, operand, tile.rowNumber(row), column, tile.lanes, count);
      });
      emitKnown(b, epilogue.getBody(), map, tile.lanes);
      storeYields(tile, epilogue, map, row, v);
    }
  }
}
