//===- CudaDnn.cpp - convolutions by cuDNN --------------------------------===//
//
// See CudaDnn.h. Numbers are those of cuDNN 8 and 9.
//
//===----------------------------------------------------------------------===//
#include "CudaDnn.h"

using namespace qnet::rt;

/// CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, CUDNN_CROSS_CORRELATION.
static constexpr int typeF32 = 0, channelsLast = 1, crossCorrelation = 1;
/// CUDNN_DEFAULT_MATH, which multiplies f32 as tf32; CUDNN_FMA_MATH.
static constexpr int tf32Math = 0, f32Math = 3;
/// CUDNN_DETERMINISTIC.
static constexpr int deterministic = 1;
static constexpr int maxChoices = 16;
/// A workspace that is larger than this is not worth its algorithm.
static constexpr size_t maxWorkspace = size_t(1) << 30;

static std::string describeOperation(const qnet_gpu_operation &operation) {
  const char *const names[] = {"a convolution", "an input gradient",
                               "a weight gradient"};
  const int64_t *s = operation.sizes;
  return formatText("%s of %lldx%lldx%lldx%lld by %lld filters of %lldx%lld",
                    names[operation.kind - QNET_GPU_CONV], (long long)s[0],
                    (long long)s[1], (long long)s[2], (long long)s[3],
                    (long long)s[4], (long long)s[5], (long long)s[6]);
}

Status CudaDnn::check(Result result,
                      const qnet_gpu_operation &operation) const {
  if (!result)
    return Status::success();
  return failure("cuDNN cannot compute %s: %s (%d)",
                 describeOperation(operation).c_str(), getErrorString(result),
                 result);
}

Status CudaDnn::open() {
  if (Status status = library.open("cuDNN", "QNET_CUDNN_LIBRARY",
                                   {"libcudnn.so.9", "libcudnn.so.8"});
      status.failed())
    return status;
  return library.find(
      {{"cudnnCreate", &create},
       {"cudnnDestroy", &destroy},
       {"cudnnSetStream", &setStream},
       {"cudnnGetErrorString", &getErrorString},
       {"cudnnCreateTensorDescriptor", &createTensor},
       {"cudnnSetTensor4dDescriptor", &setTensor},
       {"cudnnDestroyTensorDescriptor", &destroyTensor},
       {"cudnnCreateFilterDescriptor", &createFilter},
       {"cudnnSetFilter4dDescriptor", &setFilter},
       {"cudnnDestroyFilterDescriptor", &destroyFilter},
       {"cudnnCreateConvolutionDescriptor", &createConvolution},
       {"cudnnSetConvolution2dDescriptor", &setConvolution},
       {"cudnnSetConvolutionMathType", &setMath},
       {"cudnnDestroyConvolutionDescriptor", &destroyConvolution},
       {"cudnnGetConvolutionForwardAlgorithm_v7", &chooseOf[0]},
       {"cudnnGetConvolutionBackwardDataAlgorithm_v7", &chooseOf[1]},
       {"cudnnGetConvolutionBackwardFilterAlgorithm_v7", &chooseOf[2]},
       {"cudnnConvolutionForward", &runOf[0]},
       {"cudnnConvolutionBackwardData", &runOf[1]},
       {"cudnnConvolutionBackwardFilter", &runOf[2]}});
}

Status CudaDnn::start(CudaHandle stream) {
  Result result = create(&handle);
  if (result)
    handle = nullptr;
  else
    result = setStream(handle, stream);
  if (!result)
    return Status::success();
  return failure("cuDNN cannot start: %s (%d)", getErrorString(result), result);
}

void CudaDnn::close() {
  if (handle)
    destroy(handle);
  handle = nullptr;
}

/// The shapes of input, weights and output, and how windows move.
Status CudaDnn::describe(const qnet_gpu_operation &operation,
                         CudaConvolution &prepared) {
  int s[13];
  for (int i = 0; i < 13; ++i)
    s[i] = int(operation.sizes[i]);
  Result result = createTensor(&prepared.input);
  auto then = [&](auto call) {
    if (!result)
      result = call();
  };
  then([&] { return createTensor(&prepared.output); });
  then([&] { return createFilter(&prepared.weights); });
  then([&] { return createConvolution(&prepared.convolution); });
  then([&] {
    return setTensor(prepared.input, channelsLast, typeF32, s[0], s[3], s[1],
                     s[2]);
  });
  then([&] {
    return setTensor(prepared.output, channelsLast, typeF32, s[0], s[4], s[11],
                     s[12]);
  });
  then([&] {
    return setFilter(prepared.weights, typeF32, channelsLast, s[4], s[3], s[5],
                     s[6]);
  });
  then([&] {
    return setConvolution(prepared.convolution, s[9], s[10], s[7], s[8], 1, 1,
                          crossCorrelation, typeF32);
  });
  then([&] {
    return setMath(prepared.convolution,
                   operation.math == QNET_GPU_MATH_F32 ? f32Math : tf32Math);
  });
  return check(result, operation);
}

/// The first and the second operand's description, and the result's.
static void order(int64_t kind, const CudaConvolution &c,
                  CudaHandle (&operands)[3]) {
  if (kind == QNET_GPU_CONV)
    operands[0] = c.input, operands[1] = c.weights, operands[2] = c.output;
  else if (kind == QNET_GPU_CONV_INPUT_GRAD)
    operands[0] = c.weights, operands[1] = c.output, operands[2] = c.input;
  else
    operands[0] = c.input, operands[1] = c.output, operands[2] = c.weights;
}

Status CudaDnn::choose(const qnet_gpu_operation &operation,
                       CudaConvolution &prepared) {
  CudaHandle operands[3];
  order(operation.kind, prepared, operands);
  Choice choices[maxChoices] = {};
  int found = 0;
  Result result = chooseOf[operation.kind - QNET_GPU_CONV](
      handle, operands[0], operands[1], prepared.convolution, operands[2],
      maxChoices, &found, choices);
  if (Status status = check(result, operation); status.failed())
    return status;
  for (int i = 0; i < found; ++i) {
    const Choice &choice = choices[i];
    if (choice.status || choice.determinism != deterministic ||
        choice.memory > maxWorkspace)
      continue;
    prepared.algorithm = choice.algorithm;
    prepared.workspaceBytes = int64_t(choice.memory);
    return Status::success();
  }
  return failure("cuDNN cannot compute %s: no algorithm gives the same bits "
                 "each time",
                 describeOperation(operation).c_str());
}

Status CudaDnn::prepare(const qnet_gpu_operation &operation,
                        CudaConvolution &prepared) {
  Status status = describe(operation, prepared);
  if (!status.failed())
    status = choose(operation, prepared);
  if (status.failed())
    release(prepared);
  return status;
}

void CudaDnn::release(CudaConvolution &prepared) {
  if (prepared.convolution)
    destroyConvolution(prepared.convolution);
  if (prepared.weights)
    destroyFilter(prepared.weights);
  for (CudaHandle tensor : {prepared.output, prepared.input})
    if (tensor)
      destroyTensor(tensor);
  prepared = CudaConvolution();
}

Status CudaDnn::run(const qnet_gpu_operation &operation,
                    const CudaConvolution &prepared, const CudaAddress *buffers,
                    CudaAddress workspace) {
  CudaHandle operands[3];
  order(operation.kind, prepared, operands);
  // Of gradients cuDNN takes the output's second.
  bool swaps = operation.kind != QNET_GPU_CONV;
  auto address = [&](int i) { return reinterpret_cast<void *>(buffers[i]); };
  float alpha = 1, beta = operation.accumulate ? 1 : 0;
  return check(runOf[operation.kind - QNET_GPU_CONV](
                   handle, &alpha, operands[0], address(swaps), operands[1],
                   address(!swaps), prepared.convolution, prepared.algorithm,
                   reinterpret_cast<void *>(workspace),
                   size_t(prepared.workspaceBytes), &beta, operands[2],
                   address(2)),
               operation);
}
