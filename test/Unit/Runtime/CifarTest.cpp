//===- CifarTest.cpp - CIFAR files ----------------------------------------===//
//
// Small files in the official layout are found, interleaved and checked; each
// kind of bad file has its own message.
//
//===----------------------------------------------------------------------===//
#include "DataFiles.h"
#include "Dataset.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace qnet::rt;
using namespace qnet::test;

static uint8_t cifarByte(int image, int channel, int pixel) {
  return uint8_t(image * 37 + channel * 85 + pixel * 3 + pixel / 32);
}

/// Images `first`, `first` + 1, ... with the labels i % 10; for CIFAR-100 the
/// coarse label 200 and the fine one i % 100.
static std::string cifarRecords(int first, int count, bool isCifar100) {
  std::string text;
  for (int i = first; i < first + count; ++i) {
    if (isCifar100)
      text += char(200);
    text += char(i % (isCifar100 ? 100 : 10));
    for (int channel = 0; channel < 3; ++channel)
      for (int pixel = 0; pixel < 1024; ++pixel)
        text += char(cifarByte(i, channel, pixel));
  }
  return text;
}

static Manifest imageManifest(const std::string &shape, int classes) {
  std::string text =
      replaced(classifierManifest(), "\"shape\":[784]", "\"shape\":" + shape);
  text = replaced(text, "\"classes\":10",
                  "\"classes\":" + std::to_string(classes));
  Manifest manifest;
  EXPECT_FALSE(parseManifest(text.c_str(), manifest).failed());
  return manifest;
}

class CifarTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(pool.start(1).failed());
    manifest = imageManifest("[32,32,3]", 10);
  }
  /// Five training files of four images and a test file of three.
  void writeCifar10(const std::string &place) {
    for (int i = 0; i < 5; ++i)
      writeFile(place + "/data_batch_" + std::to_string(i + 1) + ".bin",
                cifarRecords(4 * i, 4, false));
    writeFile(place + "/test_batch.bin", cifarRecords(50, 3, false));
  }
  Status load(int64_t limit = 0) {
    DataRequest request;
    request.source = folder.path;
    request.trainSamples = limit;
    return loadDataset(request, manifest, pool, data);
  }
  void expectFailure(const std::string &reason) {
    Status status = load();
    ASSERT_TRUE(status.failed());
    EXPECT_NE(status.message().find(reason), std::string::npos)
        << status.message();
    EXPECT_EQ(status.message().find('\n'), std::string::npos);
  }
  void expectImage(const SampleSet &set, int index, int image) {
    for (int pixel = 0; pixel < 1024; ++pixel)
      for (int channel = 0; channel < 3; ++channel)
        ASSERT_EQ(set.bytes[index * 3072 + pixel * 3 + channel],
                  cifarByte(image, channel, pixel))
            << index;
  }
  TemporaryFolder folder;
  std::string second = folder / "data_batch_2.bin";
  ThreadPool pool;
  Manifest manifest;
  Dataset data;
};

TEST_F(CifarTest, reads_all_batches_in_order_by_pixel) {
  writeCifar10(folder.path);
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  ASSERT_EQ(data.train.count, 20);
  ASSERT_EQ(data.test.count, 3);
  ASSERT_EQ(data.train.bytes.size(), 20u * 3072);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(data.train.classes[i], i % 10);
    expectImage(data.train, i, i);
  }
  EXPECT_EQ(data.test.classes[2], 2);
  expectImage(data.test, 2, 52);
}

TEST_F(CifarTest, finds_the_folder_of_the_usual_name_and_gzip) {
  std::string place = folder / "cifar-10-batches-bin";
  ASSERT_EQ(mkdir(place.c_str(), 0777), 0);
  writeCifar10(place);
  ASSERT_FALSE(load().failed());
  Dataset plain = data;
  for (const char *name : {"/data_batch_1.bin", "/test_batch.bin"}) {
    writeFile(place + name + ".gz", gzipped(readFile(place + name)));
    remove((place + name).c_str());
  }
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.bytes, plain.train.bytes);
  EXPECT_EQ(data.test.classes, plain.test.classes);
  rmdir(place.c_str());
}

TEST_F(CifarTest, a_limit_takes_the_first_samples) {
  writeCifar10(folder.path);
  ASSERT_FALSE(load(18).failed());
  EXPECT_EQ(data.train.count, 18);
  EXPECT_EQ(data.train.classes.size(), 18u);
  EXPECT_EQ(data.train.bytes.size(), 18u * 3072);
}

TEST_F(CifarTest, reads_the_fine_labels_of_cifar_100) {
  manifest = imageManifest("[3072]", 100);
  writeFile(folder / "train.bin", cifarRecords(40, 30, true));
  writeFile(folder / "test.bin", cifarRecords(7, 2, true));
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.count, 30);
  EXPECT_EQ(data.train.classes[29], 69);
  expectImage(data.train, 29, 69);
  EXPECT_EQ(data.test.classes[0], 7);
  manifest = imageManifest("[32,32,3]", 10);
  expectFailure("label 40 of image 0 in '" + (folder / "train.bin") +
                "': expected a class below 10");
}

TEST_F(CifarTest, truncated_files_are_refused) {
  writeCifar10(folder.path);
  std::string content = readFile(second);
  for (size_t size : {size_t(1), size_t(3072), content.size() - 1}) {
    writeFile(second, content.substr(0, size));
    expectFailure("'" + second + "': truncated file");
  }
  remove(second.c_str());
  std::string packed = gzipped(content);
  writeFile(second + ".gz", packed.substr(0, packed.size() - 9));
  expectFailure("'" + second + ".gz': truncated file");
}

TEST_F(CifarTest, labels_out_of_range_are_refused) {
  writeCifar10(folder.path);
  std::string content = readFile(second);
  content[3 * 3073] = 10;
  writeFile(second, content);
  expectFailure("label 10 of image 3 in '" + second +
                "': expected a class below 10");
}

TEST_F(CifarTest, a_missing_file_is_named) {
  expectFailure("cannot find 'data_batch_1.bin' or 'train.bin'");
  writeCifar10(folder.path);
  remove(second.c_str());
  expectFailure("cannot find '" + second + "' or '" + second + ".gz'");
}

TEST_F(CifarTest, empty_sets_are_refused) {
  writeCifar10(folder.path);
  writeFile(folder / "test_batch.bin", "");
  expectFailure("has no test images");
}

TEST_F(CifarTest, programs_of_other_inputs_are_refused) {
  writeCifar10(folder.path);
  for (const char *shape : {"[784]", "[3,32,32]"}) {
    manifest = imageManifest(shape, 10);
    expectFailure(std::string("are [32,32,3], this program expects inputs "
                              "of ") +
                  shape);
  }
}
