//===- RandomLayers.h - Layers of a random model ----------------*- C++ -*-===//
//
// Adds layers to a model; sizes, strides, pads, grids and initializers are
// drawn. A layer keeps an image or a vector small.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMLAYERS_H
#define QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMLAYERS_H

#include "Choices.h"
#include "mlir/IR/Builders.h"
#include "qnet/Dialect/Qnet/IR/QnetOps.h"

namespace qnet::test {

class RandomLayers {
public:
  RandomLayers(mlir::OpBuilder &b, Choices &choices) : b(b), choices(choices) {}

  /// Any layer that fits the value's rank, or two branches and their sum.
  mlir::Value anyLayer(mlir::Value value);
  /// [B, ...] to [B, outputs].
  mlir::Value head(mlir::Value value, int64_t outputs);
  /// [B, ...] to [B, sample...].
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> sample);

private:
  using Shape = llvm::SmallVector<int64_t>;
  /// Rows or columns that a window covers.
  struct Window {
    int64_t size, stride, before, after;
  };

  mlir::Value sameShapeLayer(mlir::Value value);
  mlir::Value imageLayer(mlir::Value value);
  mlir::Value vectorLayer(mlir::Value value);
  mlir::Value branches(mlir::Value value);

  mlir::Value gate(mlir::Value value);
  mlir::Value bias(mlir::Value value);
  mlir::Value batchNorm(mlir::Value value);
  mlir::Value dropout(mlir::Value value);
  mlir::Value sameSizeProduct(mlir::Value value);
  mlir::Value dense(mlir::Value value, int64_t outputs,
                    bool mayBeFrozen = true);
  mlir::Value conv(mlir::Value value);
  mlir::Value pool(mlir::Value value);
  mlir::Value pad(mlir::Value value);
  mlir::Value slice(mlir::Value value);
  mlir::Value flatten(mlir::Value value);

  Window window(int64_t length, int64_t largest);
  /// Weights of a product, maybe on a grid. One parameter of a model must be
  /// trained: those of the head are.
  mlir::Value weights(llvm::ArrayRef<int64_t> shape, bool mayBeFrozen = true);
  mlir::Value channelValues(int64_t channels, llvm::StringRef initializer);
  mlir::Value parameter(llvm::ArrayRef<int64_t> shape,
                        llvm::StringRef initializer, llvm::StringRef grid,
                        float rateScale, bool frozen);

  mlir::OpBuilder &b;
  Choices &choices;
  unsigned count = 0;
};

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RANDOMGRAPHS_RANDOMLAYERS_H
