//===- WarpgroupMma.cpp - wgmma on slices of factors ----------------------===//
//
// See WarpgroupMma.h. The fields of a matrix descriptor are those of the PTX
// ISA, "Asynchronous warpgroup-level matrix shared memory layout": bits 0-13
// the address / 16, 16-29 the leading offset / 16 (not used here), 32-45 the
// distance of groups of eight rows / 16, 62-63 the swizzle.
//
//===----------------------------------------------------------------------===//

#include "WarpgroupMma.h"
#include "../CPU/LoopEmitter.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace qnet;
using loops::index;

/// Bytes of a slice's row, and of the terms of one instruction in it.
static constexpr int64_t rowBytes = 64, stepBytes = 32;
static constexpr int64_t swizzle64 = 2;

void qnet::publishSlices(ImplicitLocOpBuilder &b) {
  NVVM::FenceProxyOp::create(
      b, NVVM::ProxyKind::async_shared,
      NVVM::SharedSpaceAttr::get(b.getContext(),
                                 NVVM::SharedSpace::shared_cta));
}

/// Of the rows from `row` on, `offset` bytes into them.
static Value describe(ImplicitLocOpBuilder &b, Value buffer, Value row,
                      int64_t offset) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  address = loops::add(b, address, loops::mul(b, row, rowBytes));
  address = loops::add(b, address, offset);
  auto constant = [&](uint64_t value) -> Value {
    return arith::ConstantIntOp::create(b, static_cast<int64_t>(value), 64);
  };
  Value bits = arith::IndexCastUIOp::create(b, b.getI64Type(), address);
  bits = arith::AndIOp::create(b, bits, constant(0x3FFFF));
  bits = arith::ShRUIOp::create(b, bits, constant(4));
  uint64_t fields = uint64_t(1) << 16 | uint64_t(8 * rowBytes / 16) << 32 |
                    uint64_t(swizzle64) << 62;
  return arith::OrIOp::create(b, bits, constant(fields));
}

SmallVector<Value>
qnet::multiplyWarpgroup(ImplicitLocOpBuilder &b, ProductMath math,
                        ValueRange sums, Value left, Value leftRow, Value right,
                        Value rightRow) {
  bool isHalf = math == ProductMath::BF16;
  auto factors = isHalf ? NVVM::WGMMATypes::bf16 : NVVM::WGMMATypes::tf32;
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(sums.size(), b.getF32Type()));
  Value state = LLVM::UndefOp::create(b, type);
  for (auto [i, sum] : llvm::enumerate(sums))
    state = LLVM::InsertValueOp::create(b, state, sum, i);
  auto shape = NVVM::MMAShapeAttr::get(b.getContext(), warpgroupRows,
                                       2 * sums.size(), isHalf ? 16 : 8);
  NVVM::WgmmaFenceAlignedOp::create(b);
  for (int64_t offset = 0; offset < rowBytes; offset += stepBytes)
    state = NVVM::WgmmaMmaAsyncOp::create(
        b, type, state, describe(b, left, leftRow, offset),
        describe(b, right, rightRow, offset), shape, factors, factors,
        NVVM::WGMMATypes::f32, NVVM::WGMMAScaleOut::one,
        NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row,
        NVVM::MMALayout::col, NVVM::MMAIntOverflowAttr());
  NVVM::WgmmaGroupSyncAlignedOp::create(b);
  NVVM::WgmmaWaitGroupSyncOp::create(b, 0);
  SmallVector<Value> results;
  for (size_t i = 0; i < sums.size(); ++i)
    results.push_back(
        LLVM::ExtractValueOp::create(b, state, static_cast<int64_t>(i)));
  return results;
}
