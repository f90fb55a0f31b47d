//===- BufferUses.h - Who reads and writes a buffer, and when ---*- C++ -*-===//
//
// The accesses of the ops of one block to each buffer, in their order. A buffer
// is what an allocation, an argument, or a constant view of an argument gives;
// reshapes and slices of it are the buffer. An epilogue (Epilogues.h) has the
// position of its product: both use their buffers at once.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_CODEGEN_COMMON_BUFFERUSES_H
#define QNET_LIB_CODEGEN_COMMON_BUFFERUSES_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"

namespace qnet {

/// An op of the block that accesses a buffer, by itself or by an op inside.
struct BufferAccess {
  mlir::Operation *op;
  unsigned position;
  bool reads = false, writes = false;
};

class BufferUses {
public:
  explicit BufferUses(mlir::Block &block);

  /// The buffer that `value` is a view of.
  mlir::Value getBuffer(mlir::Value value) const;
  /// The accesses to a buffer, in order.
  llvm::ArrayRef<BufferAccess> getAccesses(mlir::Value buffer) const;
  unsigned getPosition(mlir::Operation *op) const {
    return positions.lookup(op);
  }
  /// Whether an op between two positions, both excluded, writes (or, with
  /// `orRead`, accesses) the buffer.
  bool isTouched(mlir::Value buffer, unsigned after, unsigned before,
                 bool orRead = false) const;
  /// The allocations of the block, in order.
  llvm::ArrayRef<mlir::memref::AllocOp> getAllocations() const {
    return allocations;
  }
  unsigned getLength() const { return positions.size(); }

  /// Bytes of the allocations that are live where most are, and where.
  std::pair<int64_t, unsigned> getPeak() const;

private:
  void collectViews(mlir::Block &block);
  void collectAccesses(mlir::Operation &op);

  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<BufferAccess>> accesses;
  llvm::SmallVector<mlir::memref::AllocOp> allocations;
  /// Views of arguments that stand for buffers of their own.
  llvm::DenseMap<mlir::Value, mlir::Value> parts;
};

/// The blocks whose ops run one after the other: the function's own and those
/// of the loops in it.
llvm::SmallVector<mlir::Block *>
collectSequentialBlocks(mlir::FunctionOpInterface function);

/// Erases a buffer, or a view, that is only viewed.
void eraseUnused(mlir::Operation *op);

/// The most bytes that are live at once in the block of a function of `module`:
/// the arena is as large as the function with most needs.
int64_t getLargestPeak(mlir::ModuleOp module);

/// The bytes of a buffer of static shape; elements take whole bytes,
/// codes their bits in words.
int64_t getByteSize(mlir::MemRefType type);

/// The buffers that `op` and the ops inside of it use, each once, in order.
llvm::SmallVector<mlir::Value> getUsedMemrefs(mlir::Operation *op);

} // namespace qnet

#endif // QNET_LIB_CODEGEN_COMMON_BUFFERUSES_H
