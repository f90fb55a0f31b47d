//===- KernelParameters.cpp - How a kernel gets its scalars ---------------===//
//
// See KernelParameters.h. Nobody writes the words while a kernel runs, so their
// loads are invariant.
//
//===----------------------------------------------------------------------===//

#include "KernelParameters.h"
#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace qnet;

static constexpr int64_t kWordBits = 64;

bool qnet::fitsWord(Type type) {
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= kWordBits;
}

Value qnet::widenScalar(OpBuilder &b, Location loc, Value scalar) {
  Type type = scalar.getType();
  if (!fitsWord(type))
    return {};
  Type bits = b.getIntegerType(type.getIntOrFloatBitWidth());
  if (type != bits)
    scalar = LLVM::BitcastOp::create(b, loc, bits, scalar);
  if (bits.getIntOrFloatBitWidth() < kWordBits)
    scalar = LLVM::ZExtOp::create(b, loc, b.getIntegerType(kWordBits), scalar);
  return scalar;
}

Value qnet::loadScalar(OpBuilder &b, Location loc, Value words, int64_t number,
                       Type type) {
  Value place = LLVM::GEPOp::create(
      b, loc, words.getType(), b.getIntegerType(kWordBits), words,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
  return LLVM::LoadOp::create(b, loc, type, place,
                              /*alignment=*/kWordBits / 8,
                              /*isVolatile=*/false, /*isNonTemporal=*/false,
                              /*isInvariant=*/true);
}

void qnet::gatherScalars(LLVM::LLVMFuncOp kernel) {
  SmallVector<Type> types;
  llvm::BitVector isScalar(kernel.getNumArguments());
  for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
    if (isa<LLVM::LLVMPointerType>(type))
      types.push_back(type);
    else
      isScalar.set(i);
  if (isScalar.none())
    return;
  Block &entry = kernel.getBody().front();
  auto pointer = LLVM::LLVMPointerType::get(kernel.getContext());
  Value words = entry.addArgument(pointer, kernel.getLoc());
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToStart(&entry);
  for (auto [number, i] : llvm::enumerate(isScalar.set_bits())) {
    BlockArgument scalar = entry.getArgument(i);
    scalar.replaceAllUsesWith(
        loadScalar(b, kernel.getLoc(), words, number, scalar.getType()));
  }
  SmallVector<Attribute> attributes;
  if (ArrayAttr all = kernel.getArgAttrsAttr()) {
    for (auto [i, attribute] : llvm::enumerate(all))
      if (!isScalar[i])
        attributes.push_back(attribute);
    attributes.push_back(b.getDictionaryAttr({}));
    kernel.setArgAttrsAttr(b.getArrayAttr(attributes));
  }
  isScalar.resize(entry.getNumArguments());
  entry.eraseArguments(isScalar);
  types.push_back(pointer);
  kernel.setFunctionType(LLVM::LLVMFunctionType::get(
      kernel.getFunctionType().getReturnType(), types));
}
