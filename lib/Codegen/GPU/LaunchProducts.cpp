//===- LaunchProducts.cpp - qnet-launch-products --------------------------===//
//
// The products that qnet-block-matmul finds on a CPU, convolutions among them,
// become one kernel each: on tensor cores where the option asks for tf32 or
// bf16.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "ProductKernel.h"
#include "ProductParts.h"
#include "TensorKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Codegen/GPU/Passes.h"

namespace qnet {
#define GEN_PASS_DEF_QNETLAUNCHPRODUCTS
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Codes lie in a buffer of any shape; an affine place in it is a flat one.
static void flattenCodes(ImplicitLocOpBuilder &b, Factor &factor) {
  auto type = cast<MemRefType>(factor.buffer.getType());
  if (!factor.isAffine || !factor.holdsCodes() || type.getRank() == 1)
    return;
  auto flat = MemRefType::get(type.getNumElements(), type.getElementType());
  auto all = llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()));
  factor.buffer = memref::CollapseShapeOp::create(
      b, flat, factor.buffer, ArrayRef<ReassociationIndices>(all));
}

namespace {
struct QnetLaunchProducts
    : qnet::impl::QnetLaunchProductsBase<QnetLaunchProducts> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    std::optional<ProductMath> known = parseProductMath(math);
    if (!known)
      return emitError(UnknownLoc::get(context))
             << "qnet-launch-products: expected math of f32, tf32 or bf16, got "
                "'"
             << math.getValue() << "'";
    products = *known;
    return success();
  }

  void launch(IRRewriter &rewriter, linalg::GenericOp op) {
    Value out = op.getDpsInits().empty() ? Value() : op.getDpsInits()[0];
    FailureOr<Product> product = findProduct(op, rewriter);
    if (failed(product))
      return;
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    b.setInsertionPoint(op);
    flattenCodes(b, product->left);
    flattenCodes(b, product->right);
    linalg::FillOp fill = findConstantFill(op, out);
    if (fill && matchPattern(fill.getInputs()[0], m_PosZeroFloat())) {
      product->accumulate = false;
      rewriter.eraseOp(fill);
      ++numFills;
    }
    int64_t most = splitSums ? mostParts(*product) : 1;
    bool isSplit =
        products == ProductMath::F32
            ? emitProductKernel(b, *product, most)
            : emitTensorKernel(b, *product, products, most, warpgroups);
    numSplit += isSplit;
    rewriter.eraseOp(op);
    ++numProducts;
  }

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> generics;
    getOperation().walk([&](linalg::GenericOp op) { generics.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : generics)
      launch(rewriter, op);
  }

  ProductMath products = ProductMath::F32;
};
} // namespace
