//===- CheckpointTest.cpp - safetensors checkpoints -----------------------===//
//
// Round trips, the layout other tools rely on, and the refusal of every damaged
// or foreign file before the state is touched.
//
//===----------------------------------------------------------------------===//
#include "Checkpoint.h"
#include "Json.h"
#include "Safetensors.h"
#include "TestPrograms.h"

#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace qnet::rt;
using namespace qnet::test;

class CheckpointTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(
        parseManifest(classifierManifest().c_str(), manifest).failed());
    ASSERT_TRUE(state.allocate(manifest.stateBytes));
    for (const StateTensor &tensor : manifest.tensors)
      for (int64_t i = 0; i < tensor.bytes; ++i)
        state.data()[tensor.offset + i] = uint8_t(i * 7 + tensor.offset);
    info.seed = 4000000000u;
    info.step = 123;
    info.normalization = {{0.1306604762738429}, {0.30810780717887876}};
    info.loop = LoopRecord{16, 60000, 3, 0.1 + 0.2, 17};
    Status status = saveCheckpoint(path, manifest, info, state.data());
    ASSERT_FALSE(status.failed()) << status.message();
  }

  /// Loads `content` and expects a refusal with this reason and no change.
  void expectRefused(const std::string &content, const std::string &reason) {
    writeFile(path, content);
    CheckpointInfo other;
    other.step = 5;
    Buffer target;
    ASSERT_TRUE(target.allocate(3));
    Status status = loadCheckpoint(path, manifest, other, target);
    ASSERT_TRUE(status.failed());
    EXPECT_EQ(status.message().find("checkpoint '" + path + "': "), 0u);
    EXPECT_NE(status.message().find(reason), std::string::npos)
        << status.message();
    EXPECT_EQ(other.step, 5u);
    EXPECT_EQ(target.size(), 3);
  }

  /// The file with a replacement of equal length in its header.
  std::string edited(const std::string &from, const std::string &to) {
    EXPECT_EQ(from.size(), to.size());
    return replaced(readFile(path), from, to);
  }

  TemporaryFolder folder;
  std::string path = folder / "checkpoint.safetensors";
  Manifest manifest;
  CheckpointInfo info;
  Buffer state;
};

TEST_F(CheckpointTest, round_trips_exactly) {
  CheckpointInfo loaded;
  Buffer copy;
  Status status = loadCheckpoint(path, manifest, loaded, copy);
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(memcmp(copy.data(), state.data(), state.size()), 0);
  EXPECT_EQ(loaded.seed, info.seed);
  EXPECT_EQ(loaded.step, info.step);
  EXPECT_EQ(loaded.normalization->mean, info.normalization->mean);
  EXPECT_EQ(loaded.normalization->deviation, info.normalization->deviation);
  EXPECT_EQ(loaded.loop->lossSum, info.loop->lossSum);
  EXPECT_EQ(loaded.loop->errors, 17);
  EXPECT_EQ(loaded.loop->epoch, 3u);
  EXPECT_EQ(loaded.loop->trainSamples, 60000);
}

TEST_F(CheckpointTest, keeps_a_normalization_per_channel) {
  EXPECT_NE(readFile(path).find("\"qnet-checkpoint-1\""), std::string::npos);
  manifest.inputShape = {14, 28, 2};
  info.normalization = {{0.1, 1.0 / 3}, {0.25, 2.0 / 3}};
  ASSERT_FALSE(saveCheckpoint(path, manifest, info, state.data()).failed());
  EXPECT_NE(readFile(path).find("\"qnet-checkpoint-2\""), std::string::npos);
  CheckpointInfo loaded;
  Buffer copy;
  Status status = loadCheckpoint(path, manifest, loaded, copy);
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(loaded.normalization->mean, info.normalization->mean);
  EXPECT_EQ(loaded.normalization->deviation, info.normalization->deviation);

  manifest.inputShape = {784};
  expectRefused(readFile(path), "expected a number, or one per channel");
  manifest.inputShape = {14, 28, 2};
  std::string content = readFile(path);
  auto expectChangeRefused = [&](const char *to, const char *reason) {
    expectRefused(replaced(content, "0.25 0.66", to), reason);
  };
  expectChangeRefused("0.25 -0.6", "expected a positive number");
  expectChangeRefused("0.25 x.66", "expected a finite number");
  expectChangeRefused("0.2500066", "as many numbers as 'mean'");
}

TEST_F(CheckpointTest, follows_the_safetensors_layout) {
  std::string content = readFile(path);
  uint64_t length;
  memcpy(&length, content.data(), 8); // The tests run on little endian.
  EXPECT_EQ((8 + length) % 64, 0u);
  ASSERT_EQ(content.size(), 8 + length + 980 + 40 + 40);
  JsonValue header;
  ASSERT_FALSE(parseJson(content.substr(8, length), header).failed());
  const JsonValue &codes = *header.find("fc.weight");
  EXPECT_EQ(codes.find("dtype")->string, "U32");
  EXPECT_EQ(codes.find("data_offsets")->elements[1].integer, 980);
  const JsonValue &metadata = *header.find("__metadata__");
  EXPECT_EQ(metadata.find("grid.fc.weight")->string, "#qnet.binary<0.05>");
  EXPECT_EQ(metadata.find("logical_shape.fc.weight")->string, "[10,784]");
  EXPECT_EQ(metadata.find("grid.fc.bias"), nullptr);
  EXPECT_EQ(memcmp(&content[8 + length], state.data(), 980), 0);
}

TEST_F(CheckpointTest, equal_states_give_equal_bytes) {
  std::string first = readFile(path);
  ASSERT_FALSE(
      saveCheckpoint(folder / "b", manifest, info, state.data()).failed());
  EXPECT_EQ(readFile(folder / "b"), first);
}

TEST_F(CheckpointTest, a_session_save_needs_no_loop_record) {
  info.loop.reset();
  info.normalization.reset();
  ASSERT_FALSE(saveCheckpoint(path, manifest, info, state.data()).failed());
  CheckpointInfo loaded;
  Buffer copy;
  ASSERT_FALSE(loadCheckpoint(path, manifest, loaded, copy).failed());
  EXPECT_FALSE(loaded.loop || loaded.normalization);
}

TEST_F(CheckpointTest, missing_file_is_named) {
  Status status = loadCheckpoint(folder / "none", manifest, info, state);
  EXPECT_EQ(status.message(), "checkpoint '" + (folder / "none") +
                                  "': cannot open: No such file or directory");
}

TEST_F(CheckpointTest, every_truncation_is_refused) {
  std::string content = readFile(path);
  for (size_t size = 0; size < content.size(); size += size < 64 ? 1 : 37)
    expectRefused(content.substr(0, size), "");
  expectRefused(content.substr(0, 4), "only 4 bytes");
  expectRefused(content.substr(0, 100), "truncated file");
  expectRefused(content.substr(0, content.size() - 1), "ends at byte 1060");
  expectRefused(content + "x", "the file at 1061");
}

TEST_F(CheckpointTest, foreign_files_are_refused) {
  expectRefused("this is not a checkpoint at all, but some text", "a header");
  expectRefused(std::string("\x02\0\0\0\0\0\0\0[]", 10), "start with '{'");
  expectRefused(std::string("\x02\0\0\0\0\0\0\0{}", 10),
                "not written by a qnet trainer");
  SafetensorsHeader foreign;
  foreign.tensors.push_back({"w", "F32", {2}, 0, 8});
  expectRefused(writeHeader(foreign) + "12345678",
                "not written by a qnet trainer");
}

TEST_F(CheckpointTest, other_programs_are_refused_with_both_names) {
  expectRefused(edited("test_classifier", "best_classifier"),
                "its name is 'best_classifier', this program's is "
                "'test_classifier'");
  expectRefused(replaced(edited("best_", "test_"), "\"sr\"", "\"bc\""),
                "its rule is 'bc', this program's is 'sr'");
}

TEST_F(CheckpointTest, other_tensors_are_refused) {
  std::string good = readFile(path);
  expectRefused(replaced(good, "\"U32\"", "\"F32\""),
                "tensor 'fc.weight' is F32[245], this program expects "
                "U32[245]");
  expectRefused(replaced(good, "#qnet.binary<0.05>", "#qnet.binary<0.25>"),
                "has the grid '#qnet.binary<0.25>'");
  expectRefused(replaced(good, "\"fc.bias.moment\"", "\"fc.bias.nonent\""),
                "tensor 'fc.bias.moment' is missing");
  expectRefused(replaced(good, "[980,1020]", "[984,1024]"), "hole or overlap");
  expectRefused(replaced(good, "[980,1020]", "[980,9999]"),
                "ends at byte 9999");
  expectRefused(replaced(good, "\"shape\":[245]", "\"shape\":[244]"),
                "offsets do not agree");
  expectRefused(replaced(good, "\"U32\"", "\"X32\""), "unknown dtype 'X32'");
}

TEST_F(CheckpointTest, an_extra_tensor_is_refused) {
  SafetensorsHeader header;
  std::string good = readFile(path);
  uint64_t length;
  memcpy(&length, good.data(), 8);
  ASSERT_FALSE(parseHeader(good.substr(8, length), 1060, header).failed());
  header.tensors.push_back({"extra", "U8", {4}, 1060, 1064});
  expectRefused(writeHeader(header) + good.substr(8 + length) + "1234",
                "tensor 'extra' is not one of this program's");
}

TEST_F(CheckpointTest, bad_metadata_is_refused) {
  std::string good = readFile(path);
  expectRefused(replaced(good, "\"step\":\"123\"", "\"step\":\"-23\""),
                "metadata 'step': expected an integer in range, got '-23'");
  expectRefused(
      replaced(good, "\"0.30810780717887876\"", "\"-0.3081078071788787\""),
      "metadata 'deviation': expected a positive number");
  expectRefused(replaced(good, "\"mean\":\"0.", "\"mean\":\"x."),
                "metadata 'mean': expected a finite number");
}

TEST_F(CheckpointTest, absurd_header_lengths_are_refused) {
  std::string good = readFile(path);
  expectRefused(replaced(good, good.substr(0, 8), std::string(8, '\xff')),
                "a header of 18446744073709551615 bytes");
}

TEST_F(CheckpointTest, damage_never_crashes_and_reasons_are_one_line) {
  std::mt19937 random(propertySeed());
  std::string good = readFile(path);
  size_t headerEnd = good.size() - 1060;
  for (int round = 0; round < 3000; ++round) {
    std::string content = good;
    for (uint32_t i = 1 + random() % 3; i > 0; --i)
      content[random() % headerEnd] = char(random());
    writeFile(path, content);
    CheckpointInfo other;
    Buffer target;
    Status status = loadCheckpoint(path, manifest, other, target);
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
}
