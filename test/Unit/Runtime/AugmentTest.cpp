//===- AugmentTest.cpp - random changes of training images ----------------===//
//
// Crops and mirrors do what docs/trainer.md says, for bytes and floats; a
// trainer that uses them is exact under resume and any number of threads.
//
//===----------------------------------------------------------------------===//
#include "DataFiles.h"
#include "Dataset.h"

#include "qnet-runtime/philox.h"

#include <gtest/gtest.h>
#include <set>

using namespace qnet::rt;
using namespace qnet::test;

static std::string manifestFor(const std::string &shape) {
  return replaced(classifierManifest(), "\"shape\":[784]",
                  "\"shape\":" + shape);
}

/// What the documents say input (row, column, channel) of a sample is.
static float expectedInput(const SampleSet &set, const Shape &shape,
                           uint32_t seed, uint32_t epoch, uint32_t sample,
                           int64_t row, int64_t column, int64_t channel) {
  auto block =
      qnet::randomBlock(seed, 0, sample, epoch, qnet::Stream::Augmentation);
  auto offset = [&](int i) {
    return int64_t(block.word[i] / 4294967296.0 * 9);
  };
  if (block.word[2] >= 0x80000000u)
    column = shape[1] - 1 - column;
  row += offset(0) - 4;
  column += offset(1) - 4;
  if (row < 0 || row >= shape[0] || column < 0 || column >= shape[1])
    return 0;
  int64_t at = (row * shape[1] + column) * shape[2] + channel;
  at += sample * countElements(shape);
  return set.isBytes() ? float((set.bytes[at] / 255.0 - 0.25) / 0.5)
                       : set.floats[at];
}

static void checkBatch(bool isBytes) {
  Manifest manifest;
  ThreadPool pool;
  ASSERT_FALSE(
      parseManifest(manifestFor("[6,9,2]").c_str(), manifest).failed());
  ASSERT_FALSE(pool.start(2).failed());
  SampleSet set;
  set.count = 40;
  set.sampleSize = 108;
  set.classes.resize(40);
  for (int i = 0; i < 40 * 108; ++i)
    isBytes ? set.bytes.push_back(uint8_t(i * 7 + i / 108))
            : set.floats.push_back(float(i + 1));
  BatchGatherer gatherer;
  ASSERT_FALSE(gatherer.create(manifest, {{0.25}, {0.5}}).failed());
  std::vector<uint32_t> indices = {3, 39, 0, 7, 7, 21, 12, 13};
  Augmentation augmentation{true, 11, 5};
  gatherer.gather(set, indices.data(), 8, pool, augmentation);
  const float *input = gatherer.inputs();
  for (uint32_t sample : indices)
    for (int64_t row = 0; row < 6; ++row)
      for (int64_t column = 0; column < 9; ++column)
        for (int64_t channel = 0; channel < 2; ++channel)
          ASSERT_EQ(*input++, expectedInput(set, manifest.inputShape, 11, 5,
                                            sample, row, column, channel))
              << sample << " " << row << " " << column;
}

TEST(Augment, crop_flip_of_bytes_is_as_documented) { checkBatch(true); }

TEST(Augment, crop_flip_of_floats_is_as_documented) { checkBatch(false); }

TEST(Augment, draws_cover_every_place_evenly) {
  int rows[9] = {}, columns[9] = {}, mirrored = 0;
  std::set<int64_t> places;
  for (uint32_t sample = 0; sample < 9000; ++sample) {
    CropFlip draw = drawCropFlip({true, 1, 0}, sample);
    ASSERT_LE(std::abs(draw.row), 4);
    ASSERT_LE(std::abs(draw.column), 4);
    ++rows[draw.row + 4];
    ++columns[draw.column + 4];
    mirrored += draw.mirrored;
    places.insert(draw.row * 100 + draw.column * 10 + draw.mirrored);
  }
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(rows[i], 1000, 150);
    EXPECT_NEAR(columns[i], 1000, 150);
  }
  EXPECT_NEAR(mirrored, 4500, 250);
  EXPECT_EQ(places.size(), 162u);
}

TEST(Augment, epochs_and_seeds_draw_anew) {
  int sameEpoch = 0, sameSeed = 0;
  auto equal = [](const CropFlip &a, const CropFlip &b) {
    return a.row == b.row && a.column == b.column && a.mirrored == b.mirrored;
  };
  for (uint32_t sample = 0; sample < 1000; ++sample) {
    CropFlip draw = drawCropFlip({true, 1, 0}, sample);
    sameEpoch += equal(draw, drawCropFlip({true, 1, 1}, sample));
    sameSeed += equal(draw, drawCropFlip({true, 2, 0}, sample));
  }
  EXPECT_LT(sameEpoch, 30);
  EXPECT_LT(sameSeed, 30);
}

class AugmentedTrainer : public testing::Test {
protected:
  AugmentedTrainer() { program.manifest = manifest.c_str(); }
  TrainerRun train(const char *name, std::vector<std::string> more) {
    std::vector<std::string> arguments = {
        "train",      "--data=synthetic",    "--train-samples=100",
        "--epochs=3", "--test-samples=50",   "--checkpoint=" + (folder / name),
        "--quiet",    "--augment=crop-flip", "--threads=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return runTrainer(program, arguments);
  }
  std::string manifest = manifestFor("[28,28,1]");
  qnet_program program = classifier();
  TemporaryFolder folder;
};

TEST_F(AugmentedTrainer, resume_and_threads_keep_every_bit) {
  ASSERT_EQ(train("whole", {}).code, 0);
  for (const char *steps : {"1", "6", "11"}) {
    std::string stop = std::string("--steps=") + steps;
    ASSERT_EQ(train("cut", {stop, "--overwrite"}).code, 0);
    TrainerRun run = train("cut", {"--resume", "--threads=3"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(readFile(folder / "cut"), readFile(folder / "whole")) << steps;
  }
  ASSERT_EQ(train("plain", {"--augment=none"}).code, 0);
  std::string plain = readFile(folder / "plain");
  EXPECT_EQ(plain.find("augment"), std::string::npos);
  std::string whole = readFile(folder / "whole");
  EXPECT_NE(whole.substr(whole.size() - 1060),
            plain.substr(plain.size() - 1060));
}

TEST_F(AugmentedTrainer, resume_with_another_augmentation_is_refused) {
  ASSERT_EQ(train("c", {"--steps=5"}).code, 0);
  TrainerRun run = train("c", {"--resume", "--augment=none"});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("its augmentation is crop-flip, this run's is none"),
            std::string::npos)
      << run.err;
}

TEST_F(AugmentedTrainer, inputs_that_are_no_images_are_refused) {
  program = classifier();
  TrainerRun run = train("c", {});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("error: option --augment=crop-flip: expected a "
                         "program whose inputs are images "
                         "[height,width,channels], this program's are [784]"),
            std::string::npos)
      << run.err;
  EXPECT_FALSE(fileExists(folder / "c"));
}

TEST_F(AugmentedTrainer, unknown_names_are_a_wrong_command_line) {
  TrainerRun run = train("c", {"--augment=mixup"});
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("option --augment: expected none or crop-flip, got "
                         "'mixup'"),
            std::string::npos)
      << run.err;
}
