//===- Kernel.cpp - A GPU kernel while it is emitted ----------------------===//
//
// A kernel's parameters are scalars and buffers of static shape without a
// layout, so that a buffer is one pointer: constants, and views that a pointer
// alone does not describe, are computed again in its body.
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/Buffers.h"

using namespace mlir;
using namespace qnet;

static Value index(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

static bool isPointer(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && memref.hasStaticShape() && memref.getLayout().isIdentity();
}

/// Whether a kernel computes the value itself.
static bool isComputedInside(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumResults() != 1 || !isPure(op))
    return false;
  if (isa<BaseMemRefType>(value.getType()))
    return isa<ViewLikeOpInterface>(op) && !isPointer(value.getType());
  return op->hasTrait<OpTrait::ConstantLike>();
}

static Value computeInside(OpBuilder &b, Value value, IRMapping &mapping) {
  if (mapping.contains(value))
    return mapping.lookup(value);
  if (!isComputedInside(value))
    return value;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    mapping.map(operand, computeInside(b, operand, mapping));
  b.clone(*op, mapping);
  return mapping.lookup(value);
}

Kernel::Kernel(ImplicitLocOpBuilder &b, StringRef kind, int64_t blocks,
               ArrayRef<MemRefType> shared, int64_t threads)
    : b(b) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  auto function = dyn_cast<func::FuncOp>(parent);
  if (!function)
    function = parent->getParentOfType<func::FuncOp>();
  std::string name = (function.getName() + "_" + kind).str();
  SmallVector<Type> types(shared.begin(), shared.end());
  Value one = index(b, 1);
  launch = gpu::LaunchOp::create(
      b, index(b, blocks), one, one, index(b, threads), one, one,
      /*dynamicSharedMemorySize=*/Value(), /*asyncTokenType=*/Type(),
      /*asyncDependencies=*/ValueRange(), types,
      /*privateAttributions=*/TypeRange(), Value(), Value(), Value(),
      FlatSymbolRefAttr::get(b.getContext(), kernelModuleName),
      FlatSymbolRefAttr::get(b.getContext(), name));
  b.setInsertionPointToStart(&launch.getBody().front());
}

Kernel::~Kernel() {
  gpu::TerminatorOp::create(b);
  Region &body = launch.getBody();
  SetVector<Value> used;
  getUsedValuesDefinedAbove(body, used);
  IRMapping mapping;
  b.setInsertionPointToStart(&body.front());
  for (Value value : used)
    if (isComputedInside(value))
      replaceAllUsesInRegionWith(value, computeInside(b, value, mapping), body);
  b.setInsertionPointAfter(launch);
}

MemRefType qnet::sharedBuffer(ArrayRef<int64_t> shape, Type element) {
  auto space = gpu::AddressSpaceAttr::get(element.getContext(),
                                          gpu::AddressSpace::Workgroup);
  return MemRefType::get(shape, element, MemRefLayoutAttrInterface(), space);
}

void qnet::emitIf(ImplicitLocOpBuilder &b, Value condition,
                  function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, condition);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}

void qnet::emitIfBelow(ImplicitLocOpBuilder &b, Value i, int64_t bound,
                       int64_t count, function_ref<void()> then) {
  if (count <= bound)
    return then();
  emitIf(
      b,
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, i, index(b, bound)),
      then);
}

linalg::FillOp qnet::findConstantFill(Operation *op, Value out) {
  linalg::FillOp fill = findFillBefore(op, out);
  bool isConstant = fill && matchPattern(fill.getInputs()[0], m_Constant());
  return isConstant ? fill : linalg::FillOp();
}

Value qnet::fillValue(ImplicitLocOpBuilder &b, linalg::FillOp fill) {
  return b.clone(*fill.getInputs()[0].getDefiningOp())->getResult(0);
}
