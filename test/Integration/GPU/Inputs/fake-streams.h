/*===- fake-streams.h - Work that a fake driver does late -----------------===*
 *
 * Streams, events and graphs of fake-cuda.c. What is queued runs when something
 * waits for it, in no order but the one that streams and events ask for; so a
 * result that is read too early, a buffer that is filled again too early, or a
 * wait that is missing, changes what comes out. FAKE_CUDA_EARLY=N lets the N-th
 * stream (1) run at once, as far as the events that it waits for have passed:
 * the other end of what a device may do.
 *
 *===----------------------------------------------------------------------===*/
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { maxParameters = 64, maxStreams = 8 };

typedef struct Event {
  struct Stream *stream;
  int marked, passed; /* How often it was recorded, and by how much it ran. */
} Event;

typedef struct Work {
  enum { CopyWork, FillWork, LaunchWork, RecordWork, WaitWork } kind;
  void *to;
  const void *from; /* `staged`, or memory that is read when the work runs */
  size_t bytes;
  unsigned char value;
  void *staged;
  void (*kernel)(void **parameters, int64_t block, int descending);
  unsigned blocks;
  uint64_t parameters[maxParameters];
  Event *event;
  int mark;
  struct Work *next;
} Work;

typedef struct Queue {
  Work *first, **last;
  int size;
} Queue;

typedef struct Stream {
  Queue queue, captured;
  int number, isUsed, capturing;
} Stream;

static Stream allStreams[maxStreams];

static void append(Queue *queue, const Work *work) {
  Work *copy = malloc(sizeof(Work));
  *copy = *work;
  copy->next = NULL;
  if (!queue->first)
    queue->last = &queue->first;
  *queue->last = copy;
  queue->last = &copy->next;
  ++queue->size;
}

static void launch(const Work *work) {
  const char *order = getenv("FAKE_CUDA_ORDER");
  int descending = order && !strcmp(order, "descending");
  void *parameters[maxParameters];
  for (int i = 0; i < maxParameters; ++i)
    parameters[i] = (void *)&work->parameters[i];
  for (unsigned i = 0; work->kernel && i < work->blocks; ++i)
    work->kernel(parameters, descending ? work->blocks - 1 - i : i, descending);
}

static void runUntil(Stream *stream, const Event *event, int mark);

/* Runs the stream's first piece of work. One that waits for an event that has
 * not passed makes it pass, or, unless `force`, stays. */
static int runFirst(Stream *stream, int force) {
  Work *work = stream->queue.first;
  if (!work)
    return 0;
  if (work->kind == WaitWork && work->event->passed < work->mark) {
    if (!force)
      return 0;
    runUntil(work->event->stream, work->event, work->mark);
  }
  stream->queue.first = work->next;
  --stream->queue.size;
  if (work->kind == CopyWork)
    memcpy(work->to, work->staged ? work->staged : work->from, work->bytes);
  else if (work->kind == FillWork)
    memset(work->to, work->value, work->bytes);
  else if (work->kind == LaunchWork)
    launch(work);
  else if (work->kind == RecordWork)
    work->event->passed = work->mark;
  free(work->staged);
  free(work);
  return 1;
}

static void runUntil(Stream *stream, const Event *event, int mark) {
  while (event->passed < mark && runFirst(stream, 1)) {
  }
}

static void runAll(Stream *stream) {
  while (runFirst(stream, 1)) {
  }
}

static int hasWork(void) {
  for (int i = 0; i < maxStreams; ++i)
    if (allStreams[i].queue.first)
      return 1;
  return 0;
}

static void runAllStreams(void) {
  for (int i = 0; i < maxStreams; ++i)
    runAll(&allStreams[i]);
}

static void queueWork(Stream *stream, const Work *work) {
  if (stream->capturing) {
    append(&stream->captured, work);
    return;
  }
  append(&stream->queue, work);
  const char *early = getenv("FAKE_CUDA_EARLY");
  int number = early ? atoi(early) : 0;
  for (int i = 0; i < maxStreams; ++i)
    while (allStreams[i].number == number && runFirst(&allStreams[i], 0)) {
    }
}
