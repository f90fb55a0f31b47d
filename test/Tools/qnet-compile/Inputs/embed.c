/* An application around the program `tiny`: trains it, saves, loads the file in
 * another session on another number of threads, and expects the same
 * predictions. Its batch is separable, so that the loss must fall. */
#include "tiny.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                       \
  if (!(condition)) {                                                          \
    fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition,                 \
            qnet_session_error(session));                                      \
    return 1;                                                                  \
  }

static float inputs[TINY_BATCH * TINY_INPUTS];
static int32_t labels[TINY_BATCH * TINY_LABELS];
static float before[TINY_BATCH * TINY_OUTPUTS];
static float after[TINY_BATCH * TINY_OUTPUTS];

static void fill(void) {
  for (int b = 0; b < TINY_BATCH; ++b) {
    labels[b] = b % TINY_OUTPUTS;
    for (int i = 0; i < TINY_INPUTS; ++i)
      inputs[b * TINY_INPUTS + i] = i % TINY_OUTPUTS == labels[b] ? 1.0f : -0.5f;
  }
}

int main(void) {
  qnet_session *session = NULL;
  float loss = 0, first = 0;
  int64_t errors = -1;
  fill();
  CHECK(tiny_create(2, &session) == QNET_OK);
  CHECK(tiny_init(session, 7) == QNET_OK);
  CHECK(tiny_train_step(session, inputs, labels, 0, &first, &errors) == QNET_OK);
  for (int step = 1; step < 50; ++step)
    CHECK(tiny_train_step(session, inputs, labels, 0, &loss, NULL) == QNET_OK);
  CHECK(loss < first);
  CHECK(tiny_evaluate(session, inputs, labels, 5, &loss, &errors) == QNET_OK);
  CHECK(loss < first && errors == 0);
  CHECK(tiny_predict(session, inputs, before) == QNET_OK);
  CHECK(tiny_save(session, "tiny.safetensors") == QNET_OK);
  CHECK(tiny_save(session, "no/such/folder") == QNET_ERROR);
  CHECK(strstr(qnet_session_error(session), "no/such/folder") != NULL);
  tiny_destroy(session);

  CHECK(tiny_create(1, &session) == QNET_OK);
  CHECK(tiny_load(session, "missing.safetensors") == QNET_ERROR);
  CHECK(strstr(qnet_session_error(session), "missing.safetensors") != NULL);
  CHECK(tiny_load(session, "tiny.safetensors") == QNET_OK);
  CHECK(tiny_predict(session, inputs, after) == QNET_OK);
  CHECK(memcmp(before, after, sizeof before) == 0);
  tiny_destroy(session);
  puts("same predictions");
  return 0;
}
