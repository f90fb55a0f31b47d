//===- Settings.h - Settings of a network as attributes ---------*- C++ -*-===//
//
// From the text of ZooSettings to checked attributes and sizes.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_ZOO_SETTINGS_H
#define QNET_LIB_ZOO_SETTINGS_H

#include "qnet/Dialect/Qnet/IR/QnetAttrs.h"
#include "qnet/Zoo/Zoo.h"

namespace qnet {

/// The settings of one network, checked.
struct ResolvedSettings {
  RuleAttrInterface rule;
  OptimizerAttrInterface optimizer;
  ScheduleAttrInterface schedule;
  LossAttrInterface loss;
  GridAttrInterface grid;
  GridPolicy policy;
  RateScale rateScale;
  std::vector<int64_t> sizes; ///< empty for networks on images
  int64_t classes;
  double width;
  int64_t batch;
  std::optional<int64_t> microBatch;
  uint32_t seed;
};

llvm::Expected<ResolvedSettings> resolveSettings(mlir::MLIRContext &context,
                                                 const ZooNetwork &network,
                                                 const ZooSettings &settings);

} // namespace qnet

#endif // QNET_LIB_ZOO_SETTINGS_H
