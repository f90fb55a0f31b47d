//===- EmulateMma.cpp - Warps' matrix instructions on a CPU ---------------===//
//
// See EmulateMma.h. Of the order of a sum's additions the ISA says nothing:
// here it is one fma chain in ascending k.
//
//===----------------------------------------------------------------------===//

#include "EmulateMma.h"
#include "../CPU/LoopEmitter.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace qnet;
using loops::index;

static constexpr int64_t warpThreads = 32;
/// Bits of a tf32 that are not read.
static constexpr int64_t tf32Ignored = 0x1FFF;

LogicalResult qnet::checkMma(NVVM::MmaOp op) {
  auto type = op.getMultiplicandAPtxType();
  NVVM::MMAShapeAttr shape = op.getShape();
  bool isKnown = type && type == op.getMultiplicandBPtxType() &&
                 shape.getM() == 16 && shape.getN() == 8 &&
                 ((*type == NVVM::MMATypes::bf16 && shape.getK() == 16) ||
                  (*type == NVVM::MMATypes::tf32 && shape.getK() == 8));
  if (!isKnown)
    return op.emitError("expected mma.sync of bf16, m16n8k16, or of tf32, "
                        "m16n8k8");
  for (Operation *user : op->getUsers())
    if (!isa<LLVM::ExtractValueOp>(user) || user->getBlock() != op->getBlock())
      return op.emitError("expected only extractvalue, in the same block, to "
                          "use the result of mma.sync");
  return success();
}

namespace {
/// Places of elements in registers. A register holds `perWord` neighbours in k.
class Fragments {
public:
  Fragments(ImplicitLocOpBuilder &b, NVVM::MmaOp op)
      : b(b), isHalf(*op.getMultiplicandAPtxType() == NVVM::MMATypes::bf16),
        perWord(isHalf ? 2 : 1), terms(op.getShape().getK()) {}

  int64_t numTerms() const { return terms; }

  /// a[row, k]: groupID = lane / 4 is the row mod 8; registers 1 and 3 hold the
  /// lower rows, 2 and 3 the second half of k.
  Value a(Value registers, Value warp, Value row, Value k) {
    Value number = loops::add(b, div(row, 8), loops::mul(b, half(k), 2));
    return element(registers, number, lane(warp, rem(row, 8), pair(k)), k);
  }
  /// b[k, column]: groupID is the column; register 1 the second half of k.
  Value factorB(Value registers, Value warp, Value k, Value column) {
    return element(registers, half(k), lane(warp, column, pair(k)), k);
  }
  /// Where c[row, column] is: registers 0 and 1 two columns, 2 and 3 the lower
  /// rows.
  SmallVector<Value> c(Value warp, Value row, Value column) {
    Value number = loops::add(b, loops::mul(b, div(row, 8), 2), rem(column, 2));
    return {number, lane(warp, rem(row, 8), div(column, 2))};
  }

private:
  Value div(Value value, int64_t by) {
    return b.createOrFold<arith::DivUIOp>(value, index(b, by));
  }
  Value rem(Value value, int64_t by) {
    return b.createOrFold<arith::RemUIOp>(value, index(b, by));
  }
  Value half(Value k) { return div(k, terms / 2); }
  /// threadID in the group.
  Value pair(Value k) { return div(rem(k, terms / 2), perWord); }
  Value lane(Value warp, Value group, Value member) {
    Value inWarp = loops::add(b, loops::mul(b, group, 4), member);
    return loops::add(b, loops::mul(b, warp, warpThreads), inWarp);
  }
  Value integer(int64_t value) {
    return arith::ConstantIntOp::create(b, value, 32);
  }
  Value element(Value registers, Value number, Value thread, Value k) {
    Value word =
        memref::LoadOp::create(b, registers, ValueRange{number, thread});
    if (isHalf) {
      Value isUpper =
          arith::IndexCastUIOp::create(b, b.getI32Type(), rem(k, perWord));
      Value by = arith::MulIOp::create(b, isUpper, integer(16));
      word = arith::ShRUIOp::create(b, word, by);
      word = arith::ShLIOp::create(b, word, integer(16));
    } else {
      word = arith::AndIOp::create(b, word, integer(~tf32Ignored));
    }
    return arith::BitcastOp::create(b, b.getF32Type(), word);
  }

  ImplicitLocOpBuilder &b;
  bool isHalf;
  int64_t perWord, terms;
};
} // namespace

void qnet::emulateMma(ImplicitLocOpBuilder &b, NVVM::MmaOp op, int64_t threads,
                      const MmaRegisters &registers) {
  Fragments fragments(b, op);
  auto forEach = [&](int64_t count, llvm::function_ref<void(Value)> body) {
    loops::forEach(b, index(b, 0), index(b, count), 1, body);
  };
  forEach(threads / warpThreads, [&](Value warp) {
    forEach(op.getShape().getM(), [&](Value row) {
      forEach(op.getShape().getN(), [&](Value column) {
        SmallVector<Value> place = fragments.c(warp, row, column);
        Value start = memref::LoadOp::create(b, registers.sums, place);
        auto loop = scf::ForOp::create(
            b, index(b, 0), index(b, fragments.numTerms()), index(b, 1), start);
        {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPointToStart(loop.getBody());
          Value k = loop.getInductionVar();
          Value x = fragments.a(registers.a, warp, row, k);
          Value y = fragments.factorB(registers.b, warp, k, column);
          scf::YieldOp::create(b, Value(math::FmaOp::create(
                                      b, x, y, loop.getRegionIterArgs()[0])));
        }
        memref::StoreOp::create(b, loop.getResult(0), registers.results, place);
      });
    });
  });
}

/// To the nearest, ties away from zero: half a unit is added to the magnitude.
static Value roundToTf32(ImplicitLocOpBuilder &b, Value value) {
  auto integer = [&](int64_t bits) -> Value {
    return arith::ConstantIntOp::create(b, bits, 32);
  };
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), value);
  Value rounded = arith::AddIOp::create(b, bits, integer(0x1000));
  rounded = arith::AndIOp::create(b, rounded, integer(~tf32Ignored));
  Value isNaN =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, value, value);
  return arith::SelectOp::create(b, isNaN, integer(0x7FFFE000), rounded);
}

/// A copy, with zeros behind the elements that are read.
static void copyElements(nvgpu::DeviceAsyncCopyOp op) {
  ImplicitLocOpBuilder b(op.getLoc(), op);
  auto shifted = [&](ValueRange place, int64_t by) {
    SmallVector<Value> moved(place);
    moved.back() = loops::add(b, moved.back(), by);
    return moved;
  };
  Type element = cast<MemRefType>(op.getSrc().getType()).getElementType();
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  for (int64_t i = 0; i < op.getDstElements().getSExtValue(); ++i) {
    Value value =
        memref::LoadOp::create(b, op.getSrc(), shifted(op.getSrcIndices(), i));
    if (Value count = op.getSrcElements()) {
      Value isRead = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                           index(b, i), count);
      value = arith::SelectOp::create(b, isRead, value, zero);
    }
    memref::StoreOp::create(b, value, op.getDst(),
                            shifted(op.getDstIndices(), i));
  }
}

/// Does the copies of the groups that an op waits for in its place.
static void finishCopies(nvgpu::DeviceAsyncWaitOp wait) {
  auto group = wait.getAsyncDependencies()
                   .getDefiningOp<nvgpu::DeviceAsyncCreateGroupOp>();
  SmallVector<Value> tokens;
  if (group)
    tokens.append(group.getInputTokens().begin(), group.getInputTokens().end());
  for (Value token : tokens)
    if (auto copy = token.getDefiningOp<nvgpu::DeviceAsyncCopyOp>()) {
      copy->moveBefore(wait);
      copyElements(copy);
    }
  wait.erase();
}

void qnet::expandForHost(Operation *kernel) {
  kernel->walk([](NVVM::ConvertFloatToTF32Op op) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    op.replaceAllUsesWith(roundToTf32(b, op.getSrc()));
    op.erase();
  });
  SmallVector<Operation *> waits, groups, copies;
  kernel->walk([&](Operation *op) {
    if (isa<nvgpu::DeviceAsyncWaitOp>(op))
      waits.push_back(op);
    else if (isa<nvgpu::DeviceAsyncCreateGroupOp>(op))
      groups.push_back(op);
    else if (isa<nvgpu::DeviceAsyncCopyOp>(op))
      copies.push_back(op);
  });
  for (Operation *wait : waits)
    finishCopies(cast<nvgpu::DeviceAsyncWaitOp>(wait));
  // Their copies may stand behind them by now.
  for (Operation *group : groups)
    group->erase();
  for (Operation *copy : copies)
    copy->erase();
}
