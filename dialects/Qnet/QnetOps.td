//===- QnetOps.td - Operations of the qnet dialect ---------*- tablegen -*-===//
//
// All operations, by family: models and training, layers, losses, quantization,
// memory, loops.
//
//===----------------------------------------------------------------------===//

#ifndef QNET_OPS
#define QNET_OPS

include "QnetModelOps.td"
include "QnetLayerOps.td"
include "QnetConvOps.td"
include "QnetShapeOps.td"
include "QnetLossOps.td"
include "QnetQuantOps.td"
include "QnetMemoryOps.td"
include "QnetLoopOps.td"

#endif // QNET_OPS
