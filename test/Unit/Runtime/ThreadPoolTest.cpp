//===- ThreadPoolTest.cpp - static parallel loops -------------------------===//
//
// Every iteration runs exactly once, in the documented partition, also for many
// loops in a row, for nested loops and after pauses in which workers sleep.
//
//===----------------------------------------------------------------------===//
#include "ThreadPool.h"

#include <gtest/gtest.h>
#include <mutex>
#include <numeric>
#include <set>
#include <unistd.h>

using namespace qnet::rt;

class PoolTest : public testing::TestWithParam<unsigned> {
protected:
  void SetUp() override { ASSERT_FALSE(pool.start(GetParam()).failed()); }
  ThreadPool pool;
};

TEST_P(PoolTest, runs_every_iteration_once) {
  for (int64_t count : {0, 1, 2, 3, 7, 64, 1001}) {
    std::vector<int> runs(count);
    pool.run(count, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        ++runs[i];
    });
    EXPECT_EQ(runs, std::vector<int>(count, 1));
  }
}

TEST_P(PoolTest, splits_as_documented) {
  std::mutex mutex;
  std::set<std::pair<int64_t, int64_t>> parts, expected;
  pool.run(101, [&](int64_t begin, int64_t end) {
    std::lock_guard<std::mutex> lock(mutex);
    parts.insert({begin, end});
  });
  int64_t threads = GetParam();
  for (int64_t t = 0; t < threads; ++t)
    expected.insert({101 * t / threads, 101 * (t + 1) / threads});
  EXPECT_EQ(parts, expected);
}

TEST_P(PoolTest, many_loops_in_a_row_lose_nothing) {
  std::vector<int64_t> sums(256);
  for (int64_t round = 0; round < 20000; ++round)
    pool.run(256, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        sums[i] += round;
    });
  for (int64_t sum : sums)
    EXPECT_EQ(sum, int64_t(20000) * 19999 / 2);
}

TEST_P(PoolTest, wakes_sleeping_workers) {
  for (int round = 0; round < 30; ++round) {
    usleep(round % 3 * 300);
    std::vector<int> runs(8);
    pool.run(8, [&](int64_t begin, int64_t end) {
      usleep(100);
      for (int64_t i = begin; i < end; ++i)
        ++runs[i];
    });
    EXPECT_EQ(std::accumulate(runs.begin(), runs.end(), 0), 8);
  }
}

TEST_P(PoolTest, nested_loops_run_serially) {
  std::vector<int> runs(6 * 10);
  pool.run(6, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int calls = 0;
      pool.run(10, [&](int64_t first, int64_t last) {
        ++calls;
        for (int64_t j = first; j < last; ++j)
          ++runs[i * 10 + j];
      });
      EXPECT_EQ(calls, 1);
    }
  });
  EXPECT_EQ(runs, std::vector<int>(60, 1));
}

TEST_P(PoolTest, huge_counts_do_not_overflow) {
  std::mutex mutex;
  int64_t covered = 0;
  pool.run(INT64_MAX, [&](int64_t begin, int64_t end) {
    std::lock_guard<std::mutex> lock(mutex);
    covered += end - begin;
  });
  EXPECT_EQ(covered, INT64_MAX);
}

INSTANTIATE_TEST_SUITE_P(Threads, PoolTest, testing::Values(1, 2, 3, 8));

TEST(Pool, zero_threads_means_at_least_one) {
  ThreadPool pool;
  ASSERT_FALSE(pool.start(0).failed());
  EXPECT_GE(pool.size(), 1u);
}
