//===- EmulateWarpgroupMma.cpp - wgmma on a CPU ---------------------------===//
//
// As EmulateMma.cpp: written from the formulas of the PTX ISA. A factor's
// element is found in shared memory through the instruction's descriptor, so
// that a kernel whose descriptor and layout disagree gives other results.
//
//===----------------------------------------------------------------------===//

#include "../CPU/LoopEmitter.h"
#include "EmulateMma.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace qnet;
using loops::index;

static constexpr int64_t groupThreads = 128;

LogicalResult qnet::checkWarpgroupMma(NVVM::WgmmaMmaAsyncOp op) {
  NVVM::MMAShapeAttr shape = op.getShape();
  bool isHalf = op.getTypeA() == NVVM::WGMMATypes::bf16;
  if ((!isHalf && op.getTypeA() != NVVM::WGMMATypes::tf32) ||
      op.getTypeB() != op.getTypeA() ||
      op.getTypeD() != NVVM::WGMMATypes::f32 || shape.getM() != 64 ||
      shape.getK() != (isHalf ? 16 : 8) || shape.getN() % 8 ||
      op.getScaleD() != NVVM::WGMMAScaleOut::one ||
      op.getScaleA() != NVVM::WGMMAScaleIn::one ||
      op.getScaleB() != NVVM::WGMMAScaleIn::one ||
      op.getLayoutA() != NVVM::MMALayout::row ||
      op.getLayoutB() != NVVM::MMALayout::col)
    return op.emitError("expected wgmma.mma_async of bf16, m64nNk16, or tf32, "
                        "m64nNk8, both factors K-major");
  for (Operation *user : op->getUsers())
    if (!isa<LLVM::ExtractValueOp, NVVM::WgmmaMmaAsyncOp>(user) ||
        user->getBlock() != op->getBlock())
      return op.emitError("expected only extractvalue and wgmma.mma_async, in "
                          "the same block, to use the result of "
                          "wgmma.mma_async");
  return success();
}

namespace {
/// A factor in shared memory, as a descriptor says.
class SharedMatrix {
public:
  SharedMatrix(ImplicitLocOpBuilder &b, Value shared, Value bits,
               int64_t elementBytes)
      : b(b), shared(shared), elementBytes(elementBytes) {
    start = loops::mul(b, field(bits, 0, 0x3FFF), 16);
    stride = loops::mul(b, field(bits, 32, 0x3FFF), 16);
    Value swizzle = field(bits, 62, 3);
    // Swizzles 1, 2, 3 are of 128, 64, 32 bytes.
    rowBytes = arith::ShRUIOp::create(b, index(b, 256), swizzle);
  }

  Value element(Value row, Value k) {
    auto [eight, inEight] = loops::divide(b, row, 8);
    Value at = arith::MulIOp::create(b, eight, stride);
    at = loops::add(b, at, arith::MulIOp::create(b, inEight, rowBytes));
    at = loops::add(b, at, loops::mul(b, k, elementBytes));
    at = loops::add(b, at, start);
    // Bits 4 and up are changed by bits 7 and up, as many as a row's address
    // has above its 16 bytes.
    Value mask = arith::DivUIOp::create(b, rowBytes, index(b, 16));
    mask = loops::sub(b, mask, index(b, 1));
    Value turn = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, at, index(b, 7)), mask);
    at = arith::XOrIOp::create(b, at, loops::mul(b, turn, 16));
    Value half = loops::divide(b, at, 2).first;
    if (elementBytes == 2)
      return asFloat(highHalf(half));
    // Of tf32 the hardware takes no notice of the 13 lowest bits.
    Value word = arith::OrIOp::create(
        b, highHalf(loops::add(b, half, 1)),
        arith::ExtUIOp::create(b, b.getI32Type(),
                               memref::LoadOp::create(b, shared, half)));
    Value known = arith::ConstantIntOp::create(b, -(1 << 13), 32);
    return asFloat(arith::AndIOp::create(b, word, known));
  }

private:
  /// Half `at` of the shared memory, as the upper one of a word.
  Value highHalf(Value at) {
    Value half = memref::LoadOp::create(b, shared, at);
    Value word = arith::ExtUIOp::create(b, b.getI32Type(), half);
    return arith::ShLIOp::create(b, word,
                                 arith::ConstantIntOp::create(b, 16, 32));
  }
  Value asFloat(Value word) {
    return arith::BitcastOp::create(b, b.getF32Type(), word);
  }
  Value field(Value bits, int64_t first, int64_t mask) {
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIntOp::create(b, value, 64);
    };
    Value moved = arith::ShRUIOp::create(b, bits, constant(first));
    moved = arith::AndIOp::create(b, moved, constant(mask));
    return arith::IndexCastUIOp::create(b, b.getIndexType(), moved);
  }

  ImplicitLocOpBuilder &b;
  Value shared, start, stride, rowBytes;
  int64_t elementBytes;
};
} // namespace

void qnet::emulateWarpgroupMma(ImplicitLocOpBuilder &b,
                               NVVM::WgmmaMmaAsyncOp op, int64_t threads,
                               const WarpgroupRegisters &registers) {
  auto forEach = [&](int64_t count, llvm::function_ref<void(Value)> body) {
    loops::forEach(b, index(b, 0), index(b, count), 1, body);
  };
  auto divide = [&](Value x, int64_t y) { return loops::divide(b, x, y); };
  forEach(threads / groupThreads, [&](Value group) {
    Value first = loops::mul(b, group, groupThreads);
    auto matrix = [&](Value descriptors) {
      Value bits = memref::LoadOp::create(b, descriptors, first);
      bool isHalf = op.getTypeA() == NVVM::WGMMATypes::bf16;
      return SharedMatrix(b, registers.shared, bits, isHalf ? 2 : 4);
    };
    SharedMatrix left = matrix(registers.a), right = matrix(registers.b);
    forEach(op.getShape().getM(), [&](Value row) {
      forEach(op.getShape().getN(), [&](Value column) {
        // A warp has 16 rows; a thread of it, of every eight columns, two of
        // row lane / 4 and two of the row eight below.
        auto [warp, inWarp] = divide(row, 16);
        auto [lower, lane] = divide(inWarp, 8);
        auto [eight, inEight] = divide(column, 8);
        auto [pair, second] = divide(inEight, 2);
        Value number = loops::add(b, loops::mul(b, eight, 4), second);
        number = loops::add(b, number, loops::mul(b, lower, 2));
        Value thread = loops::add(b, first, loops::mul(b, warp, 32));
        thread = loops::add(b, thread, loops::mul(b, lane, 4));
        thread = loops::add(b, thread, pair);
        SmallVector<Value> place{number, thread};
        Value start = memref::LoadOp::create(b, registers.sums, place);
        auto loop = scf::ForOp::create(
            b, index(b, 0), index(b, op.getShape().getK()), index(b, 1), start);
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value k = loop.getInductionVar();
          Value sum = math::FmaOp::create(b, left.element(row, k),
                                          right.element(column, k),
                                          loop.getRegionIterArgs()[0]);
          scf::YieldOp::create(b, sum);
        }
        memref::StoreOp::create(b, loop.getResult(0), registers.sums, place);
      });
    });
  });
}
