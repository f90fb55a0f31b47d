/*===- qnet.h - C ABI of compiled qnet programs ---------------------*- C -*-===
 *
 * What a program compiled by qnet-compile and its host say to each other.
 * Two layers:
 *   - qnet_program and qnet_parallel_for: between compiled code and the
 * runtime;
 *   - qnet_session_*: what an application calls. Nothing here prints, exits or
 *     keeps global state. Every function that can fail returns a qnet_status
 *     and leaves a one-line, lower-case reason in qnet_session_error.
 *
 *===----------------------------------------------------------------------===*/
#ifndef QNET_RUNTIME_QNET_H
#define QNET_RUNTIME_QNET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QNET_ABI_VERSION 6u

/* Execution context of one session: its thread pool and its program. Opaque to
 * compiled code, which only hands it on to qnet_parallel_for. */
typedef struct qnet_context qnet_context;

/* Body of a parallel loop: runs the iterations [begin, end). */
typedef void (*qnet_loop_body)(void *captures, int64_t begin, int64_t end);

/* Runs `body` over [0, count), split into one contiguous range per thread
 * (static partition); returns when all of it has run. Never allocates. */
void qnet_parallel_for(qnet_context *context, int64_t count,
                       qnet_loop_body body, void *captures);

/* Adds a launch to what the session queues when the function of the program that
 * calls this returns: `blocks` blocks of `threads` threads. `words` are the
 * kernel's buffers, then its scalars, each in the low bytes of a word. The kernel
 * gets the buffers and, if it has scalars, the address of theirs on the device.
 * An error is kept, and reported by the session. */
void qnet_gpu_launch(qnet_context *context, uint32_t kernel, uint32_t blocks,
                     uint32_t threads, const uint64_t *words,
                     uint32_t num_buffers, uint32_t num_scalars);

/* Adds a call of operation `operation` of the program to what the session
 * queues, in the order of launches: `buffers` are the addresses of its factors
 * and of its output. Returns 0, and adds nothing, where no library takes the
 * operation: the caller launches kernels in its place. The answer is the same
 * each time. */
int32_t qnet_gpu_compute(qnet_context *context, uint32_t operation,
                         const uint64_t *buffers, uint32_t num_buffers);

/* The user pointer of the context's program (used by interpreting hosts). */
void *qnet_context_user(qnet_context *context);

/* What NVIDIA's libraries compute, where they do. */
#define QNET_GPU_PRODUCT 0           /* left, right, out; cuBLAS */
#define QNET_GPU_CONV 1              /* input, weights, out; cuDNN */
#define QNET_GPU_CONV_INPUT_GRAD 2   /* gradient, weights, out */
#define QNET_GPU_CONV_WEIGHT_GRAD 3  /* gradient, input, out */
#define QNET_GPU_MATH_F32 0
#define QNET_GPU_MATH_TF32 1
#define QNET_GPU_MATH_BF16 2
/* Sizes of a product: rows and columns of the output, terms, whether the left and
 * whether the right factor is stored transposed. Of a convolution, whatever is
 * computed of it: samples, rows, columns and channels of the input; filters, rows
 * and columns of their windows; strides of rows and columns; zeros before and
 * after the rows, and the columns; rows and columns of the output. All buffers
 * are f32 in row-major order, images (n, h, w, c), weights (f, h, w, c). */
typedef struct qnet_gpu_operation {
  int64_t kind, math;
  int64_t accumulate; /* the result is added to the output */
  int64_t required;   /* no kernels stand in for it */
  int64_t sizes[13];
} qnet_gpu_operation;

/* The kernels of a program for a GPU: PTX for compute capability chip / 10,
 * and the kernels' names by number. Of a program that trains also the functions
 * that gather the inputs of a batch from samples in the GPU's memory; null
 * otherwise. And the operations that NVIDIA's libraries are to compute. */
#define QNET_GPU_CHIP_ALONE 0x80000000u /* in chip: no newer device will do */
typedef struct qnet_gpu_program {
  const char *ptx;
  const char *const *kernels;
  uint32_t num_kernels;
  uint32_t chip;
  /* data: samples one after the other, fewer than 2^31 elements; places:
   * i32[B*4], for each row its sample, or -1 for a row of zeros, and of images
   * the row and column, from the sample's, where a crop starts, and whether it is
   * mirrored; table: f32[channels*256], the float of each byte by its element's
   * number modulo `channels`; inputs: f32[B*S]. */
  void (*gather_bytes)(qnet_context *, const uint8_t *data,
                       const int32_t *places, const float *table,
                       uint32_t channels, float *inputs);
  void (*gather_floats)(qnet_context *, const float *data,
                        const int32_t *places, float *inputs);
  const qnet_gpu_operation *operations;
  uint32_t num_operations;
} qnet_gpu_program;

/* A compiled training graph, or inference graph (a predictor). `manifest` is a JSON text that describes the
 * state, the parameters and the shapes (docs/manifest.md). All buffers are
 * aligned to 64 bytes; B is the batch size of the graph, S the elements of one
 * sample. */
typedef struct qnet_program {
  uint32_t abi_version;
  uint32_t reserved;
  const char *manifest;
  void *user;
  /* Writes the initial state (state_bytes) for `seed`. */
  void (*init)(qnet_context *, uint8_t *state, uint8_t *arena, uint32_t seed);
  /* One training step on one batch. inputs: f32[B*S]; labels: i32[B] class
   * indices or f32[B*targets]; losses: f32[B], the loss of each sample before
   * the step; predictions: i32[B] (predicted classes; untouched for
   * regression); flags: i32[number of parameters], set non-zero where an update
   * was NaN and hence not applied. The caller zeroes flags. */
  void (*train_step)(qnet_context *, uint8_t *state, uint8_t *arena,
                     const float *inputs, const void *labels, uint32_t seed,
                     uint32_t step, uint32_t epoch, float *losses,
                     int32_t *predictions, int32_t *flags);
  /* Losses and predictions in inference mode. The caller pads a partial batch
   * and ignores the padded rows. */
  void (*evaluate)(qnet_context *, const uint8_t *state, uint8_t *arena,
                   const float *inputs, const void *labels, float *losses,
                   int32_t *predictions);
  /* outputs: f32[B*outputs], the model's result in inference mode. */
  void (*predict)(qnet_context *, const uint8_t *state, uint8_t *arena,
                  const float *inputs, float *outputs);
  /* Packed codes of every parameter that has a grid, as the deterministic
   * rounding gives them (codes_bytes), laid out as the manifest's "codes" says.
   * Null when no parameter has a grid. */
  void (*codes)(qnet_context *, const uint8_t *state, uint8_t *arena,
                uint8_t *codes);
  /* Statistics of the layers for this batch alone, at the weights that
   * inference uses: the tensors of role "statistic" in a block laid out as the
   * state (state_bytes), of which nothing else is written. Null when no layer
   * has statistics. */
  void (*statistics)(qnet_context *, const uint8_t *state, uint8_t *arena,
                     const float *inputs, uint8_t *statistics);
  /* The constants of the inference graph that the manifest's "inference"
   * describes (constants_bytes). Null where it describes none. */
  void (*fold)(qnet_context *, const uint8_t *state, uint8_t *arena,
               uint8_t *constants);
  /* The state of a predictor (state_bytes), which has neither init nor
   * train_step; null for a program that trains. */
  const uint8_t *constants;
  /* The kernels that the functions above launch; null for a program that runs on
   * the CPU. With kernels, all buffers above are in the GPU's memory, and the
   * functions return when their work is queued. */
  const qnet_gpu_program *gpu;
} qnet_program;

/* ---- For applications ------------------------------------------------- */

typedef enum qnet_status { QNET_OK = 0, QNET_ERROR = 1 } qnet_status;
typedef struct qnet_session qnet_session;

/* Creates a session with `threads` threads (0: one per available processor) and
 * zeroed state. On failure *session is still set (to read the error from)
 * unless memory ran out, when it is null; destroy it in either case. */
qnet_status qnet_session_create(const qnet_program *program, unsigned threads,
                                qnet_session **session);
void qnet_session_destroy(qnet_session *session);
/* The reason of the last failure; "" when there was none. */
const char *qnet_session_error(const qnet_session *session);

/* Initializes the state for `seed` and sets the step to 0. */
qnet_status qnet_session_init(qnet_session *session, uint32_t seed);
/* One training step at the session's step counter, which it advances. `loss`
 * receives the mean loss of the batch, `errors` the wrong predictions; either
 * may be null. */
qnet_status qnet_session_train_step(qnet_session *session, const float *inputs,
                                    const void *labels, uint32_t epoch,
                                    float *loss, int64_t *errors);
/* Inference on the first `valid` samples of one batch: their mean loss and the
 * wrong predictions among them. */
qnet_status qnet_session_evaluate(qnet_session *session, const float *inputs,
                                  const void *labels, int64_t valid,
                                  float *loss, int64_t *errors);
qnet_status qnet_session_predict(qnet_session *session, const float *inputs,
                                 float *outputs);
/* Saves to / loads from a safetensors checkpoint. Saving replaces the file
 * atomically. A file that is refused changes nothing; one that cannot be read to
 * its end leaves a state of no use. */
qnet_status qnet_session_save(qnet_session *session, const char *path);
qnet_status qnet_session_load(qnet_session *session, const char *path);

/* The command line of a trainer: `trainer train|eval|predict|info ...`. Returns
 * the exit code. The only function of this header that prints. */
int qnet_trainer_main(int argc, char **argv, const qnet_program *program);

#ifdef __cplusplus
}
#endif
#endif /* QNET_RUNTIME_QNET_H */
