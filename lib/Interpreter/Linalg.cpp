//===- Linalg.cpp - Rules of linalg ---------------------------------------===//
//
// Every structured op on tensors: its iterations run in ascending row-major
// order, outermost dimension first, so a reduction adds in ascending order.
// Accesses are checked.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "Rules.h"

using namespace mlir;
using namespace qnet;

/// Value of an index expression without symbols; null where it divides by zero.
static std::optional<int64_t> evaluateExpr(AffineExpr expr,
                                           ArrayRef<int64_t> dims) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  auto lhs = evaluateExpr(binary.getLHS(), dims);
  auto rhs = evaluateExpr(binary.getRHS(), dims);
  if (!lhs || !rhs)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  if (expr.getKind() == AffineExprKind::Mul)
    return *lhs * *rhs;
  if (*rhs <= 0)
    return std::nullopt;
  int64_t remainder = ((*lhs % *rhs) + *rhs) % *rhs;
  if (expr.getKind() == AffineExprKind::Mod)
    return remainder;
  int64_t quotient = (*lhs - remainder) / *rhs;
  return expr.getKind() == AffineExprKind::CeilDiv ? quotient + (remainder != 0)
                                                   : quotient;
}

namespace {

/// Where an operand is accessed in each iteration.
struct Access {
  AffineMap map;
  ArrayRef<int64_t> shape;

  FailureOr<int64_t> locate(Operation *op, ArrayRef<int64_t> dims) const {
    int64_t position = 0;
    for (auto [expr, size] : llvm::zip(map.getResults(), shape)) {
      std::optional<int64_t> index = evaluateExpr(expr, dims);
      if (!index || *index < 0 || *index >= size)
        return op->emitOpError("accesses an operand out of bounds");
      position = position * size + *index;
    }
    return position;
  }
};

/// One evaluation of a structured op.
class Evaluation {
public:
  Evaluation(linalg::LinalgOp op, Frame &frame) : op(op), frame(frame) {}
  LogicalResult run();

private:
  void prepare();
  LogicalResult runIteration();
  /// Advances `frame.iterations.back()`; false at the end.
  bool advance();

  linalg::LinalgOp op;
  Frame &frame;
  SmallVector<int64_t> ranges;
  SmallVector<Access> accesses;
  SmallVector<Datum> inputs, outputs;
  SmallVector<int64_t> positions;
  SmallVector<Datum> yielded;
};

} // namespace

void Evaluation::prepare() {
  ranges = op.getStaticLoopRanges();
  for (OpOperand &operand : op->getOpOperands()) {
    auto shaped = dyn_cast<ShapedType>(operand.get().getType());
    accesses.push_back({op.getMatchingIndexingMap(&operand),
                        shaped ? shaped.getShape() : ArrayRef<int64_t>()});
    auto &list = op.isDpsInit(&operand) ? outputs : inputs;
    list.push_back(frame.get(operand.get()));
  }
}

bool Evaluation::advance() {
  SmallVector<int64_t> &dims = frame.iterations.back();
  for (int64_t i = dims.size() - 1; i >= 0; --i) {
    if (++dims[i] < ranges[i])
      return true;
    dims[i] = 0;
  }
  return false;
}

LogicalResult Evaluation::runIteration() {
  Block &body = *op.getBlock();
  ArrayRef<int64_t> dims = frame.iterations.back();
  positions.clear();
  for (unsigned i = 0; i < accesses.size(); ++i) {
    FailureOr<int64_t> position = accesses[i].locate(op, dims);
    if (failed(position))
      return failure();
    positions.push_back(*position);
    if (i >= body.getNumArguments())
      continue;
    const Datum &datum =
        i < inputs.size() ? inputs[i] : outputs[i - inputs.size()];
    frame.set(body.getArgument(i),
              Datum(body.getArgument(i).getType(), datum[*position]));
  }
  yielded.clear();
  if (failed(frame.run(body, yielded)))
    return failure();
  for (unsigned i = 0; i < yielded.size(); ++i)
    outputs[i].edit()[positions[inputs.size() + i]] = yielded[i][0];
  return success();
}

LogicalResult Evaluation::run() {
  prepare();
  frame.iterations.emplace_back(ranges.size(), 0);
  LogicalResult status = success();
  if (!llvm::is_contained(ranges, 0))
    do
      status = runIteration();
    while (succeeded(status) && advance());
  frame.iterations.pop_back();
  if (succeeded(status))
    for (auto [result, datum] : llvm::zip(op->getResults(), outputs))
      frame.set(result, datum);
  return status;
}

static LogicalResult evaluateStructured(Operation *op, Frame &frame) {
  auto structured = dyn_cast<linalg::LinalgOp>(op);
  if (!structured || !structured.hasPureTensorSemantics())
    return op->emitOpError("has no interpreter rule in this form; expected a "
                           "structured op on tensors");
  return Evaluation(structured, frame).run();
}

static LogicalResult evaluateIndex(Operation *op, Frame &frame) {
  auto index = cast<linalg::IndexOp>(op);
  frame.set(index,
            Datum(index.getType(),
                  Scalar::ofInteger(frame.iterations.back()[index.getDim()])));
  return success();
}

void qnet::addLinalgRules(InterpreterRules &rules) {
  rules.setDefault(evaluateStructured);
  rules.add<linalg::IndexOp>(evaluateIndex);
}
