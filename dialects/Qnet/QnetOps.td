//===- QnetOps.td - Operations of the qnet dialect ---------*- tablegen -*-===//
//
// All operations, by family: models and training, layers, losses, quantization,
// memory, loops, library calls, inference graphs.
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
include "QnetLibraryOps.td"
include "QnetInferenceOps.td"

#endif // QNET_OPS
