//===- LayerBuilder.h - Layers with named parameters ------------*- C++ -*-===//
//
// What the networks are made of. Each op's location names its result; a layer
// called `conv1` has the parameter `conv1.weight`. The builder decides by the
// policy which weights have a grid: it takes the first weights it is asked for
// as those of the first layer.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_ZOO_LAYERBUILDER_H
#define QNET_LIB_ZOO_LAYERBUILDER_H

#include "Settings.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/Twine.h"

namespace qnet {

class LayerBuilder {
public:
  LayerBuilder(mlir::OpBuilder &b, const ResolvedSettings &settings)
      : settings(settings), b(b) {}

  /// Whether a layer is the one before the loss.
  enum class Place { Inner, Last };

  /// x W^T.
  mlir::Value dense(mlir::Value input, int64_t outputs,
                    const llvm::Twine &layer, Place place = Place::Inner);
  /// Square kernels, as many outputs as inputs over the stride, rounded up.
  mlir::Value conv(mlir::Value input, int64_t filters, int64_t kernel,
                   int64_t stride, const llvm::Twine &layer);
  /// Square kernels, no padding, stride 1.
  mlir::Value convInside(mlir::Value input, int64_t filters, int64_t kernel,
                         const llvm::Twine &layer);
  mlir::Value bias(mlir::Value input, const llvm::Twine &layer);
  /// x W^T with weights that all start at `start`.
  mlir::Value dense(mlir::Value input, int64_t outputs,
                    const llvm::Twine &layer, float start);
  /// A constant of the model: all values in order, or one for all.
  mlir::Value frozen(const llvm::Twine &name, llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<float> values);
  /// Given kernels and bias (or none), no padding, stride 1.
  mlir::Value conv(mlir::Value input, mlir::Value kernels, mlir::Value bias,
                   const llvm::Twine &layer);
  mlir::Value dropout(mlir::Value input, float probability,
                      const llvm::Twine &layer);
  mlir::Value batchNorm(mlir::Value input, const llvm::Twine &layer);
  mlir::Value relu(mlir::Value input, const llvm::Twine &layer);
  mlir::Value batchNormRelu(mlir::Value input, const llvm::Twine &prefix,
                            const llvm::Twine &number);
  /// Padded as `conv`.
  mlir::Value maxPool(mlir::Value input, int64_t window, int64_t stride,
                      const llvm::Twine &layer);
  mlir::Value globalAvgPool(mlir::Value input, const llvm::Twine &layer);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs, const llvm::Twine &layer);
  /// [B, ...] to [B, sample...].
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<int64_t> sample,
                      const llvm::Twine &layer);
  /// [B, ...] to [B, product].
  mlir::Value flatten(mlir::Value input);
  /// Every stride-th row and column, and zeros around the channels.
  mlir::Value subsample(mlir::Value input, int64_t channels, int64_t stride,
                        const llvm::Twine &layer);
  /// The last layer of a network on images. f32 weights get a bias. Weights on
  /// a grid get a batch normalization: a sum of hundreds of -D and +D is far
  /// too large for a softmax.
  mlir::Value classifier(mlir::Value input, const llvm::Twine &number);

  /// `count` filters or hidden units, multiplied by the width.
  int64_t widened(int64_t count) const;

  const ResolvedSettings &settings;

private:
  mlir::Location named(const llvm::Twine &name);
  bool hasGrid(Place place) const;
  mlir::Value weights(llvm::ArrayRef<int64_t> shape, const llvm::Twine &layer,
                      Place place);
  mlir::Value constant(const llvm::Twine &name, int64_t size, float value);

  mlir::OpBuilder &b;
  bool isFirst = true;
};

} // namespace qnet

#endif // QNET_LIB_ZOO_LAYERBUILDER_H
