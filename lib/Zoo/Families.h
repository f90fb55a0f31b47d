//===- Families.h - The families of networks --------------------*- C++ -*-===//
//
// Each family is one source file with the networks it offers.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_LIB_ZOO_FAMILIES_H
#define QNET_LIB_ZOO_FAMILIES_H

#include "qnet/Zoo/Zoo.h"

namespace qnet {

std::vector<ZooNetwork> denseNetworks();
std::vector<ZooNetwork> lenetNetworks();
std::vector<ZooNetwork> vggNetworks();
std::vector<ZooNetwork> resnetNetworks();
std::vector<ZooNetwork> toyNetworks();

/// A network on images. Until changed: CIFAR's images, the paper's policy, ADAM
/// from 0.01, divided by 10 twice, in batches of 128.
ZooNetwork imageNetwork(llvm::StringRef name, llvm::StringRef summary,
                        mlir::Value (*build)(LayerBuilder &, mlir::Value));

} // namespace qnet

#endif // QNET_LIB_ZOO_FAMILIES_H
