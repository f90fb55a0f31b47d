//===- Products.cpp - Matrix products and their schedules -----------------===//
//
// See Products.h. Everything is checked before the first change.
//
//===----------------------------------------------------------------------===//

#include "qnet/Codegen/CPU/Products.h"
#include "Epilogue.h"
#include "Matmul.h"
#include "MatmulTable.h"
#include "PartSums.h"
#include "mlir/IR/Matchers.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "qnet/Dialect/Qnet/IR/QnetDialect.h"
#include "llvm/Support/MathExtras.h"

#include "qnet/Codegen/CPU/ProductsEnums.cpp.inc"

using namespace mlir;
using namespace qnet;
using namespace qnet::matmul;

/// Code is emitted for each row and vector of a register tile.
static constexpr int64_t kMaxRows = 64, kMaxVectors = 8;
/// Blocks are multiples of it, so that codes start at whole words.
static constexpr int64_t kBlockMultiple = 32;
/// Other parameters only have to be numbers of something.
static constexpr int64_t kMaxCount = 1 << 24;
/// Bytes that a schedule may put on a thread's stack.
static constexpr int64_t kMaxStackBytes = 1 << 20;

//===----------------------------------------------------------------------===//
// Schedules alone
//===----------------------------------------------------------------------===//

namespace {
/// A parameter, and the methods that have it.
struct Parameter {
  const char *name;
  int64_t ProductSchedule::*value;
  int64_t most;
  llvm::SmallVector<ProductMethod, 5> methods;

  bool isOf(ProductMethod method) const {
    return method == ProductMethod::Auto || llvm::is_contained(methods, method);
  }
};
} // namespace

static ArrayRef<Parameter> allParameters() {
  using M = ProductMethod;
  static const Parameter parameters[] = {
      {"rows",
       &ProductSchedule::rows,
       kMaxRows,
       {M::Packed, M::Tall, M::Direct, M::Long, M::Table}},
      {"vectors",
       &ProductSchedule::vectors,
       kMaxVectors,
       {M::Packed, M::Tall, M::Direct, M::Long, M::Table, M::Winograd}},
      {"block",
       &ProductSchedule::block,
       kMaxCount,
       {M::Packed, M::Tall, M::Direct, M::Long}},
      {"panels", &ProductSchedule::panels, kMaxCount, {M::Packed}},
      {"groups",
       &ProductSchedule::groups,
       kMaxCount,
       {M::Packed, M::Tall, M::Direct, M::Table, M::Winograd}},
  };
  return parameters;
}

/// Vector registers: AVX-512 has 32, others are taken to have 16.
static int64_t numRegisters(unsigned vectorBits) {
  return vectorBits == 512 ? 32 : 16;
}

/// Sums of a chain stay in registers beside the elements of the shorter side;
/// those of the longer one are operands in memory. Tables take half of the
/// registers.
static bool fitsRegisters(const ProductSchedule &schedule) {
  int64_t sums = schedule.rows * schedule.vectors;
  int64_t registers = numRegisters(schedule.vectorBits);
  if (schedule.method == ProductMethod::Table)
    return sums <= registers / 2;
  return sums + std::min(schedule.rows, schedule.vectors) <= registers;
}

static LogicalResult verifyTile(const ProductSchedule &schedule,
                                EmitError emitError) {
  bool isTable = schedule.method == ProductMethod::Table;
  if (isTable && schedule.vectorBits == 128)
    return emitError() << "expected vectors of 256 or 512 bits for method "
                          "table, got 128";
  if (isTable && schedule.vectors &&
      (!llvm::isPowerOf2_64(schedule.vectors) || schedule.vectors > 4))
    return emitError() << "expected 1, 2 or 4 vectors for method table, got "
                       << schedule.vectors;
  // What is not given is chosen to fit.
  if (!schedule.rows || !schedule.vectors || schedule.allowSpills ||
      fitsRegisters(schedule))
    return success();
  return emitError() << "expected a register tile for the "
                     << numRegisters(schedule.vectorBits)
                     << " registers of the target, got " << schedule.rows
                     << " rows of " << schedule.vectors
                     << " vectors; allow spills if it is meant";
}

LogicalResult qnet::verifyVectorBits(unsigned vectorBits, EmitError emitError) {
  if (vectorBits == 128 || vectorBits == 256 || vectorBits == 512)
    return success();
  return emitError() << "expected vector-bits of 128, 256 or 512, got "
                     << vectorBits;
}

LogicalResult qnet::verifySchedule(const ProductSchedule &schedule,
                                   EmitError emitError) {
  if (failed(verifyVectorBits(schedule.vectorBits, emitError)))
    return failure();
  for (const Parameter &parameter : allParameters()) {
    int64_t value = schedule.*parameter.value;
    if (value == 0)
      continue;
    if (value < 1 || value > parameter.most)
      return emitError() << "expected " << parameter.name << " from 1 to "
                         << parameter.most << ", got " << value;
    if (!parameter.isOf(schedule.method))
      return emitError() << "expected no " << parameter.name << " for method "
                         << stringifyProductMethod(schedule.method) << ", got "
                         << value;
  }
  return verifyTile(schedule, emitError);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

namespace {
/// Keeps the last reason why an op is not a product.
struct ReasonListener : RewriterBase::Listener {
  void notifyMatchFailure(Location loc,
                          function_ref<void(Diagnostic &)> explain) override {
    Diagnostic diagnostic(loc, DiagnosticSeverity::Remark);
    explain(diagnostic);
    reason = diagnostic.str();
  }
  std::string reason;
};
} // namespace

static FailureOr<Product> recognize(linalg::GenericOp op,
                                    std::string *reason = nullptr) {
  ReasonListener listener;
  IRRewriter rewriter(op.getContext(), &listener);
  FailureOr<Product> product = recognizeProduct(op, rewriter);
  if (failed(product) && reason)
    *reason = listener.reason;
  return product;
}

ProductMethod matmul::chooseMethod(const Product &product) {
  if (isLong(product))
    return ProductMethod::Long;
  if (isDirect(product))
    return ProductMethod::Direct;
  return isTall(product) ? ProductMethod::Tall : ProductMethod::Packed;
}

static bool canBe(ProductMethod method, const Product &product,
                  const ProductSchedule &schedule) {
  switch (method) {
  case ProductMethod::Auto:
    return true;
  case ProductMethod::Packed:
    return canBePacked(product);
  case ProductMethod::Tall:
    return canBeTall(product);
  case ProductMethod::Direct:
    return canBeDirect(product);
  case ProductMethod::Long:
    return canBeLong(product);
  case ProductMethod::Table:
    return planTables(product, schedule).has_value();
  case ProductMethod::Winograd:
    return canBeWinograd(product);
  }
  return false;
}

static const char *needOf(ProductMethod method) {
  switch (method) {
  case ProductMethod::Auto:
    break;
  case ProductMethod::Packed:
    return "factors that are matrices, or windows with runs of whole vectors";
  case ProductMethod::Tall:
    return "f32 factors that are matrices, or windows with runs of whole "
           "vectors";
  case ProductMethod::Direct:
    return "an f32 left factor that the body multiplies as it is, with terms "
           "side by side";
  case ProductMethod::Long:
    return "f32 factors that the body multiplies as they are, with rows and "
           "columns side by side";
  case ProductMethod::Table:
    return "a right factor of codes of the values -d and +d, with at least 64 "
           "columns and, of a convolution, 128 terms";
  case ProductMethod::Winograd:
    return "windows of 3 x 3 that move by one pixel over images of even sides, "
           "with channels and filters in multiples of 16";
  }
  return "a product";
}

static bool isContiguousAlong(const SmallVector<Loop> &loops,
                              int64_t Loop::*stride) {
  return loops.back().*stride == 1;
}

/// The layouts that layers give their products.
static std::optional<ProductRole> findRole(const Product &product) {
  bool leftBySums = isContiguousAlong(product.sums, &Loop::left);
  bool rightBySums = isContiguousAlong(product.sums, &Loop::right);
  bool leftByRows = isContiguousAlong(product.rows, &Loop::left);
  bool rightByColumns = isContiguousAlong(product.columns, &Loop::right);
  if (leftBySums && rightBySums)
    return ProductRole::Forward;
  if (leftBySums && rightByColumns)
    return ProductRole::InputGradient;
  if (leftByRows && rightByColumns)
    return ProductRole::WeightGradient;
  return std::nullopt;
}

/// The schedule for one method, without the parameters that it does not have.
static ProductSchedule withMethod(ProductSchedule schedule,
                                  ProductMethod method) {
  schedule.method = method;
  for (const Parameter &parameter : allParameters())
    if (!parameter.isOf(method))
      schedule.*parameter.value = 0;
  return schedule;
}

FailureOr<ProductFacts> qnet::describeProduct(linalg::GenericOp op,
                                              unsigned vectorBits) {
  FailureOr<Product> product = recognize(op);
  if (failed(product))
    return failure();
  ProductSchedule schedule;
  schedule.vectorBits = vectorBits;
  product->tiling = chooseTiling(product->m, product->n, product->k, schedule);
  ProductFacts facts;
  facts.m = product->m;
  facts.n = product->n;
  facts.k = product->k;
  facts.role = findRole(*product);
  facts.isWindowed = product->left.isAffine || product->right.isAffine;
  facts.holdsCodes = product->right.holdsCodes();
  facts.method = chooseMethod(*product);
  facts.readsInside =
      readsInside(op, *product, withMethod(schedule, facts.method));
  for (ProductMethod method :
       {ProductMethod::Packed, ProductMethod::Tall, ProductMethod::Direct,
        ProductMethod::Long, ProductMethod::Table, ProductMethod::Winograd})
    if (canBe(method, *product, schedule))
      facts.methods.push_back(method);
  return facts;
}

//===----------------------------------------------------------------------===//
// Schedules of products
//===----------------------------------------------------------------------===//

/// Bytes on a thread's stack.
static int64_t stackBytes(const Product &product,
                          const ProductSchedule &schedule) {
  switch (schedule.method) {
  case ProductMethod::Packed:
    return packedStackBytes(product, schedule);
  case ProductMethod::Tall:
    return tallStackBytes(product, schedule);
  case ProductMethod::Direct:
    return directStackBytes(product, schedule);
  case ProductMethod::Winograd:
    return winogradStackBytes(product, schedule);
  default:
    return 0;
  }
}

/// Whether the product can honour a schedule with a method.
static LogicalResult checkSchedule(const Product &product,
                                   const ProductSchedule &schedule,
                                   EmitError emitError) {
  if (!canBe(schedule.method, product, schedule))
    return emitError() << "expected " << needOf(schedule.method)
                       << " for method "
                       << stringifyProductMethod(schedule.method);
  if (schedule.block && schedule.block < product.k &&
      schedule.block % kBlockMultiple != 0)
    return emitError() << "expected a block that is a multiple of "
                       << kBlockMultiple << " for a sum of " << product.k
                       << " terms, got " << schedule.block;
  int64_t bytes = stackBytes(product, schedule);
  if (bytes <= kMaxStackBytes)
    return success();
  Product plain = product;
  ProductSchedule none;
  none.vectorBits = schedule.vectorBits;
  none.method = schedule.method;
  plain.tiling = chooseTiling(product.m, product.n, product.k, none);
  if (bytes <= stackBytes(plain, none))
    return success();
  return emitError() << "expected panels of at most " << kMaxStackBytes
                     << " bytes on a thread's stack, got " << bytes
                     << "; a smaller block, tile or group takes less";
}

/// The fill of the output with +0 that nothing sees but `op`, or null.
static linalg::FillOp findZeroFill(linalg::GenericOp op) {
  linalg::FillOp fill = findFillBefore(op, op.getDpsInitOperand(0)->get());
  if (fill && matchPattern(fill.getInputs()[0], m_PosZeroFloat()))
    return fill;
  return {};
}

static void emitNest(ImplicitLocOpBuilder &b, const Product &product,
                     const ProductSchedule &schedule) {
  switch (schedule.method) {
  case ProductMethod::Auto:
  case ProductMethod::Packed:
    return emitPackedNest(b, product, schedule);
  case ProductMethod::Tall:
    return emitTallNest(b, product, schedule);
  case ProductMethod::Direct:
    return emitDirectNest(b, product, schedule);
  case ProductMethod::Long:
    return emitLongNest(b, product, schedule);
  case ProductMethod::Table:
    return emitTableNest(b, *planTables(product, schedule));
  case ProductMethod::Winograd:
    return emitWinogradNest(b, product, schedule);
  }
}

/// Whether a method's nest hands its results to `storeSums`: all but minimal
/// filtering of filter gradients.
static bool canRunEpilogue(const Product &product, ProductMethod method) {
  return method != ProductMethod::Winograd || isWinogradForward(product);
}

/// The epilogue of a product, if its loops can run it.
static std::optional<Epilogue> takeEpilogue(RewriterBase &rewriter,
                                            const Product &product,
                                            linalg::GenericOp op,
                                            bool takesNext) {
  linalg::GenericOp next = findEpilogue(op);
  if (!next || (!takesNext && next == op->getNextNode()))
    return std::nullopt;
  FailureOr<Epilogue> epilogue = matchEpilogue(product, op, next, rewriter);
  if (failed(epilogue))
    return std::nullopt;
  return *epilogue;
}

/// The sums of parts of the result, if the method's nest can run them: they
/// read what the product stores, or what its epilogue does, which then runs,
/// too.
static std::shared_ptr<const PartSums>
takePartSums(linalg::GenericOp op, Product product,
             const ProductSchedule &schedule, bool hasEpilogue,
             bool takesNext) {
  linalg::GenericOp next = findPartSums(op);
  if (!next || (!takesNext && next == op->getNextNode()) ||
      (findEpilogue(op) && !hasEpilogue))
    return {};
  std::optional<PartSums> sums = matchPartSums(next);
  if (!sums || !arePartsOf(*sums, product))
    return {};
  product.partSums = std::make_shared<const PartSums>(*sums);
  bool canSum = schedule.method == ProductMethod::Winograd
                    ? canSumWinograd(product, schedule)
                    : schedule.method == ProductMethod::Direct &&
                          canSumDirect(product, schedule);
  return canSum ? product.partSums : nullptr;
}

/// The copy between zeros that the product needs no more: it reads the image.
static std::optional<PaddedCopy> takePrologue(linalg::GenericOp op,
                                              Product &product,
                                              const ProductSchedule &schedule) {
  std::optional<PaddedCopy> copy = findPrologue(op);
  if (!copy || !readsInside(op, product, schedule) ||
      failed(readImage(op, *copy, product)))
    return std::nullopt;
  return copy;
}

static void erasePrologue(RewriterBase &rewriter, const PaddedCopy &copy) {
  auto alloc = copy.padded.getDefiningOp<memref::AllocOp>();
  rewriter.eraseOp(copy.op);
  if (alloc && alloc->use_empty())
    rewriter.eraseOp(alloc);
}

FailureOr<BlockedProduct>
qnet::blockProduct(RewriterBase &rewriter, linalg::GenericOp op,
                   const ProductSchedule &given, EmitError emitError,
                   std::string *reason, bool takesNext) {
  FailureOr<Product> product = recognize(op, reason);
  if (failed(product))
    return failure();
  if (failed(verifySchedule(given, emitError)))
    return failure();
  product->tiling = chooseTiling(product->m, product->n, product->k, given);
  ProductSchedule schedule = given;
  if (given.method == ProductMethod::Auto) {
    ProductSchedule plain;
    plain.vectorBits = given.vectorBits;
    Product asByDefault = *product;
    asByDefault.tiling =
        chooseTiling(product->m, product->n, product->k, plain);
    schedule = withMethod(given, chooseMethod(asByDefault));
  }
  linalg::FillOp fill = findZeroFill(op);
  product->accumulate = !fill;
  if (failed(checkSchedule(*product, schedule, emitError)))
    return failure();
  std::optional<Epilogue> epilogue;
  if (canRunEpilogue(*product, schedule.method))
    epilogue = takeEpilogue(rewriter, *product, op, takesNext);
  std::optional<PaddedCopy> prologue = takePrologue(op, *product, schedule);
  product->partSums =
      takePartSums(op, *product, schedule, epilogue.has_value(), takesNext);
  if (fill)
    rewriter.eraseOp(fill);
  placeBuffers(rewriter, op, *product);
  // Views that the epilogue reads stand before it.
  linalg::GenericOp last = epilogue ? epilogue->op : op;
  if (product->partSums)
    last = product->partSums->op;
  rewriter.setInsertionPoint(last);
  ImplicitLocOpBuilder b(op.getLoc(), rewriter);
  if (epilogue) {
    placeEpilogue(b, *epilogue);
    product->epilogue = std::make_shared<const Epilogue>(*epilogue);
  }
  emitNest(b, *product, schedule);
  rewriter.eraseOp(op);
  if (epilogue)
    rewriter.eraseOp(epilogue->op);
  if (product->partSums) {
    rewriter.eraseOp(product->partSums->op);
    for (linalg::FillOp fill : product->partSums->fills)
      rewriter.eraseOp(fill);
  }
  if (prologue)
    erasePrologue(rewriter, *prologue);
  return BlockedProduct{schedule.method, static_cast<bool>(fill),
                        epilogue.has_value(), product->partSums != nullptr};
}
