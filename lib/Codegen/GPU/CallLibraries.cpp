//===- CallLibraries.cpp - qnet-call-libraries ----------------------------===//
//
// Products and convolutions of f32 as calls of cuBLAS and cuDNN. A convolution
// is known by the places at which it reads: those that convert-qnet-to-linalg
// gives it.
//
//===----------------------------------------------------------------------===//

#include "../CPU/Matmul.h"
#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Verifier.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"
#include "qnet/Dialect/Qnet/IR/Windows.h"

namespace qnet {
#define GEN_PASS_DEF_QNETCALLLIBRARIES
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
enum class CallKind { Matmul, Conv, InputGrad, WeightGrad };

/// What a linalg op computes, if a library can.
struct Call {
  linalg::GenericOp op;
  CallKind kind;
  Value first, second, out;
  /// Of a product: whether a factor is stored transposed.
  bool transposeFirst = false, transposeSecond = false;
  std::array<int64_t, 2> strides = {1, 1}, pads = {0, 0};
};

/// The affine maps of a convolution's seven loops.
class ConvMaps {
public:
  explicit ConvMaps(linalg::GenericOp op) : context(op.getContext()) {
    for (AffineMap map : op.getIndexingMapsArray())
      maps.push_back(map);
  }
  /// Operand `number` is indexed by these loops.
  bool reads(unsigned number, std::array<unsigned, 4> loops) const {
    return maps[number] == mapOf(dim(loops[0]), dim(loops[1]), dim(loops[2]),
                                 dim(loops[3]));
  }
  /// Operand `number` is indexed by `sample`, the taps of windows at `places`,
  /// and `channel`; the strides are found.
  bool slides(unsigned number, unsigned sample, std::array<unsigned, 2> places,
              std::array<unsigned, 2> taps, unsigned channel,
              std::array<int64_t, 2> &strides) const;
  /// Operand `number` is indexed by `sample`, places before `places` by the
  /// taps and behind them by the pads, which are found, and `channel`.
  bool slidesBack(unsigned number, unsigned sample,
                  std::array<unsigned, 2> places, std::array<unsigned, 2> taps,
                  unsigned channel, std::array<int64_t, 2> &pads) const;

private:
  AffineExpr dim(unsigned loop) const {
    return getAffineDimExpr(loop, context);
  }
  template <typename... Exprs> AffineMap mapOf(Exprs... results) const {
    return AffineMap::get(7, 0, {results...}, context);
  }
  /// The value of a result where all loops are 0 but one.
  int64_t at(AffineMap map, unsigned result, int loop) const;

  MLIRContext *context;
  SmallVector<AffineMap> maps;
};
} // namespace

int64_t ConvMaps::at(AffineMap map, unsigned result, int loop) const {
  SmallVector<int64_t> loops(7, 0);
  if (loop >= 0)
    loops[loop] = 1;
  return map.compose(loops)[result];
}

bool ConvMaps::slides(unsigned number, unsigned sample,
                      std::array<unsigned, 2> places,
                      std::array<unsigned, 2> taps, unsigned channel,
                      std::array<int64_t, 2> &strides) const {
  for (unsigned i = 0; i < 2; ++i)
    strides[i] = at(maps[number], 1 + i, places[i]);
  auto along = [&](unsigned i) {
    return dim(places[i]) * strides[i] + dim(taps[i]);
  };
  return strides[0] > 0 && strides[1] > 0 &&
         maps[number] == mapOf(dim(sample), along(0), along(1), dim(channel));
}

bool ConvMaps::slidesBack(unsigned number, unsigned sample,
                          std::array<unsigned, 2> places,
                          std::array<unsigned, 2> taps, unsigned channel,
                          std::array<int64_t, 2> &pads) const {
  for (unsigned i = 0; i < 2; ++i)
    pads[i] = at(maps[number], 1 + i, -1);
  auto along = [&](unsigned i) {
    return dim(places[i]) - dim(taps[i]) + pads[i];
  };
  return pads[0] >= 0 && pads[1] >= 0 &&
         maps[number] == mapOf(dim(sample), along(0), along(1), dim(channel));
}

/// A sum of products of two inputs' elements, as they are, in f32.
static bool isPlainSum(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumResults() != 0 || op.hasIndexSemantics())
    return false;
  auto [x, y] = matmul::matchBody(op);
  auto first = dyn_cast_or_null<BlockArgument>(x);
  auto second = dyn_cast_or_null<BlockArgument>(y);
  return first && second && first.getArgNumber() + second.getArgNumber() == 1 &&
         llvm::all_of(op->getOperands(), [](Value operand) {
           auto type = dyn_cast<MemRefType>(operand.getType());
           return type && type.getElementType().isF32();
         });
}

/// Whether `base` is written nowhere from `from` to `to`, ops of one block.
static bool staysBetween(Operation *from, Operation *to, Value base) {
  if (to->isBeforeInBlock(from))
    std::swap(from, to);
  for (Operation *op = from; op != to; op = op->getNextNode()) {
    if (!touches(op, base))
      continue;
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp || linalgOp->getNumRegions() != 1 ||
        llvm::any_of(linalgOp.getDpsInits(),
                     [&](Value out) { return getBase(out) == base; }))
      return false;
  }
  return true;
}

/// Whether an op says that `image` has that many zeros around it, and that is
/// so where `op` reads it.
static bool hasZeroBorder(Operation *op, Value image,
                          std::array<int64_t, 2> pads) {
  auto border = OpBuilder(op->getContext())
                    .getDenseI64ArrayAttr({pads[0], pads[0], pads[1], pads[1]});
  return llvm::any_of(image.getUsers(), [&](Operation *user) {
    auto known = user->getAttrOfType<DenseI64ArrayAttr>(kZeroBorderAttrName);
    return known && user->getBlock() == op->getBlock() &&
           user->getOperand(known[0]) == image &&
           known.asArrayRef().drop_front() == border.asArrayRef() &&
           staysBetween(user, op, getBase(image));
  });
}

/// A gradient that lies between zeros: with them, it is the one of a
/// convolution with more padding, of which no library needs to be told strides.
static void includeBorder(Call &call) {
  auto inner = call.first.getDefiningOp<memref::SubViewOp>();
  if (!inner || call.strides != std::array<int64_t, 2>{1, 1})
    return;
  auto whole = cast<MemRefType>(inner.getSourceType());
  ArrayRef<int64_t> offsets = inner.getStaticOffsets(),
                    sizes = inner.getStaticSizes();
  if (whole.getRank() != 4 || !whole.getLayout().isIdentity() ||
      !llvm::all_equal(inner.getStaticStrides()) ||
      inner.getStaticStrides()[0] != 1)
    return;
  for (unsigned i = 0; i < 4; ++i)
    if (ShapedType::isDynamic(offsets[i]) || ShapedType::isDynamic(sizes[i]) ||
        whole.getDimSize(i) != sizes[i] + 2 * offsets[i])
      return;
  std::array<int64_t, 2> pads{offsets[1], offsets[2]};
  if (offsets[0] || offsets[3] ||
      !hasZeroBorder(call.op, inner.getSource(), pads))
    return;
  call.first = inner.getSource();
  call.pads = pads;
}

static std::optional<Call> findConv(linalg::GenericOp op) {
  if (op.getNumLoops() != 7 || op.getNumReductionLoops() != 3 ||
      !isPlainSum(op))
    return std::nullopt;
  for (unsigned loop = 0; loop < 4; ++loop)
    if (!linalg::isParallelIterator(op.getIteratorTypesArray()[loop]))
      return std::nullopt;
  ConvMaps maps(op);
  if (!maps.reads(2, {0, 1, 2, 3}))
    return std::nullopt;
  Call call{op, CallKind::Conv, op.getInputs()[0], op.getInputs()[1],
            op.getDpsInits()[0]};
  // The loops are those of DirectConv.cpp.
  if (maps.reads(1, {3, 4, 5, 6}) &&
      maps.slides(0, 0, {1, 2}, {4, 5}, 6, call.strides))
    return call;
  call.strides = {1, 1};
  call.kind = CallKind::InputGrad;
  if (maps.reads(1, {6, 4, 5, 3}) &&
      maps.slidesBack(0, 0, {1, 2}, {4, 5}, 6, call.pads))
    return call;
  call.pads = {0, 0};
  call.kind = CallKind::WeightGrad;
  if (maps.reads(0, {4, 5, 6, 0}) &&
      maps.slides(1, 4, {5, 6}, {1, 2}, 3, call.strides)) {
    includeBorder(call);
    return call;
  }
  return std::nullopt;
}

static std::optional<Call> findMatmul(linalg::GenericOp op) {
  IRRewriter rewriter(op.getContext());
  FailureOr<matmul::Product> product = matmul::matchProduct(op, rewriter);
  if (failed(product) || !product->left.isPlain() || !product->right.isPlain())
    return std::nullopt;
  return Call{op,
              CallKind::Matmul,
              product->left.buffer,
              product->right.buffer,
              product->out,
              product->left.transposed,
              !product->right.transposed};
}

/// Slices stay with kernels, which compute views again that are more than an
/// address: a call would keep one outside, and CSE would give it to kernels.
static bool hasPlainBuffers(const Call &call) {
  return llvm::all_of(
      ArrayRef<Value>{call.first, call.second, call.out}, [](Value buffer) {
        return cast<MemRefType>(buffer.getType()).getLayout().isIdentity();
      });
}

/// The call at the builder's place; its attributes say all that the op's do.
static Operation *buildCall(ImplicitLocOpBuilder &b, const Call &call,
                            bool accumulate, StringRef math) {
  Type bit = b.getI1Type();
  switch (call.kind) {
  case CallKind::Matmul:
    return LibraryMatmulOp::create(b, bit, call.first, call.second, call.out,
                                   call.transposeFirst, call.transposeSecond,
                                   accumulate, math);
  case CallKind::Conv:
    return LibraryConv2DOp::create(b, bit, call.first, call.second, call.out,
                                   call.strides, call.pads, accumulate, math);
  case CallKind::InputGrad:
    return LibraryConv2DInputGradOp::create(b, bit, call.first, call.second,
                                            call.out, call.strides, call.pads,
                                            accumulate, math);
  case CallKind::WeightGrad:
    return LibraryConv2DWeightGradOp::create(b, bit, call.first, call.second,
                                             call.out, call.strides, call.pads,
                                             accumulate, math);
  }
  llvm_unreachable("all kinds are handled");
}

namespace {
struct QnetCallLibraries
    : qnet::impl::QnetCallLibrariesBase<QnetCallLibraries> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (math == "f32" || math == "tf32" || math == "bf16")
      return success();
    return emitError(UnknownLoc::get(context))
           << "qnet-call-libraries: expected math of f32, tf32 or bf16, got '"
           << math.getValue() << "'";
  }

  std::optional<Call> findCall(linalg::GenericOp op) {
    std::optional<Call> call = findMatmul(op);
    // cuDNN would multiply f32 as f16.
    if (!call && math != "bf16")
      call = findConv(op);
    if (call && !hasPlainBuffers(*call))
      return std::nullopt;
    return call;
  }

  /// Puts the call before the op. False where the call is none that a library
  /// takes: of other sizes.
  bool replace(IRRewriter &rewriter, Call call) {
    ImplicitLocOpBuilder b(call.op.getLoc(), rewriter);
    b.setInsertionPoint(call.op);
    linalg::FillOp fill = findConstantFill(call.op, call.out);
    if (fill && !matchPattern(fill.getInputs()[0], m_PosZeroFloat()))
      fill = {};
    Operation *library = buildCall(b, call, /*accumulate=*/!fill, math);
    {
      ScopedDiagnosticHandler quiet(&getContext(),
                                    [](Diagnostic &) { return success(); });
      if (failed(verify(library))) {
        rewriter.eraseOp(library);
        return false;
      }
    }
    if (!keepKernels) {
      rewriter.eraseOp(call.op);
      if (fill)
        rewriter.eraseOp(fill);
      return true;
    }
    Value isOurs = arith::XOrIOp::create(
        b, library->getResult(0),
        arith::ConstantIntOp::create(b, b.getI1Type(), 1));
    auto branch = scf::IfOp::create(b, isOurs);
    Operation *end = branch.thenBlock()->getTerminator();
    if (fill)
      rewriter.moveOpBefore(fill, end);
    rewriter.moveOpBefore(call.op, end);
    return true;
  }

  void runOnOperation() override {
    // All are found first: what one op says of a buffer helps another.
    SmallVector<Call> calls;
    getOperation().walk([&](linalg::GenericOp op) {
      if (std::optional<Call> call = findCall(op))
        calls.push_back(*call);
    });
    IRRewriter rewriter(&getContext());
    for (const Call &call : calls) {
      bool isMatmul = call.kind == CallKind::Matmul;
      if (replace(rewriter, call))
        ++(isMatmul ? numMatmuls : numConvs);
    }
  }
};
} // namespace
