//===- CudaOperations.cpp - what NVIDIA's libraries compute ---------------===//
//
// See CudaOperations.h. A library is opened only if an operation needs it.
//
//===----------------------------------------------------------------------===//
#include "CudaOperations.h"
#include "CudaDevice.h"

#include <algorithm>

using namespace qnet::rt;

static bool isProduct(const qnet_gpu_operation &operation) {
  return operation.kind == QNET_GPU_PRODUCT;
}

CudaOperations::~CudaOperations() {
  for (Prepared &one : prepared)
    dnn.release(one.convolution);
  dnn.close();
  blas.close();
  if (device)
    device->release(workspace);
}

/// No library takes the operations of a kind, or the one at hand: that is an
/// error where one of them is required.
Status CudaOperations::refuse(bool ofProducts, const Status &reason) {
  for (size_t i = 0; i < prepared.size(); ++i)
    if (isProduct(operations[i]) == ofProducts && operations[i].required)
      return reason;
  if (refusal.empty())
    refusal = reason.message();
  return Status::success();
}

Status CudaOperations::prepareConvolutions() {
  bool isWanted = std::any_of(operations, operations + prepared.size(),
                              [](const auto &one) { return !isProduct(one); });
  if (!isWanted)
    return Status::success();
  Status status = dnn.open();
  if (!status.failed())
    status = dnn.start(device->queue());
  if (status.failed())
    return refuse(false, status);
  for (size_t i = 0; i < prepared.size(); ++i) {
    if (isProduct(operations[i]))
      continue;
    CudaConvolution &convolution = prepared[i].convolution;
    status = dnn.prepare(operations[i], convolution);
    prepared[i].isTaken = !status.failed();
    workspaceBytes = std::max(workspaceBytes, convolution.workspaceBytes);
    if (status.failed())
      if (Status refused = refuse(false, status); refused.failed())
        return refused;
  }
  return Status::success();
}

Status CudaOperations::prepareProducts() {
  bool isWanted =
      std::any_of(operations, operations + prepared.size(), isProduct);
  Status status = isWanted ? blas.open() : Status::success();
  bool isThere = isWanted && !status.failed();
  if (isThere)
    workspaceBytes = std::max(workspaceBytes, CudaBlas::workspaceBytes);
  if (workspaceBytes)
    if (Status reserved =
            device->allocate(workspaceBytes, "libraries", workspace);
        reserved.failed())
      return reserved;
  if (isThere)
    status = blas.start(device->queue(), workspace);
  if (status.failed())
    return refuse(true, status);
  for (size_t i = 0; i < prepared.size(); ++i)
    if (isProduct(operations[i]))
      prepared[i].isTaken = true;
  return Status::success();
}

void CudaOperations::describeTaken() {
  int byBlas = 0, byDnn = 0, byKernels = 0;
  for (size_t i = 0; i < prepared.size(); ++i)
    ++(!prepared[i].isTaken         ? byKernels
       : isProduct(operations[i]) ? byBlas
                                    : byDnn);
  description = formatText("of %zu operations cuBLAS computes %d, cuDNN %d",
                           prepared.size(), byBlas, byDnn);
  if (byKernels)
    description += ": " + refusal;
}

Status CudaOperations::create(CudaDevice &on, const qnet_gpu_program &program) {
  if (!program.num_operations)
    return Status::success();
  device = &on;
  operations = program.operations;
  prepared.resize(program.num_operations);
  for (auto stage :
       {&CudaOperations::prepareConvolutions, &CudaOperations::prepareProducts})
    if (Status status = (this->*stage)(); status.failed())
      return status;
  describeTaken();
  return Status::success();
}

Status CudaOperations::run(uint32_t operation, const CudaAddress *buffers) {
  const qnet_gpu_operation &wanted = operations[operation];
  if (isProduct(wanted))
    return blas.multiply(wanted, buffers);
  return dnn.run(wanted, prepared[operation].convolution, buffers, workspace);
}
