//===- EmulateKernels.cpp - qnet-emulate-kernels --------------------------===//
//
// Loop fission at barriers, as in Stratton et al., "MCUDA: an efficient
// implementation of CUDA kernels for multi-core CPUs" (LCPC 2008): the ops
// between two barriers become a loop over the threads of a block; what a thread
// carries over a barrier lives in an array with a place for each thread. What
// does not depend on the thread is computed once, outside of those loops. An
// instruction of a whole warp stands between two phases as a barrier does.
//
//===----------------------------------------------------------------------===//

#include "EmulateMma.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "qnet/Codegen/GPU/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace qnet {
#define GEN_PASS_DEF_QNETEMULATEKERNELS
#include "qnet/Codegen/GPU/Passes.h.inc"
} // namespace qnet

using namespace mlir;
using namespace qnet;

namespace {
/// Writes one kernel as a function of its parameters, the block's number, and
/// the order of the threads.
class Emulator {
public:
  Emulator(ImplicitLocOpBuilder &b, gpu::GPUFuncOp kernel)
      : b(b), kernel(kernel) {}
  FailureOr<func::FuncOp> run();

private:
  LogicalResult emitBlock(Block &block);
  LogicalResult emitLoop(scf::ForOp loop);
  bool emitUniform(Operation &op);
  LogicalResult emitMma(NVVM::MmaOp op);
  LogicalResult emitWarpgroupMma(NVVM::WgmmaMmaAsyncOp op);
  void placeShared();
  LogicalResult emitPhase();
  void emitThreads(llvm::function_ref<void(Value)> body);
  Value valueOf(Value value, Value thread, IRMapping &local);
  Value slotFor(Value value);
  Value allocate(MemRefType type);
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  ImplicitLocOpBuilder &b;
  gpu::GPUFuncOp kernel;
  int64_t threads = 1;
  Block *entry = nullptr;
  Value block, descending;                  ///< the function's
  Value threadId;                           ///< the kernel's, if it asks for it
  IRMapping uniform;                        ///< values that all threads share
  llvm::DenseMap<Value, Value> slots;       ///< arrays of the others
  SmallVector<Operation *> phase;           ///< ops since the last barrier
  MmaRegisters registers;                   ///< of the warps' instructions
  WarpgroupRegisters groupRegisters;        ///< of four warps' instructions
  llvm::DenseMap<Value, int64_t> addresses; ///< of buffers in shared memory
};
} // namespace

/// Whether an op is where threads wait for others, or holds such an op.
static bool hasBarrier(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return isa<gpu::BarrierOp, NVVM::MmaOp, NVVM::WgmmaMmaAsyncOp>(inner)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

static bool hasWarpgroupMma(Operation *kernel) {
  return kernel
      ->walk([](NVVM::WgmmaMmaAsyncOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Whether an op only names a part of what a warp's instruction returns.
static bool isPartOfMma(Operation &op) {
  if (auto extract = dyn_cast<LLVM::ExtractValueOp>(op)) {
    Operation *container = extract.getContainer().getDefiningOp();
    return isa_and_nonnull<NVVM::MmaOp, NVVM::WgmmaMmaAsyncOp>(container);
  }
  return false;
}

/// Whether an op only gathers what wgmma takes, or orders it: it is done at
/// once.
static bool isAroundWarpgroupMma(Operation &op) {
  return isa<NVVM::WgmmaFenceAlignedOp, NVVM::WgmmaGroupSyncAlignedOp,
             NVVM::WgmmaWaitGroupSyncOp, NVVM::FenceProxyOp,
             LLVM::InsertValueOp, LLVM::UndefOp>(op);
}

/// The array of a value that threads carry over a barrier.
Value Emulator::slotFor(Value value) {
  Value &slot = slots[value];
  if (!slot)
    slot = allocate(MemRefType::get(threads, value.getType()));
  return slot;
}

Value Emulator::allocate(MemRefType type) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(64));
}

/// What an op of a phase calls `value`.
Value Emulator::valueOf(Value value, Value thread, IRMapping &local) {
  if (value == threadId)
    return thread;
  if (Value known = local.lookupOrNull(value))
    return known;
  if (Value shared = uniform.lookupOrNull(value))
    return shared;
  Value slot = slots.lookup(value);
  if (!slot)
    return {};
  Value loaded = memref::LoadOp::create(b, slot, thread);
  local.map(value, loaded);
  return loaded;
}

void Emulator::emitThreads(llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, index(0), index(threads), index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value thread = loop.getInductionVar();
  Value opposite = arith::SubIOp::create(b, index(threads - 1), thread);
  body(arith::SelectOp::create(b, descending, opposite, thread));
}

/// Ends a phase: its ops become one loop over the threads.
LogicalResult Emulator::emitPhase() {
  if (phase.empty())
    return success();
  llvm::SmallPtrSet<Operation *, 16> inPhase(phase.begin(), phase.end());
  LogicalResult status = success();
  emitThreads([&](Value thread) {
    IRMapping local;
    for (Operation *op : phase) {
      // Also what ops in its regions take from outside of it.
      op->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Value found = valueOf(operand, thread, local))
            local.map(operand, found);
      });
      b.clone(*op, local);
    }
    Block *block = phase.front()->getBlock();
    for (Operation *op : phase)
      for (Value result : op->getResults()) {
        bool isCarried = llvm::any_of(result.getUsers(), [&](Operation *user) {
          return !inPhase.contains(block->findAncestorOpInBlock(*user));
        });
        if (!isCarried)
          continue;
        if (isa<BaseMemRefType>(result.getType())) {
          status = op->emitError("expected buffers that do not depend on the "
                                 "thread");
          return;
        }
        memref::StoreOp::create(b, local.lookup(result), slotFor(result),
                                thread);
      }
  });
  phase.clear();
  return status;
}

/// Computes what all threads share once; returns whether `op` is such.
bool Emulator::emitUniform(Operation &op) {
  if (auto id = dyn_cast<gpu::ThreadIdOp>(op)) {
    if (id.getDimension() == gpu::Dimension::x)
      threadId = id;
    else
      uniform.map(id.getResult(), index(0));
    return true;
  }
  if (auto id = dyn_cast<gpu::BlockIdOp>(op)) {
    uniform.map(id.getResult(),
                id.getDimension() == gpu::Dimension::x ? block : index(0));
    return true;
  }
  if (isa<gpu::BlockDimOp, gpu::GridDimOp>(op) && op.use_empty())
    return true;
  if (auto address = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op))
    if (auto known = addresses.find(address.getSource());
        known != addresses.end()) {
      uniform.map(address.getResult(), index(known->second));
      return true;
    }
  if (op.getNumRegions() || !isPure(&op) ||
      isa<gpu::GPUDialect>(op.getDialect()) ||
      !llvm::all_of(op.getOperands(),
                    [&](Value v) { return uniform.contains(v); }))
    return false;
  b.clone(op, uniform);
  return true;
}

/// A loop around barriers: one loop of the block, whose carried values have a
/// place for each thread.
LogicalResult Emulator::emitLoop(scf::ForOp loop) {
  for (Value bound :
       {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
    if (!uniform.contains(bound))
      return loop.emitError("expected bounds that do not depend on the thread "
                            "of a loop around a barrier");
  /// All at once: a value may be read as another one's next.
  auto assign = [&](ValueRange from, ValueRange to) {
    if (to.empty())
      return;
    emitThreads([&](Value thread) {
      IRMapping local;
      SmallVector<Value> values;
      for (Value value : from)
        values.push_back(valueOf(value, thread, local));
      for (auto [value, target] : llvm::zip_equal(values, to))
        memref::StoreOp::create(b, value, slotFor(target), thread);
    });
  };
  assign(loop.getInitArgs(), loop.getRegionIterArgs());
  auto copy = scf::ForOp::create(b, uniform.lookup(loop.getLowerBound()),
                                 uniform.lookup(loop.getUpperBound()),
                                 uniform.lookup(loop.getStep()));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(copy.getBody());
    uniform.map(loop.getInductionVar(), copy.getInductionVar());
    if (failed(emitBlock(*loop.getBody())))
      return failure();
    assign(loop.getBody()->getTerminator()->getOperands(),
           loop.getRegionIterArgs());
  }
  for (auto [result, argument] :
       llvm::zip_equal(loop.getResults(), loop.getRegionIterArgs()))
    slots[result] = slotFor(argument);
  return success();
}

/// An instruction of a warp: registers in, what it does, registers out.
LogicalResult Emulator::emitMma(NVVM::MmaOp op) {
  if (failed(checkMma(op)))
    return failure();
  if (threads % 32)
    return op.emitError("expected blocks of whole warps, got ")
           << threads << " threads";
  if (!registers.a) {
    registers.a = allocate(MemRefType::get({4, threads}, b.getI32Type()));
    registers.b = allocate(MemRefType::get({2, threads}, b.getI32Type()));
    registers.sums = allocate(MemRefType::get({4, threads}, b.getF32Type()));
    registers.results = allocate(MemRefType::get({4, threads}, b.getF32Type()));
  }
  emitThreads([&](Value thread) {
    IRMapping local;
    auto put = [&](OperandRange values, Value buffer) {
      for (auto [number, value] : llvm::enumerate(values))
        memref::StoreOp::create(b, valueOf(value, thread, local), buffer,
                                ValueRange{index(number), thread});
    };
    put(op.getOperandA(), registers.a);
    put(op.getOperandB(), registers.b);
    put(op.getOperandC(), registers.sums);
  });
  emulateMma(b, op, threads, registers);
  emitThreads([&](Value thread) {
    for (Operation *user : op->getUsers()) {
      auto part = cast<LLVM::ExtractValueOp>(user);
      Value value = memref::LoadOp::create(
          b, registers.results,
          ValueRange{index(part.getPosition()[0]), thread});
      memref::StoreOp::create(b, value, slotFor(part), thread);
    }
  });
  return success();
}

/// The scalars of a struct that insertvalue fills.
static SmallVector<Value> partsOf(Value state, size_t count) {
  SmallVector<Value> parts(count);
  while (auto insert = state.getDefiningOp<LLVM::InsertValueOp>()) {
    Value &part = parts[insert.getPosition()[0]];
    part = part ? part : insert.getValue();
    state = insert.getContainer();
  }
  return parts;
}

/// Sums of a thread in the largest wgmma, of 256 columns.
static constexpr int64_t maxSums = 128;

/// As emitMma. The registers of sums stay those of the next instruction.
LogicalResult Emulator::emitWarpgroupMma(NVVM::WgmmaMmaAsyncOp op) {
  if (failed(checkWarpgroupMma(op)))
    return failure();
  if (threads % 128)
    return op.emitError("expected blocks of whole warpgroups, got ")
           << threads << " threads";
  int64_t count = op.getShape().getN() / 2;
  if (!groupRegisters.a) {
    auto bits = MemRefType::get(threads, b.getI64Type());
    groupRegisters.a = allocate(bits);
    groupRegisters.b = allocate(bits);
    groupRegisters.sums =
        allocate(MemRefType::get({maxSums, threads}, b.getF32Type()));
  }
  bool continues = op.getInouts().getDefiningOp<NVVM::WgmmaMmaAsyncOp>();
  SmallVector<Value> sums;
  if (!continues)
    sums = partsOf(op.getInouts(), count);
  if (llvm::is_contained(sums, Value()))
    return op.emitError("expected sums that insertvalue puts together");
  emitThreads([&](Value thread) {
    IRMapping local;
    auto put = [&](Value value, Value buffer, ValueRange place) {
      memref::StoreOp::create(b, valueOf(value, thread, local), buffer, place);
    };
    put(op.getDescriptorA(), groupRegisters.a, thread);
    put(op.getDescriptorB(), groupRegisters.b, thread);
    for (auto [i, sum] : llvm::enumerate(sums))
      put(sum, groupRegisters.sums, {index(i), thread});
  });
  emulateWarpgroupMma(b, op, threads, groupRegisters);
  emitThreads([&](Value thread) {
    for (Operation *user : op->getUsers())
      if (auto part = dyn_cast<LLVM::ExtractValueOp>(user)) {
        Value value = memref::LoadOp::create(
            b, groupRegisters.sums,
            ValueRange{index(part.getPosition()[0]), thread});
        memref::StoreOp::create(b, value, slotFor(part), thread);
      }
  });
  return success();
}

LogicalResult Emulator::emitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (isPartOfMma(op) || isAroundWarpgroupMma(op) || emitUniform(op))
      continue;
    if (!hasBarrier(&op)) {
      if (isa<gpu::GPUDialect>(op.getDialect()))
        return op.emitError("expected no op on a grid but ids and barriers");
      phase.push_back(&op);
      continue;
    }
    if (failed(emitPhase()))
      return failure();
    if (isa<gpu::BarrierOp>(op))
      continue;
    if (auto mma = dyn_cast<NVVM::MmaOp>(op)) {
      if (failed(emitMma(mma)))
        return failure();
      continue;
    }
    if (auto mma = dyn_cast<NVVM::WgmmaMmaAsyncOp>(op)) {
      if (failed(emitWarpgroupMma(mma)))
        return failure();
      continue;
    }
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      return op.emitError("expected barriers in the kernel's body or in loops");
    if (failed(emitLoop(loop)))
      return failure();
  }
  return emitPhase();
}

/// The buffers of the workgroup. Where descriptors address them, they are parts
/// of one.
void Emulator::placeShared() {
  bool areParts = hasWarpgroupMma(kernel);
  auto typeOf = [](BlockArgument buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    return MemRefType::get(type.getShape(), type.getElementType());
  };
  int64_t bytes = 0;
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    MemRefType type = typeOf(buffer);
    if (!areParts)
      uniform.map(buffer, Value(memref::AllocaOp::create(
                              b, type, b.getI64IntegerAttr(64))));
    addresses[buffer] = bytes;
    bytes += llvm::alignTo(
        type.getNumElements() * type.getElementTypeBitWidth() / 8, 1024);
  }
  if (!areParts)
    return;
  Value all = memref::AllocaOp::create(b, MemRefType::get(bytes, b.getI8Type()),
                                       b.getI64IntegerAttr(1024));
  auto view = [&](MemRefType type, int64_t at) -> Value {
    return memref::ViewOp::create(b, type, all, index(at), ValueRange());
  };
  for (BlockArgument buffer : kernel.getWorkgroupAttributions())
    uniform.map(buffer, view(typeOf(buffer), addresses[buffer]));
  groupRegisters.shared =
      view(MemRefType::get(bytes / 2, b.getIntegerType(16)), 0);
}

FailureOr<func::FuncOp> Emulator::run() {
  std::optional<ArrayRef<int32_t>> size = kernel.getKnownBlockSize();
  if (!size || (*size)[1] != 1 || (*size)[2] != 1)
    return kernel.emitError("expected a known block of one dimension");
  threads = (*size)[0];
  SmallVector<Type> types(kernel.getFunctionType().getInputs());
  unsigned numParameters = types.size();
  types.append({b.getIndexType(), b.getI1Type()});
  auto function =
      func::FuncOp::create(b, kernel.getName(), b.getFunctionType(types, {}));
  entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  block = entry->getArgument(numParameters);
  descending = entry->getArgument(numParameters + 1);
  for (unsigned i = 0; i < numParameters; ++i)
    uniform.map(kernel.getArgument(i), entry->getArgument(i));
  placeShared();
  auto end = func::ReturnOp::create(b);
  b.setInsertionPoint(end);
  if (failed(emitBlock(kernel.getBody().front())))
    return failure();
  return function;
}

namespace {
struct QnetEmulateKernels
    : qnet::impl::QnetEmulateKernelsBase<QnetEmulateKernels> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<gpu::GPUFuncOp> kernels;
    module.walk([&](gpu::GPUFuncOp op) { kernels.push_back(op); });
    for (auto function :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      function.erase();
    for (gpu::GPUFuncOp kernel : kernels) {
      expandForHost(kernel);
      ImplicitLocOpBuilder b(kernel.getLoc(), &getContext());
      b.setInsertionPointToEnd(module.getBody());
      if (failed(Emulator(b, kernel).run()))
        return signalPassFailure();
      ++numKernels;
    }
    for (auto kernelModule :
         llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
      kernelModule.erase();
  }
};
} // namespace
