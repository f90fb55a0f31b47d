//===- KillTest.cpp - runs that are killed or stopped ---------------------===//
//
// A child that saves after every step is killed at random moments: the
// checkpoint must load each time, and the run that is resumed over and over
// must end with the bytes of a run that was never killed.
//
//===----------------------------------------------------------------------===//
#include "Checkpoint.h"
#include "TestPrograms.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <random>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qnet::rt;
using namespace qnet::test;

class KillTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(
        parseManifest(classifierManifest().c_str(), manifest).failed());
  }
  std::vector<std::string> command(const std::string &checkpoint,
                                   std::vector<std::string> more) {
    std::vector<std::string> arguments = {
        "train",   "--data=synthetic",  "--train-samples=48",
        "--quiet", "--test-samples=16", "--checkpoint=" + checkpoint,
        "--resume"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  pid_t start(const std::string &checkpoint, std::vector<std::string> more) {
    pid_t child = fork();
    if (child == 0)
      _exit(callTrainer(program, command(checkpoint, more)));
    return child;
  }
  qnet_program program = classifier();
  Manifest manifest;
  TemporaryFolder folder;
};

TEST_F(KillTest, the_checkpoint_loads_after_each_of_200_kills) {
  std::mt19937 random(propertySeed());
  std::string path = folder / "c";
  CheckpointInfo info;
  Buffer state;
  uint32_t last = 0;
  int loaded = 0;
  for (int round = 0; round < 200; ++round) {
    pid_t child = start(path, {"--epochs=1000000", "--checkpoint-every=1",
                               round % 2 ? "--threads=1" : "--threads=2"});
    usleep(500 + random() % 25000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exited " << WEXITSTATUS(status);
    if (!fileExists(path))
      continue; // Killed before its first save.
    Status result = loadCheckpoint(path, manifest, info, state);
    ASSERT_FALSE(result.failed()) << result.message();
    ASSERT_GE(info.step, last);
    last = info.step;
    ++loaded;
  }
  EXPECT_GT(loaded, 100);
  EXPECT_GT(last, 100u);
  // At most the temporary of the last child is left, and the next run
  // removes it.
  EXPECT_LE(folder.names().size(), 2u);
  std::string steps = "--steps=" + std::to_string(last + 7);
  auto finish = [&](const std::string &checkpoint) {
    return callTrainer(program, command(checkpoint, {"--epochs=1000000", steps,
                                                     "--threads=1"}));
  };
  ASSERT_EQ(finish(path), 0);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"c"});
  ASSERT_EQ(finish(folder / "whole"), 0);
  EXPECT_EQ(readFile(path), readFile(folder / "whole"));
}

TEST_F(KillTest, signals_save_and_exit_with_128_plus_n) {
  for (int number : {SIGINT, SIGTERM}) {
    std::string path = folder / std::to_string(number);
    pid_t child = start(path, {"--epochs=1000000", "--threads=2"});
    // The first epoch's checkpoint says that the loop runs.
    for (int i = 0; i < 3000 && !fileExists(path); ++i)
      usleep(10000);
    kill(child, number);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + number);
    CheckpointInfo info;
    Buffer state;
    Status result = loadCheckpoint(path, manifest, info, state);
    ASSERT_FALSE(result.failed()) << result.message();
    EXPECT_GT(info.step, 0u);
  }
}

TEST_F(KillTest, a_full_standard_output_is_an_error) {
  std::string path = folder / "c";
  ASSERT_EQ(callTrainer(program, command(path, {"--epochs=1"})), 0);
  pid_t child = fork();
  if (child == 0) {
    int full = open("/dev/full", O_WRONLY);
    int null = open("/dev/null", O_WRONLY);
    if (dup2(full, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
      _exit(9);
    _exit(callTrainer(program,
                      {"predict", "--data=synthetic", "--checkpoint=" + path}));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}
