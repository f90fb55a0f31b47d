//===- OutlineKernels.cpp - qnet-outline-kernels --------------------------===//
//
// Each structured op on buffers becomes a call of a function made of it alone;
// equal ops call the same function, so that what follows compiles each kernel
// once. Equal means: the same ops, constants and types, operands aside.
// Invariant: a function's arguments are scalars and whole buffers of static
// shape, and an argument is `llvm.noalias` only if it is so in every call.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "qnet/Codegen/Common/Buffers.h"
#include "qnet/Codegen/Common/Epilogues.h"
#include "qnet/Codegen/Common/Paddings.h"
#include "qnet/Codegen/Common/Passes.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet {
#define GEN_PASS_DEF_QNETOUTLINEKERNELS
#include "qnet/Codegen/Common/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

/// Whether a memref can be an argument as one pointer.
static bool isWholeBuffer(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.hasStaticShape() && type.getLayout().isIdentity();
}

//===----------------------------------------------------------------------===//
// One element of a buffer
//===----------------------------------------------------------------------===//

/// Makes an operand that is one element at a constant place of a block of bytes
/// a view of this element: otherwise the place would be part of the kernel.
static void viewElement(linalg::GenericOp op, OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  auto view = operand.get().getDefiningOp<memref::ViewOp>();
  if (!type || !view || !isWholeBuffer(view) || type.getNumElements() == 1 ||
      type.getRank() != 1 || !type.getElementType().isIntOrFloat() ||
      type.getElementTypeBitWidth() % 8 || !map.isConstant())
    return;
  std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
  if (!shift)
    return;
  int64_t element = map.getSingleConstantResult();
  OpBuilder b(op);
  Value place = arith::ConstantIndexOp::create(
      b, op.getLoc(), *shift + element * type.getElementTypeBitWidth() / 8);
  operand.set(memref::ViewOp::create(b, op.getLoc(),
                                     MemRefType::get(1, type.getElementType()),
                                     view.getSource(), place, ValueRange()));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps[operand.getOperandNumber()] =
      AffineMap::get(map.getNumDims(), 0, b.getAffineConstantExpr(0));
  op.setIndexingMapsAttr(b.getAffineMapArrayAttr(maps));
}

//===----------------------------------------------------------------------===//
// One kernel
//===----------------------------------------------------------------------===//

namespace {
/// An op with the fills before it that only it sees, the prologue before it,
/// and the epilogue and the sums of parts after it, as a function.
class Kernel {
public:
  Kernel(linalg::LinalgOp op, Value runtime);

  /// The function, in no module yet.
  func::FuncOp build();
  /// Puts a call of `function` in the place of the ops.
  void replaceByCall(func::FuncOp function);

private:
  void collect(Value value);
  void collectNumbers();
  bool isComputedInside(Value value) const;
  Value computeInside(OpBuilder &b, Value value, IRMapping &mapping);
  void markDistinct(func::FuncOp function);
  std::string name();

  linalg::LinalgOp root;
  SmallVector<Operation *> ops;
  Value runtime;
  Value padded;                      ///< what the prologue writes
  llvm::SmallDenseSet<Value> shared; ///< buffers that reshapes give more names
  SetVector<Value> arguments;
  SetVector<uint32_t> numbers; ///< of parameters whose random bits are drawn
};
} // namespace

Kernel::Kernel(linalg::LinalgOp op, Value runtime)
    : root(op), runtime(runtime) {
  linalg::GenericOp partSums = findPartSums(op);
  for (linalg::LinalgOp summed :
       {cast_or_null<linalg::LinalgOp>(partSums.getOperation()), op})
    if (summed)
      for (OpOperand &out : summed.getDpsInitsMutable())
        if (linalg::FillOp fill = findFillBefore(summed, out.get()))
          ops.push_back(fill);
  if (std::optional<PaddedCopy> prologue = findPrologue(op)) {
    ops.push_back(prologue->op);
    padded = prologue->padded;
  }
  ops.push_back(op);
  if (linalg::GenericOp epilogue = findEpilogue(op))
    ops.push_back(epilogue);
  if (partSums)
    ops.push_back(partSums);

  SetVector<Value> used;
  for (Operation *part : llvm::reverse(ops)) {
    used.insert(part->operand_begin(), part->operand_end());
    getUsedValuesDefinedAbove(part->getRegions(), used);
  }
  llvm::SmallDenseSet<Value> wholes;
  for (Value value : used)
    if (!wholes.insert(stripReshapes(value)).second)
      shared.insert(stripReshapes(value));
  for (Value value : used)
    collect(value);
  collectNumbers();
}

bool Kernel::isComputedInside(Value value) const {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (op->hasTrait<OpTrait::ConstantLike>() || value == padded)
    return true;
  if (!isa<ViewLikeOpInterface>(op) || !isPure(op))
    return false;
  Value whole = stripReshapes(value);
  return !isWholeBuffer(value) || (whole != value && shared.contains(whole));
}

void Kernel::collect(Value value) {
  if (!isComputedInside(value)) {
    arguments.insert(value);
    return;
  }
  for (Value operand : value.getDefiningOp()->getOperands())
    collect(operand);
}

void Kernel::collectNumbers() {
  for (Operation *part : ops)
    part->walk([&](RandomBitsOp op) {
      if (!op.getBase())
        numbers.insert(op.getParameter());
    });
}

Value Kernel::computeInside(OpBuilder &b, Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  for (Value operand : value.getDefiningOp()->getOperands())
    computeInside(b, operand, mapping);
  b.clone(*value.getDefiningOp(), mapping);
  return mapping.lookup(value);
}

/// The shape of its loops, for profiles.
std::string Kernel::name() {
  std::string name = "kernel";
  char separator = '_';
  for (int64_t range : root.getStaticLoopRanges()) {
    name += separator + std::to_string(range);
    separator = 'x';
  }
  return name;
}

void Kernel::markDistinct(func::FuncOp function) {
  auto isMemref = [](Value value) { return isa<MemRefType>(value.getType()); };
  for (auto [i, value] : llvm::enumerate(arguments)) {
    if (!isMemref(value))
      continue;
    bool distinct = llvm::all_of(arguments, [&, value = value](Value other) {
      return other == value || !isMemref(other) || areDisjoint(value, other);
    });
    if (distinct)
      function.setArgAttr(i + 1, LLVM::LLVMDialect::getNoAliasAttrName(),
                          UnitAttr::get(function.getContext()));
  }
}

func::FuncOp Kernel::build() {
  MLIRContext *context = runtime.getContext();
  OpBuilder b(context);
  Location loc = root.getLoc();
  SmallVector<Type> types = {runtime.getType()};
  for (Value argument : arguments)
    types.push_back(argument.getType());
  types.append(numbers.size(), b.getI32Type());
  auto function =
      func::FuncOp::create(loc, name(), b.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline", "nounwind"}));
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(context, LLVM::Linkage::Internal));
  function.setArgAttr(0, "qnet.context", b.getUnitAttr());
  markDistinct(function);

  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (auto [i, argument] : llvm::enumerate(arguments))
    mapping.map(argument, entry->getArgument(i + 1));
  for (Operation *part : ops) {
    SetVector<Value> used(part->operand_begin(), part->operand_end());
    getUsedValuesDefinedAbove(part->getRegions(), used);
    for (Value value : used)
      computeInside(b, value, mapping);
    // A walk that replaces the product stands on the op after it, so that this
    // must not be one that goes with the product.
    if (isEpilogue(part) || isPartSums(part))
      arith::ConstantIndexOp::create(b, loc, 0);
    b.clone(*part, mapping)->walk([&](RandomBitsOp op) {
      if (op.getBase())
        return;
      auto number = llvm::find(numbers, op.getParameter());
      unsigned i = 1 + arguments.size() + (number - numbers.begin());
      op.getBaseMutable().assign(entry->getArgument(i));
      op.setParameter(0);
    });
  }
  func::ReturnOp::create(b, loc);
  return function;
}

void Kernel::replaceByCall(func::FuncOp function) {
  Operation *last = ops.back();
  OpBuilder b(last);
  SmallVector<Value> operands = {runtime};
  llvm::append_range(operands, arguments);
  for (uint32_t number : numbers)
    operands.push_back(arith::ConstantOp::create(
        b, last->getLoc(), b.getI32IntegerAttr(static_cast<int32_t>(number))));
  func::CallOp::create(b, root.getLoc(), function, operands);
  for (Operation *op : ops)
    op->erase();
  if (padded)
    padded.getDefiningOp()->erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static llvm::hash_code hashOf(func::FuncOp function) {
  llvm::hash_code hash = hash_value(function.getFunctionType());
  function.getBody().walk([&](Operation *op) {
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

static bool areEqual(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         a.getArgAttrsAttr() == b.getArgAttrsAttr() &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

static void viewElements(linalg::GenericOp op) {
  if (op)
    for (OpOperand &operand : op->getOpOperands())
      viewElement(op, operand);
}

/// Whether `op` is the prologue of an op after it, or the epilogue or the part
/// sums of one before.
static bool joins(Operation *op) {
  if (op->hasAttr(kPrologueAttrName))
    return true;
  if (!isEpilogue(op) && !isPartSums(op))
    return false;
  Operation *before = lastOnMemory(op);
  if (!isa_and_nonnull<linalg::GenericOp>(before) || isPartSums(before))
    return false;
  return isEpilogue(before) ? isPartSums(op) && joins(before) : true;
}

/// Whether `op` stands in its function or in sequential loops there.
static bool isOnPath(linalg::LinalgOp op) {
  Operation *parent = op->getParentOp();
  while (isa<scf::ForOp>(parent))
    parent = parent->getParentOp();
  return isa<func::FuncOp>(parent) && op.hasPureBufferSemantics() &&
         !op.hasDynamicShape();
}

namespace {
struct QnetOutlineKernels
    : qnet::impl::QnetOutlineKernelsBase<QnetOutlineKernels> {
  using Base::Base;

  void runOnOperation() override {
    kernels.clear();
    SymbolTable symbols(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      outlineFrom(function, symbols);
  }

private:
  void outlineFrom(func::FuncOp function, SymbolTable &symbols) {
    Value runtime;
    for (unsigned i = 0, e = function.getNumArguments(); i != e; ++i)
      if (!function.isExternal() && function.getArgAttr(i, "qnet.context"))
        runtime = function.getArgument(i);
    if (!runtime)
      return;
    // Fills last: those that belong to another op go with it.
    SmallVector<linalg::LinalgOp> ops;
    function.walk([&](linalg::LinalgOp op) {
      if (!isOnPath(op) || isa<linalg::FillOp>(op) || joins(op))
        return;
      ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops) {
      viewElements(dyn_cast<linalg::GenericOp>(op.getOperation()));
      viewElements(findEpilogue(op));
      viewElements(findPartSums(op));
      outline(Kernel(op, runtime), symbols);
    }
    function.walk([&](linalg::FillOp op) {
      if (isOnPath(op))
        outline(Kernel(op, runtime), symbols);
    });
  }

  void outline(Kernel kernel, SymbolTable &symbols) {
    func::FuncOp function = kernel.build();
    SmallVector<func::FuncOp> &candidates = kernels[hashOf(function)];
    auto *known = llvm::find_if(candidates, [&](func::FuncOp candidate) {
      return areEqual(candidate, function);
    });
    ++numOutlined;
    if (known != candidates.end()) {
      function.erase();
      kernel.replaceByCall(*known);
      return;
    }
    ++numKernels;
    symbols.insert(function);
    candidates.push_back(function);
    kernel.replaceByCall(function);
  }

  DenseMap<size_t, SmallVector<func::FuncOp>> kernels;
};
} // namespace
