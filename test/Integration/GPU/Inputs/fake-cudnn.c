/*===- fake-cudnn.c - cuDNN without a GPU ---------------------------------===*
 *
 * Stands in for libcudnn (QNET_CUDNN_LIBRARY): convolutions and gradients are
 * computed on the host, each element as one chain of fma over taps and
 * channels, or over samples and places. Of the algorithms it offers the first
 * does not repeat its bits; FAKE_CUDNN_CHOICES=1 offers that one alone.
 *
 *===----------------------------------------------------------------------===*/
#include "fake-library.h"

enum { BadParam = 2000, NotSupported = 3000 };
enum { RepeatsNot = 0, Repeats = 1, WorkspaceBytes = 1000 };

typedef struct Handle {
  void *stream;
} Handle;
typedef struct Shape {
  int n, c, h, w; /* A filter's n are its outputs. */
} Shape;
typedef struct Convolution {
  int padRows, padColumns, strideRows, strideColumns, math;
} Convolution;
typedef struct Choice {
  int algorithm;
  Result status;
  float time;
  size_t memory;
  int determinism, math;
  int reserved[3];
} Choice;

static int alive;

Result cudnnCreate(void **handle) {
  CALL_BEFORE_CAPTURE("cudnnCreate", NotSupported);
  *handle = calloc(1, sizeof(Handle));
  say("cudnn: create");
  return Ok;
}
Result cudnnDestroy(void *handle) {
  free(handle);
  say("cudnn: destroy, %d descriptors left", alive);
  return Ok;
}
Result cudnnSetStream(void *handle, void *stream) {
  CALL("cudnnSetStream");
  ((Handle *)handle)->stream = stream;
  return Ok;
}
const char *cudnnGetErrorString(Result result) {
  return result == NotSupported ? "CUDNN_STATUS_NOT_SUPPORTED"
                                : "CUDNN_STATUS_OF_THE_FAKE";
}

static Result create(const char *name, void **descriptor, size_t bytes) {
  CALL_BEFORE_CAPTURE(name, NotSupported);
  *descriptor = calloc(1, bytes);
  ++alive;
  return Ok;
}
static Result destroy(void *descriptor) {
  free(descriptor);
  --alive;
  return Ok;
}
static Result setShape(void *descriptor, int format, int type, int n, int c,
                       int h, int w) {
  if (format != 1 || type != 0 || n < 1 || c < 1 || h < 1 || w < 1)
    return BadParam;
  *(Shape *)descriptor = (Shape){n, c, h, w};
  return Ok;
}

Result cudnnCreateTensorDescriptor(void **tensor) {
  return create("cudnnCreateTensorDescriptor", tensor, sizeof(Shape));
}
Result cudnnSetTensor4dDescriptor(void *tensor, int format, int type, int n,
                                  int c, int h, int w) {
  return setShape(tensor, format, type, n, c, h, w);
}
Result cudnnDestroyTensorDescriptor(void *tensor) { return destroy(tensor); }
Result cudnnCreateFilterDescriptor(void **filter) {
  return create("cudnnCreateFilterDescriptor", filter, sizeof(Shape));
}
Result cudnnSetFilter4dDescriptor(void *filter, int type, int format, int k,
                                  int c, int h, int w) {
  return setShape(filter, format, type, k, c, h, w);
}
Result cudnnDestroyFilterDescriptor(void *filter) { return destroy(filter); }
Result cudnnCreateConvolutionDescriptor(void **convolution) {
  return create("cudnnCreateConvolutionDescriptor", convolution,
                sizeof(Convolution));
}
Result cudnnSetConvolution2dDescriptor(void *convolution, int padRows,
                                       int padColumns, int strideRows,
                                       int strideColumns, int dilationRows,
                                       int dilationColumns, int mode,
                                       int type) {
  if (dilationRows != 1 || dilationColumns != 1 || mode != 1 || type != 0)
    return NotSupported;
  *(Convolution *)convolution =
      (Convolution){padRows, padColumns, strideRows, strideColumns, -1};
  return Ok;
}
Result cudnnSetConvolutionMathType(void *convolution, int math) {
  if (math != 0 && math != 3)
    return BadParam;
  ((Convolution *)convolution)->math = math == 0 ? MathTf32 : MathF32;
  return Ok;
}
Result cudnnDestroyConvolutionDescriptor(void *convolution) {
  return destroy(convolution);
}

/* Whether the output is that of the convolution. */
static int fits(const Shape *x, const Shape *w, const Convolution *c,
                const Shape *y) {
  return x->c == w->c && x->n == y->n && w->n == y->c &&
         y->h == (x->h + 2 * c->padRows - w->h) / c->strideRows + 1 &&
         y->w == (x->w + 2 * c->padColumns - w->w) / c->strideColumns + 1;
}

static Result choose(const char *name, const Shape *x, const Shape *w,
                     const Convolution *c, const Shape *y, int wanted,
                     int *found, Choice *choices) {
  CALL_BEFORE_CAPTURE(name, NotSupported);
  if (!fits(x, w, c, y) || wanted < 3)
    return BadParam;
  say("cudnn: %s %dx%dx%dx%d by %d of %dx%d, pads %d %d, math %d", name, x->n,
      x->h, x->w, x->c, w->n, w->h, w->w, c->padRows, c->padColumns, c->math);
  const char *limit = getenv("FAKE_CUDNN_CHOICES");
  *found = limit ? atoi(limit) : 3;
  choices[0] = (Choice){.algorithm = 7, .determinism = RepeatsNot};
  choices[1] = (Choice){
      .algorithm = 5, .determinism = Repeats, .memory = (size_t)1 << 40};
  choices[2] = (Choice){
      .algorithm = 1, .determinism = Repeats, .memory = WorkspaceBytes};
  return Ok;
}

Result cudnnGetConvolutionForwardAlgorithm_v7(void *handle, void *x, void *w,
                                              void *c, void *y, int wanted,
                                              int *found, Choice *choices) {
  (void)handle;
  return choose("forward", x, w, c, y, wanted, found, choices);
}
Result cudnnGetConvolutionBackwardDataAlgorithm_v7(void *handle, void *w,
                                                   void *dy, void *c, void *dx,
                                                   int wanted, int *found,
                                                   Choice *choices) {
  (void)handle;
  return choose("input gradient", dx, w, c, dy, wanted, found, choices);
}
Result cudnnGetConvolutionBackwardFilterAlgorithm_v7(void *handle, void *x,
                                                     void *dy, void *c,
                                                     void *dw, int wanted,
                                                     int *found,
                                                     Choice *choices) {
  (void)handle;
  return choose("weight gradient", x, dw, c, dy, wanted, found, choices);
}

/* What a kernel's words say: x, w, y, the workspace, the shapes, and whether the
 * result is added. */
typedef struct Call {
  float *x, *w, *y;
  Shape xShape, wShape, yShape;
  Convolution convolution;
  int accumulate;
} Call;

static Shape shapeAt(void **words, int i) {
  return (Shape){number(words, i), number(words, i + 1), number(words, i + 2),
                 number(words, i + 3)};
}

static Call readCall(void **words) {
  return (Call){.x = buffer(words, 0),
                .w = buffer(words, 1),
                .y = buffer(words, 2),
                .xShape = shapeAt(words, 4),
                .wShape = shapeAt(words, 8),
                .yShape = shapeAt(words, 12),
                .convolution = {number(words, 16), number(words, 17),
                                number(words, 18), number(words, 19),
                                number(words, 20)},
                .accumulate = number(words, 21)};
}

/* The element of channels-last data. */
static float *at(float *data, const Shape *shape, int n, int h, int w, int c) {
  int isInside = h >= 0 && h < shape->h && w >= 0 && w < shape->w;
  return isInside
             ? &data[(((size_t)n * shape->h + h) * shape->w + w) * shape->c + c]
             : NULL;
}

static void forward(void **words, int64_t block, int descending) {
  (void)block, (void)descending;
  Call c = readCall(words);
  const Convolution *how = &c.convolution;
  for (int n = 0; n < c.yShape.n; ++n)
    for (int p = 0; p < c.yShape.h; ++p)
      for (int q = 0; q < c.yShape.w; ++q)
        for (int f = 0; f < c.yShape.c; ++f) {
          float *out = at(c.y, &c.yShape, n, p, q, f);
          float sum = c.accumulate ? *out : 0;
          for (int i = 0; i < c.wShape.h; ++i)
            for (int j = 0; j < c.wShape.w; ++j)
              for (int k = 0; k < c.xShape.c; ++k) {
                float *in = at(c.x, &c.xShape, n,
                               p * how->strideRows + i - how->padRows,
                               q * how->strideColumns + j - how->padColumns, k);
                if (in)
                  sum = add(sum, *in, *at(c.w, &c.wShape, f, i, j, k),
                            how->math);
              }
          *out = sum;
        }
}

/* The place of the output whose window has `place` at `tap`, or -1. */
static int placeOf(int place, int tap, int pad, int stride) {
  int first = place + pad - tap;
  return first < 0 || first % stride ? -1 : first / stride;
}

static void inputGradient(void **words, int64_t block, int descending) {
  (void)block, (void)descending;
  Call c = readCall(words);
  const Convolution *how = &c.convolution;
  for (int n = 0; n < c.xShape.n; ++n)
    for (int h = 0; h < c.xShape.h; ++h)
      for (int w = 0; w < c.xShape.w; ++w)
        for (int k = 0; k < c.xShape.c; ++k) {
          float *out = at(c.x, &c.xShape, n, h, w, k);
          float sum = c.accumulate ? *out : 0;
          for (int i = 0; i < c.wShape.h; ++i)
            for (int j = 0; j < c.wShape.w; ++j)
              for (int f = 0; f < c.yShape.c; ++f) {
                float *in =
                    at(c.y, &c.yShape, n,
                       placeOf(h, i, how->padRows, how->strideRows),
                       placeOf(w, j, how->padColumns, how->strideColumns), f);
                if (in)
                  sum = add(sum, *in, *at(c.w, &c.wShape, f, i, j, k),
                            how->math);
              }
          *out = sum;
        }
}

static void weightGradient(void **words, int64_t block, int descending) {
  (void)block, (void)descending;
  Call c = readCall(words);
  const Convolution *how = &c.convolution;
  for (int f = 0; f < c.wShape.n; ++f)
    for (int i = 0; i < c.wShape.h; ++i)
      for (int j = 0; j < c.wShape.w; ++j)
        for (int k = 0; k < c.wShape.c; ++k) {
          float *out = at(c.w, &c.wShape, f, i, j, k);
          float sum = c.accumulate ? *out : 0;
          for (int n = 0; n < c.yShape.n; ++n)
            for (int p = 0; p < c.yShape.h; ++p)
              for (int q = 0; q < c.yShape.w; ++q) {
                float *in = at(c.x, &c.xShape, n,
                               p * how->strideRows + i - how->padRows,
                               q * how->strideColumns + j - how->padColumns, k);
                if (in)
                  sum = add(sum, *at(c.y, &c.yShape, n, p, q, f), *in,
                            how->math);
              }
          *out = sum;
        }
}

/* x, w and y, whichever of them is the result. */
typedef struct Operand {
  const Shape *shape;
  const void *data;
} Operand;

static Result run(const char *name, Kernel kernel, const Handle *handle,
                  const void *alpha, Operand x, Operand w, Operand y,
                  const Convolution *c, int algorithm, void *workspace,
                  size_t workspaceBytes, const void *beta) {
  CALL(name);
  float one = *(const float *)alpha, old = *(const float *)beta;
  if (!handle->stream || algorithm != 1 || workspaceBytes < WorkspaceBytes ||
      one != 1 || (old != 0 && old != 1) || c->math < 0 ||
      !fits(x.shape, w.shape, c, y.shape))
    return BadParam;
  uint64_t words[22] = {(uint64_t)x.data, (uint64_t)w.data, (uint64_t)y.data,
                        (uint64_t)workspace};
  const Shape *shapes[] = {x.shape, w.shape, y.shape};
  for (int i = 0; i < 3; ++i) {
    words[4 + 4 * i] = shapes[i]->n;
    words[5 + 4 * i] = shapes[i]->c;
    words[6 + 4 * i] = shapes[i]->h;
    words[7 + 4 * i] = shapes[i]->w;
  }
  words[16] = c->padRows;
  words[17] = c->padColumns;
  words[18] = c->strideRows;
  words[19] = c->strideColumns;
  words[20] = c->math;
  words[21] = old == 1;
  return queue(handle->stream, kernel, words, 22, 4) ? BadParam : Ok;
}

Result cudnnConvolutionForward(void *handle, const void *alpha, void *x,
                               const void *xData, void *w, const void *wData,
                               void *c, int algorithm, void *workspace,
                               size_t workspaceBytes, const void *beta, void *y,
                               void *yData) {
  return run("cudnnConvolutionForward", forward, handle, alpha,
             (Operand){x, xData}, (Operand){w, wData}, (Operand){y, yData}, c,
             algorithm, workspace, workspaceBytes, beta);
}
Result cudnnConvolutionBackwardData(void *handle, const void *alpha, void *w,
                                    const void *wData, void *dy,
                                    const void *dyData, void *c, int algorithm,
                                    void *workspace, size_t workspaceBytes,
                                    const void *beta, void *dx, void *dxData) {
  return run("cudnnConvolutionBackwardData", inputGradient, handle, alpha,
             (Operand){dx, dxData}, (Operand){w, wData}, (Operand){dy, dyData},
             c, algorithm, workspace, workspaceBytes, beta);
}
Result cudnnConvolutionBackwardFilter(void *handle, const void *alpha, void *x,
                                      const void *xData, void *dy,
                                      const void *dyData, void *c,
                                      int algorithm, void *workspace,
                                      size_t workspaceBytes, const void *beta,
                                      void *dw, void *dwData) {
  return run("cudnnConvolutionBackwardFilter", weightGradient, handle, alpha,
             (Operand){x, xData}, (Operand){dw, dwData}, (Operand){dy, dyData},
             c, algorithm, workspace, workspaceBytes, beta);
}
