//===- ThreadPool.h - static parallel loops with low latency ----*- C++ -*-===//
//
// A fixed set of threads that run one loop at a time. Thread t of T runs the
// iterations [count*t/T, count*(t+1)/T); the caller is thread 0. Workers spin
// for some tens of microseconds after a loop, then sleep, so that the short
// loops of a training step do not pay for a wake-up each. Nothing is allocated
// per loop. One thread at a time may start loops; a loop started inside a loop
// runs serially.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_THREADPOOL_H
#define QNET_RUNTIME_LIB_THREADPOOL_H

#include "Support.h"
#include "qnet-runtime/qnet.h"

#include <atomic>
#include <pthread.h>

namespace qnet::rt {

class ThreadPool {
public:
  ThreadPool() = default;
  ThreadPool(const ThreadPool &) = delete;
  ~ThreadPool();

  /// Starts `threads` - 1 workers; 0 means one thread per available processor.
  Status start(unsigned threads);
  unsigned size() const { return threads; }

  void run(int64_t count, qnet_loop_body body, void *captures);
  /// `body(begin, end)` on every part of [0, count).
  template <typename Body> void run(int64_t count, Body &&body) {
    run(
        count,
        [](void *captures, int64_t begin, int64_t end) {
          (*static_cast<std::remove_reference_t<Body> *>(captures))(begin, end);
        },
        const_cast<void *>(static_cast<const void *>(&body)));
  }

private:
  struct Worker {
    ThreadPool *pool;
    unsigned index;
    pthread_t thread;
  };
  static void *workerMain(void *worker);
  void work(unsigned index);
  void runPart(unsigned index);
  uint32_t awaitLoop(uint32_t seen);
  void awaitWorkers();

  unsigned threads = 1;
  int64_t spinNanoseconds = 0;
  std::vector<Worker> workers;

  // The current loop; published by `generation`, guarded by `pending`.
  qnet_loop_body body = nullptr;
  void *captures = nullptr;
  int64_t count = 0;

  alignas(64) std::atomic<uint32_t> generation{0};
  std::atomic<bool> stopping{false};
  alignas(64) std::atomic<unsigned> pending{0};
  alignas(64) std::atomic<unsigned> sleepers{0};
  std::atomic<bool> callerSleeps{false};
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t loopStarted = PTHREAD_COND_INITIALIZER;
  pthread_cond_t loopFinished = PTHREAD_COND_INITIALIZER;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_THREADPOOL_H
