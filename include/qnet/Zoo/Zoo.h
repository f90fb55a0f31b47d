//===- Zoo.h - Networks by name ---------------------------------*- C++ -*-===//
//
// Builds the training graph of a named network: a qnet.model and the
// qnet.training of it, verified. Settings that are left empty are the network's
// own.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_ZOO_ZOO_H
#define QNET_ZOO_ZOO_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qnet {

class LayerBuilder;

/// Which weights of dense layers and convolutions are on the grid.
enum class GridPolicy {
  All,   ///< every layer's
  Paper, ///< all but the first and the last layer's, as in its experiments
  None,
};

/// The `rate_scale` of parameters with a grid.
enum class RateScale {
  None,   ///< 1
  Glorot, ///< BinaryConnect's 1/sqrt(1.5/(fan in + fan out))
};

/// How to build a network. Attributes are written as in IR
/// (`#qnet.binary<1.0>`), or short: `sr` stands for `#qnet.sr` and `binary:1.0`
/// for `#qnet.binary<1.0>`.
struct ZooSettings {
  std::string rule, optimizer, schedule, grid, loss;
  std::optional<GridPolicy> policy;
  RateScale rateScale = RateScale::None;
  /// Chains of dense layers only. Inputs, hidden units, outputs; empty: the
  /// network's own.
  std::vector<int64_t> sizes;
  /// Networks on images only. The number of outputs, and what the numbers of
  /// filters and of hidden units are multiplied by (rounded, at least 1).
  std::optional<int64_t> classes;
  std::optional<double> width;
  int64_t batch = 0; ///< 0: the network's own
  std::optional<int64_t> microBatch;
  int64_t seed = 1;
};

/// One network of the zoo. Either `sizes` or `image` and `classes` are set.
struct ZooNetwork {
  llvm::StringRef name, summary;
  std::vector<int64_t> sizes;
  std::vector<int64_t> image; ///< rows, columns, channels; or their product
  int64_t classes;
  int64_t batch;
  llvm::StringRef loss, optimizer, schedule;
  GridPolicy policy;
  /// Builds the layers from the inputs to the outputs.
  mlir::Value (*build)(LayerBuilder &layers, mlir::Value inputs);

  bool isOnImages() const { return sizes.empty(); }
};

/// All networks, in the order in which they are shown.
llvm::ArrayRef<ZooNetwork> zooNetworks();

/// Builds the network `name` in `context`, which must have the dialects of qnet
/// loaded. Locations carry the names that the printed IR should show. Fails
/// with one line for an unknown name or a setting that is out of range.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildZooNetwork(mlir::MLIRContext &context, llvm::StringRef name,
                const ZooSettings &settings);

} // namespace qnet

#endif // QNET_ZOO_ZOO_H
