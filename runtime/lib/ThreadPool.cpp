//===- ThreadPool.cpp - static parallel loops with low latency ------------===//
//
// A loop is published by advancing `generation`; each worker that sees the new
// value runs its part and decrements `pending`. A thread that sleeps announces
// it before it looks again, and who changes a value looks for sleepers after
// the change; both are sequentially consistent, so no wake-up is lost.
//
//===----------------------------------------------------------------------===//
#include "ThreadPool.h"

#include <cerrno>
#include <cstring>
#include <sched.h>
#include <signal.h>
#include <time.h>

using namespace qnet::rt;

/// Set while this thread runs the body of a loop.
static thread_local bool insideLoop = false;

static void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

static int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1000000000 + time.tv_nsec;
}

/// Spins until `ready()` or the time is over; returns the last `ready()`.
template <typename Ready> static bool spinFor(int64_t limit, Ready ready) {
  if (ready() || limit == 0)
    return ready();
  for (int64_t start = now(); now() - start < limit;)
    for (int i = 0; i < 16; ++i) {
      if (ready())
        return true;
      relax();
    }
  return ready();
}

static unsigned countProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
    return CPU_COUNT(&set);
  return 1;
}

Status ThreadPool::start(unsigned requested) {
  unsigned processors = countProcessors();
  threads = requested ? requested : processors;
  // More threads than processors: spinning would only keep others from working.
  spinNanoseconds = threads <= processors ? 40000 : 0;
  workers.resize(threads - 1);
  // Signals are for the caller's threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = 0;
  for (unsigned i = 0; i + 1 < threads && !error; ++i) {
    workers[i] = {this, i + 1, {}};
    error =
        pthread_create(&workers[i].thread, nullptr, workerMain, &workers[i]);
    if (error)
      workers.resize(i);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!error)
    return Status::success();
  return failure("cannot start %u threads: %s", threads, strerror(error));
}

ThreadPool::~ThreadPool() {
  stopping = true;
  pthread_mutex_lock(&mutex);
  ++generation;
  pthread_cond_broadcast(&loopStarted);
  pthread_mutex_unlock(&mutex);
  for (Worker &worker : workers)
    pthread_join(worker.thread, nullptr);
}

void *ThreadPool::workerMain(void *argument) {
  auto *worker = static_cast<Worker *>(argument);
  insideLoop = true;
  worker->pool->work(worker->index);
  return nullptr;
}

void ThreadPool::work(unsigned index) {
  for (uint32_t seen = 0;;) {
    seen = awaitLoop(seen);
    if (stopping)
      return;
    runPart(index);
    if (--pending == 0 && callerSleeps) {
      pthread_mutex_lock(&mutex);
      pthread_cond_signal(&loopFinished);
      pthread_mutex_unlock(&mutex);
    }
  }
}

uint32_t ThreadPool::awaitLoop(uint32_t seen) {
  if (!spinFor(spinNanoseconds, [&] { return generation != seen; })) {
    pthread_mutex_lock(&mutex);
    ++sleepers;
    while (generation == seen)
      pthread_cond_wait(&loopStarted, &mutex);
    --sleepers;
    pthread_mutex_unlock(&mutex);
  }
  return generation;
}

void ThreadPool::awaitWorkers() {
  if (spinFor(spinNanoseconds, [&] { return pending == 0; }))
    return;
  pthread_mutex_lock(&mutex);
  callerSleeps = true;
  while (pending != 0)
    pthread_cond_wait(&loopFinished, &mutex);
  callerSleeps = false;
  pthread_mutex_unlock(&mutex);
}

void ThreadPool::runPart(unsigned index) {
  // count * index / threads without overflow.
  int64_t each = count / threads, rest = count % threads;
  int64_t begin = each * index + rest * index / threads;
  int64_t end = each * (index + 1) + rest * (index + 1) / threads;
  if (begin < end)
    body(captures, begin, end);
}

void ThreadPool::run(int64_t iterations, qnet_loop_body loopBody,
                     void *loopCaptures) {
  if (iterations <= 0)
    return;
  if (threads == 1 || iterations == 1 || insideLoop)
    return loopBody(loopCaptures, 0, iterations);
  body = loopBody;
  captures = loopCaptures;
  count = iterations;
  pending = threads - 1;
  ++generation;
  if (sleepers != 0) {
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&loopStarted);
    pthread_mutex_unlock(&mutex);
  }
  insideLoop = true;
  runPart(0);
  insideLoop = false;
  awaitWorkers();
}
