//===- LibraryOps.cpp - Calls of NVIDIA's libraries -----------------------===//
//
// What a call must be, and its description for the runtime. A convolution and
// its gradients have one shape: input, weights, output.
//
//===----------------------------------------------------------------------===//

#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace qnet;

/// QNET_GPU_PRODUCT and so on, of qnet.h.
enum CallKind : int64_t { kProduct, kConv, kConvInputGrad, kConvWeightGrad };

static std::optional<int64_t> parseMath(StringRef math) {
  return llvm::StringSwitch<std::optional<int64_t>>(math)
      .Case("f32", 0)
      .Case("tf32", 1)
      .Case("bf16", 2)
      .Default(std::nullopt);
}

/// Whether the buffer is an address: no slice of another one.
static bool isWhole(MemRefType type) {
  return type.hasStaticShape() && type.getNumElements() > 0 &&
         type.getLayout().isIdentity();
}

static ArrayRef<int64_t> shapeOf(Value buffer) {
  return cast<MemRefType>(buffer.getType()).getShape();
}

/// What all calls have: buffers of their own, and a known math.
static LogicalResult verifyCall(Operation *op, StringRef math) {
  for (Value buffer : op->getOperands())
    if (!isWhole(cast<MemRefType>(buffer.getType())))
      return op->emitOpError("expected buffers of static shape without a "
                             "layout, got ")
             << buffer.getType();
  if (!parseMath(math))
    return op->emitOpError("expected math of f32, tf32 or bf16, got '")
           << math << "'";
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Rows and columns of a factor, as it is multiplied.
static std::pair<int64_t, int64_t> sidesOf(Value factor, bool isTransposed) {
  ArrayRef<int64_t> shape = shapeOf(factor);
  return isTransposed ? std::pair(shape[1], shape[0])
                      : std::pair(shape[0], shape[1]);
}

LogicalResult LibraryMatmulOp::verify() {
  if (failed(verifyCall(*this, getMath())))
    return failure();
  auto [m, k] = sidesOf(getLeft(), getTransposeLeft());
  auto [terms, n] = sidesOf(getRight(), getTransposeRight());
  if (terms != k)
    return emitOpError("expected factors of as many terms, got ")
           << k << " and " << terms;
  if (shapeOf(getOut()) != ArrayRef<int64_t>({m, n}))
    return emitOpError("expected an output of ")
           << m << " x " << n << ", got " << getOut().getType();
  return success();
}

SmallVector<int64_t> LibraryMatmulOp::describe() {
  auto [m, k] = sidesOf(getLeft(), getTransposeLeft());
  return {kProduct,         *parseMath(getMath()), getAccumulate(),
          m,                shapeOf(getOut())[1],  k,
          getTransposeLeft(), getTransposeRight()};
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// The convolution that a call computes, or is a gradient of.
static FailureOr<Windows> windowsOf(Operation *op, Value input, Value weights,
                                    ArrayRef<int64_t> strides,
                                    ArrayRef<int64_t> pads) {
  if (strides.size() != 2 || pads.size() != 2)
    return op->emitOpError("expected two strides and two pads");
  return getWindows(op->getLoc(), shapeOf(input),
                    shapeOf(weights).slice(1, 2), strides,
                    {pads[0], pads[1], pads[0], pads[1]});
}

template <typename OpT>
static LogicalResult verifyConv(OpT op, Value input, Value weights,
                                Value output) {
  if (failed(verifyCall(op, op.getMath())))
    return failure();
  FailureOr<Windows> windows =
      windowsOf(op, input, weights, op.getStrides(), op.getPads());
  if (failed(windows))
    return failure();
  ArrayRef<int64_t> in = shapeOf(input), filters = shapeOf(weights);
  if (filters[3] != in[3])
    return op.emitOpError("expected weights of ")
           << in[3] << " channels, got " << weights.getType();
  SmallVector<int64_t> expected{in[0], windows->output[0], windows->output[1],
                                filters[0]};
  if (shapeOf(output) != ArrayRef<int64_t>(expected))
    return op.emitOpError("expected a convolution's output of ")
           << MemRefType::get(expected, Float32Type::get(op.getContext()))
           << ", got " << output.getType();
  return success();
}

template <typename OpT>
static SmallVector<int64_t> describeConv(OpT op, CallKind kind, Value input,
                                         Value weights, Value output) {
  SmallVector<int64_t> words{kind, *parseMath(op.getMath()),
                             op.getAccumulate()};
  llvm::append_range(words, shapeOf(input));
  llvm::append_range(words, shapeOf(weights).take_front(3));
  llvm::append_range(words, op.getStrides());
  llvm::append_range(words, op.getPads());
  llvm::append_range(words, shapeOf(output).slice(1, 2));
  return words;
}

LogicalResult LibraryConv2DOp::verify() {
  return verifyConv(*this, getInput(), getWeights(), getOut());
}

SmallVector<int64_t> LibraryConv2DOp::describe() {
  return describeConv(*this, kConv, getInput(), getWeights(), getOut());
}

LogicalResult LibraryConv2DInputGradOp::verify() {
  return verifyConv(*this, getOut(), getWeights(), getGradient());
}

SmallVector<int64_t> LibraryConv2DInputGradOp::describe() {
  return describeConv(*this, kConvInputGrad, getOut(), getWeights(),
                      getGradient());
}

LogicalResult LibraryConv2DWeightGradOp::verify() {
  return verifyConv(*this, getInput(), getOut(), getGradient());
}

SmallVector<int64_t> LibraryConv2DWeightGradOp::describe() {
  return describeConv(*this, kConvWeightGrad, getInput(), getOut(),
                      getGradient());
}
