//===- MetricsTest.cpp - figures of an epoch ------------------------------===//
//
// Records round trip, lines read as documented, and the loss of an epoch is the
// mean over its steps in the documented order of samples.
//
//===----------------------------------------------------------------------===//
#include "Metrics.h"
#include "Dataset.h"
#include "Progress.h"
#include "Session.h"
#include "Shuffle.h"
#include "TestPrograms.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace qnet::rt;
using namespace qnet::test;

static EpochMetrics example() {
  EpochMetrics metrics;
  metrics.epoch = 3;
  metrics.step = 1404;
  metrics.loss = 0.0512;
  metrics.testLoss = 0.07;
  metrics.trainError = 0.0153;
  metrics.testError = 0.0198;
  metrics.changedStep = 0.0012;
  metrics.changedStart = 0.312;
  metrics.imagesPerSecond = 5230;
  metrics.seconds = 11.5;
  return metrics;
}

TEST(Metrics, line_of_an_epoch) {
  EXPECT_EQ(formatEpochLine(example(), 10),
            "epoch 3/10  loss 0.0512  train error 1.53%  test error 1.98%  "
            "changed 0.12% step, 31.2% start  5230 images/s");
}

TEST(Metrics, records_round_trip) {
  EpochMetrics metrics = example(), parsed;
  metrics.loss = 0.1 + 0.2;
  metrics.changedStep.reset();
  metrics.testLoss = INFINITY;
  std::string record = formatRecord(metrics);
  EXPECT_NE(record.find("\"changed_step\":null"), std::string::npos);
  ASSERT_FALSE(parseRecord(record, parsed).failed()) << record;
  EXPECT_EQ(parsed.loss, metrics.loss);
  EXPECT_EQ(parsed.step, 1404);
  EXPECT_FALSE(parsed.changedStep);
  EXPECT_TRUE(std::isnan(parsed.testLoss));
  EXPECT_EQ(formatRecord(parsed), record);
  EXPECT_EQ(record.find("device_bytes"), std::string::npos);
}

TEST(Metrics, memory_of_a_device_is_in_the_record) {
  EpochMetrics metrics = example(), parsed;
  metrics.deviceBytes = 123456789;
  std::string record = formatRecord(metrics);
  EXPECT_NE(record.find("\"device_bytes\":123456789}"), std::string::npos)
      << record;
  ASSERT_FALSE(parseRecord(record, parsed).failed());
  EXPECT_EQ(formatRecord(parsed), record);
}

TEST(Metrics, progress_shows_what_is_left) {
  ProgressState state{2, 10, 50, 200, 0.25, 0.125, 4000, 3725};
  EXPECT_EQ(formatProgress(state, 8),
            "epoch 2/10 [##......]  25%  loss 0.2500  train error 12.50%  4000 "
            "images/s  1:02:05 left");
  state.errorShare = -1;
  EXPECT_EQ(formatProgress(state, 0),
            "epoch 2/10  25%  loss 0.2500  4000 images/s  1:02:05 left");
}

TEST(Metrics, loss_of_an_epoch_is_the_mean_over_its_steps) {
  constexpr int64_t samples = 100, steps = 6;
  TemporaryFolder folder;
  qnet_program program = classifier();
  ASSERT_EQ(runTrainer(program, {"train", "--data=synthetic",
                                 "--train-samples=100", "--test-samples=16",
                                 "--epochs=1", "--log=" + (folder / "log")})
                .code,
            0);
  EpochMetrics logged;
  std::string log = readFile(folder / "log");
  ASSERT_FALSE(parseRecord(log.substr(0, log.find('\n')), logged).failed());

  Session session;
  Dataset data;
  BatchGatherer gatherer;
  std::vector<uint32_t> order;
  ASSERT_FALSE(session.create(program, 1).failed());
  DataRequest request{"synthetic", true, samples, 16};
  ASSERT_FALSE(
      loadDataset(request, session.manifest(), session.pool(), data).failed());
  ASSERT_FALSE(
      gatherer.create(session.manifest(), measureNormalization(data.train))
          .failed());
  ASSERT_FALSE(session.init(session.manifest().seed).failed());
  shuffleEpoch(session.manifest().seed, 0, samples, order);
  double lossSum = 0;
  int64_t errors = 0;
  for (int64_t i = 0; i < steps; ++i) {
    BatchResult result;
    gatherer.gather(data.train, &order[i * 16], 16, session.pool());
    ASSERT_FALSE(
        session.trainStep(gatherer.inputs(), gatherer.labels(), 0, result)
            .failed());
    lossSum += result.lossSum;
    errors += result.errors;
  }
  EXPECT_EQ(logged.loss, lossSum / (steps * 16));
  EXPECT_EQ(*logged.trainError, double(errors) / (steps * 16));
}
