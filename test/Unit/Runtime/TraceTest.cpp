//===- TraceTest.cpp - the weights of one parameter, step by step ---------===//
//
// Traces of the hand-written programs, compared with the checkpoints of runs
// that stop at the same steps.
//
//===----------------------------------------------------------------------===//
#include "Trace.h"
#include "TestPrograms.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace qnet::test;

static constexpr size_t headerBytes = 256;
static constexpr int64_t words = 245, weights = 7840;

static TrainerRun train(const qnet_program &program,
                        std::vector<std::string> more) {
  std::vector<std::string> arguments = {"train", "--data=synthetic",
                                        "--train-samples=100",
                                        "--test-samples=20", "--threads=1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return runTrainer(program, arguments);
}

/// The values of a trace, after a check of its header.
static std::vector<float> readTrace(const std::string &path,
                                    const qnet::rt::Shape &shape) {
  std::string text = readFile(path);
  EXPECT_EQ(text.substr(0, headerBytes), qnet::rt::formatNpyHeader(shape));
  size_t bytes = text.size() - headerBytes;
  EXPECT_EQ(bytes, 4u * qnet::rt::countElements(shape));
  std::vector<float> values(bytes / 4);
  memcpy(values.data(), text.data() + headerBytes, bytes);
  return values;
}

/// The first bytes of the state in a checkpoint: its tensors come in order.
template <typename T>
static std::vector<T> stateOf(const std::string &path, size_t count) {
  std::string text = readFile(path);
  uint64_t header;
  memcpy(&header, text.data(), 8);
  std::vector<T> values(count);
  memcpy(values.data(), text.data() + 8 + header, count * sizeof(T));
  return values;
}

TEST(Trace, header_is_a_numpy_header_of_fixed_size) {
  std::string header = qnet::rt::formatNpyHeader({1000001, 1});
  ASSERT_EQ(header.size(), headerBytes);
  EXPECT_EQ(header.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ(uint8_t(header[8]) | uint8_t(header[9]) << 8, 246);
  EXPECT_NE(header.find("'descr': '<f4', 'fortran_order': False, "
                        "'shape': (1000001, 1, ), }"),
            std::string::npos)
      << header;
  EXPECT_EQ(header.back(), '\n');
}

TEST(Trace, records_the_initial_value_and_every_step) {
  qnet_program program = regression();
  TemporaryFolder folder;
  ASSERT_EQ(train(program, {"--steps=7", "--trace=" + (folder / "t.npy")}).code,
            0);
  std::vector<float> trace = readTrace(folder / "t.npy", {8, 8});
  ASSERT_EQ(trace.size(), 64u);
  for (int k = 0; k < 8; ++k)
    EXPECT_EQ(trace[k], 0) << k;
  for (int step = 1; step < 8; ++step) {
    ASSERT_EQ(train(program, {"--steps=" + std::to_string(step), "--overwrite",
                              "--checkpoint=" + (folder / "c")})
                  .code,
              0);
    auto stored = stateOf<float>(folder / "c", 8);
    for (int k = 0; k < 8; ++k)
      EXPECT_EQ(trace[step * 8 + k], stored[k]) << step << " " << k;
  }
}

TEST(Trace, decodes_codes_to_levels_and_skips_steps) {
  qnet_program program = classifier();
  TemporaryFolder folder;
  ASSERT_EQ(
      train(program, {"--steps=7", "--trace=" + (folder / "t.npy"),
                      "--trace-every=3", "--checkpoint=" + (folder / "seven")})
          .code,
      0);
  std::vector<float> trace = readTrace(folder / "t.npy", {3, 10, 784});
  ASSERT_EQ(trace.size(), size_t(3 * weights));
  ASSERT_EQ(
      train(program, {"--steps=6", "--checkpoint=" + (folder / "six")}).code,
      0);
  auto codes = stateOf<uint32_t>(folder / "six", words);
  int64_t moved = 0;
  for (int64_t i = 0; i < weights; ++i) {
    float level = codes[i / 32] >> i % 32 & 1 ? 0.05f : -0.05f;
    ASSERT_EQ(trace[2 * weights + i], level) << i;
    moved += trace[i] != level;
  }
  EXPECT_GT(moved, 0);
}

TEST(Trace, traces_a_named_parameter) {
  qnet_program program = classifier();
  TemporaryFolder folder;
  ASSERT_EQ(train(program, {"--steps=2", "--trace=" + (folder / "t.npy"),
                            "--trace-parameter=fc.bias"})
                .code,
            0);
  std::vector<float> trace = readTrace(folder / "t.npy", {3, 10});
  EXPECT_EQ(trace[0], 0);
  EXPECT_NE(trace[20], trace[10]);
}

TEST(Trace, leaves_nothing_of_a_run_that_fails) {
  Faults faults;
  faults.nanAtStep = 4;
  qnet_program program = classifier(&faults);
  TemporaryFolder folder;
  EXPECT_EQ(train(program, {"--trace=" + (folder / "t.npy")}).code, 1);
  EXPECT_TRUE(folder.names().empty());
}

TEST(Trace, bad_options_are_refused) {
  qnet_program program = classifier();
  TemporaryFolder folder;
  std::string trace = "--trace=" + (folder / "t.npy");
  TrainerRun run = train(program, {trace, "--trace-parameter=fc"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("expected a parameter of this program, got 'fc'"),
            std::string::npos)
      << run.err;
  run = train(program, {"--trace-every=2"});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("need --trace=FILE.npy"), std::string::npos);
  run = train(program, {trace, "--resume", "--checkpoint=" + (folder / "c")});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("expected it without --resume"), std::string::npos);
  run = train(program, {"--trace=" + folder.path + "/no/t.npy"});
  EXPECT_EQ(run.code, 1);
  EXPECT_TRUE(folder.names().empty());
}

TEST(EvalEvery, measures_every_nth_epoch_and_the_last) {
  qnet_program program = regression();
  TrainerRun run = train(program, {"--epochs=7", "--eval-every=3"});
  ASSERT_EQ(run.code, 0) << run.err;
  std::string seen;
  for (size_t at = run.out.find("epoch "); at != std::string::npos;
       at = run.out.find("epoch ", at + 1))
    seen += run.out.substr(at + 6, 3) + " ";
  EXPECT_EQ(seen, "3/7 6/7 7/7 ");
}
