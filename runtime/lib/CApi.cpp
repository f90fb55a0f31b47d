//===- CApi.cpp - the C functions of qnet.h -------------------------------===//
//
// Thin wraps of Session: a failed Status becomes QNET_ERROR and its message is
// kept in the session.
//
//===----------------------------------------------------------------------===//
#include "Session.h"

#include <new>

using namespace qnet::rt;

static qnet_status keep(qnet_session *session, const Status &status) {
  session->error = status.message();
  return status.failed() ? QNET_ERROR : QNET_OK;
}

/// A session whose creation failed can only be asked for its error.
static bool usable(const qnet_session *session) {
  return session && session->created;
}

void qnet_parallel_for(qnet_context *context, int64_t count,
                       qnet_loop_body body, void *captures) {
  context->pool.run(count, body, captures);
}

void qnet_gpu_launch(qnet_context *context, uint32_t kernel, uint32_t blocks,
                     uint32_t threads, const uint64_t *words,
                     uint32_t num_buffers, uint32_t num_scalars) {
  context->device->step()->add(kernel, blocks, threads, words, num_buffers,
                               num_scalars);
}

int32_t qnet_gpu_compute(qnet_context *context, uint32_t operation,
                         const uint64_t *buffers, uint32_t num_buffers) {
  if (!context->device->takes(operation))
    return 0;
  context->device->step()->addOperation(operation, buffers, num_buffers);
  return 1;
}

void *qnet_context_user(qnet_context *context) { return context->user; }

qnet_status qnet_session_create(const qnet_program *program, unsigned threads,
                                qnet_session **session) {
  *session = new (std::nothrow) qnet_session;
  if (!*session)
    return QNET_ERROR;
  if (!program)
    return keep(*session, failure("expected a program, got null"));
  Status status = (*session)->session.create(*program, threads);
  (*session)->created = !status.failed();
  return keep(*session, status);
}

void qnet_session_destroy(qnet_session *session) { delete session; }

const char *qnet_session_error(const qnet_session *session) {
  return session ? session->error.c_str() : "out of memory";
}

qnet_status qnet_session_init(qnet_session *session, uint32_t seed) {
  if (!usable(session))
    return QNET_ERROR;
  if (Status status = session->session.checkTrains(); status.failed())
    return keep(session, status);
  return keep(session, session->session.init(seed));
}

static void report(const BatchResult &result, int64_t samples, float *loss,
                   int64_t *errors) {
  if (loss)
    *loss = samples ? float(result.lossSum / samples) : 0;
  if (errors)
    *errors = result.errors;
}

qnet_status qnet_session_train_step(qnet_session *session, const float *inputs,
                                    const void *labels, uint32_t epoch,
                                    float *loss, int64_t *errors) {
  if (!usable(session))
    return QNET_ERROR;
  BatchResult result;
  Status status = session->session.trainStep(inputs, labels, epoch, result);
  if (!status.failed())
    report(result, session->session.manifest().batch, loss, errors);
  // Sums over an epoch are the trainer's; they no longer hold.
  session->session.info.loop.reset();
  return keep(session, status);
}

qnet_status qnet_session_evaluate(qnet_session *session, const float *inputs,
                                  const void *labels, int64_t valid,
                                  float *loss, int64_t *errors) {
  if (!usable(session))
    return QNET_ERROR;
  BatchResult result;
  Status status = session->session.evaluate(inputs, labels, valid, result);
  if (!status.failed())
    report(result, valid, loss, errors);
  return keep(session, status);
}

qnet_status qnet_session_predict(qnet_session *session, const float *inputs,
                                 float *outputs) {
  if (!usable(session))
    return QNET_ERROR;
  return keep(session, session->session.predict(inputs, outputs));
}

qnet_status qnet_session_save(qnet_session *session, const char *path) {
  if (!usable(session))
    return QNET_ERROR;
  return keep(session, session->session.save(path));
}

qnet_status qnet_session_load(qnet_session *session, const char *path) {
  if (!usable(session))
    return QNET_ERROR;
  return keep(session, session->session.load(path));
}
