//===- DatasetTest.cpp - data files, normalization, batches ---------------===//
//
// Good files are read exactly; each kind of bad file has its own message.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "DataFiles.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace qnet::rt;
using namespace qnet::test;

class DatasetTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(pool.start(1).failed());
    ASSERT_FALSE(
        parseManifest(classifierManifest().c_str(), manifest).failed());
    ASSERT_FALSE(parseManifest(regression().manifest, line).failed());
    writeMnist(folder, 40, 20);
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
  TemporaryFolder folder;
  std::string images = folder / "train-images-idx3-ubyte";
  std::string labels = folder / "train-labels-idx1-ubyte";
  ThreadPool pool;
  Manifest manifest, line;
  Dataset data;
};

TEST_F(DatasetTest, reads_plain_idx) {
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.count, 40);
  EXPECT_EQ(data.test.count, 20);
  EXPECT_EQ(data.train.bytes.size(), 40u * 784);
  EXPECT_EQ(data.train.bytes[784 + 5], mnistPixel(1, 5));
  EXPECT_EQ(data.train.classes[13], 3);
}

TEST_F(DatasetTest, reads_gzip_the_same) {
  ASSERT_FALSE(load().failed());
  Dataset plain = data;
  for (const std::string &path : {images, labels}) {
    writeFile(path + ".gz", gzipped(readFile(path)));
    remove(path.c_str());
  }
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.bytes, plain.train.bytes);
  EXPECT_EQ(data.train.classes, plain.train.classes);
}

TEST_F(DatasetTest, a_limit_takes_the_first_samples) {
  ASSERT_FALSE(load(20).failed());
  EXPECT_EQ(data.train.count, 20);
  EXPECT_EQ(data.train.classes.size(), 20u);
}

TEST_F(DatasetTest, a_missing_folder_is_named) {
  DataRequest request;
  request.source = folder / "none";
  EXPECT_EQ(loadDataset(request, manifest, pool, data).message(),
            "data folder '" + request.source + "': No such file or directory");
}

TEST_F(DatasetTest, a_file_is_no_folder) {
  DataRequest request;
  request.source = images;
  EXPECT_EQ(loadDataset(request, manifest, pool, data).message(),
            "data '" + images + "' is not a folder");
}

TEST_F(DatasetTest, a_missing_file_is_named_in_both_spellings) {
  remove(labels.c_str());
  expectFailure("cannot find '" + labels + "' or '" + labels + ".gz'");
}

TEST_F(DatasetTest, truncated_files_are_refused) {
  std::string content = readFile(images);
  for (size_t size : {size_t(0), size_t(3), size_t(10), content.size() - 1}) {
    writeFile(images, content.substr(0, size));
    expectFailure("'" + images + "': truncated file");
  }
}

TEST_F(DatasetTest, longer_files_are_refused) {
  writeFile(labels, readFile(labels) + "x");
  expectFailure("longer than its header says");
}

TEST_F(DatasetTest, a_bad_magic_number_is_refused) {
  writeFile(images, readFile(labels));
  expectFailure("is not an idx file of images: expected the magic number "
                "0x00000803, got 0x00000801");
}

TEST_F(DatasetTest, different_counts_are_refused) {
  writeFile(labels, idxLabels(39));
  expectFailure("has 40 images, '" + labels + "' has 39 labels");
}

TEST_F(DatasetTest, labels_out_of_range_are_refused) {
  std::string content = readFile(labels);
  content[8 + 6] = 10;
  writeFile(labels, content);
  expectFailure("label 10 of image 6 in '" + labels +
                "': expected a class below 10");
}

TEST_F(DatasetTest, images_of_another_size_are_refused) {
  writeFile(images, idxImages(40, 10, 10));
  expectFailure("have 10x10 = 100 pixels, this program expects 784");
}

TEST_F(DatasetTest, absurd_sizes_in_a_header_cost_no_memory) {
  writeFile(images, idxHeader(0x803, {0x7fffffff, 28, 28}));
  writeFile(labels, idxHeader(0x801, {0x7fffffff}));
  expectFailure("truncated file");
}

TEST_F(DatasetTest, less_than_a_batch_is_refused) {
  writeMnist(folder, 15, 20);
  expectFailure("has 15 training samples, fewer than one batch of 16");
}

TEST_F(DatasetTest, empty_sets_are_refused) {
  writeMnist(folder, 40, 0);
  expectFailure("has no test images");
}

TEST_F(DatasetTest, damaged_gzip_is_refused) {
  std::string content = gzipped(readFile(images));
  remove(images.c_str());
  writeFile(images + ".gz", content.substr(0, content.size() / 2));
  expectFailure("truncated file");
  std::string damaged = content;
  damaged[content.size() - 6] ^= 1; // The checksum.
  writeFile(images + ".gz", damaged);
  expectFailure("damaged gzip file");
  writeFile(images + ".gz", "no gzip");
  expectFailure("is not a gzip file");
}

TEST_F(DatasetTest, normalization_is_that_of_the_pixels) {
  ASSERT_FALSE(load().failed());
  double sum = 0, squares = 0;
  for (uint8_t byte : data.train.bytes)
    sum += byte / 255.0;
  double mean = sum / data.train.bytes.size();
  for (uint8_t byte : data.train.bytes)
    squares += (byte / 255.0 - mean) * (byte / 255.0 - mean);
  Normalization got = measureNormalization(data.train);
  EXPECT_NEAR(got.mean[0], mean, 1e-12);
  EXPECT_NEAR(got.deviation[0], std::sqrt(squares / data.train.bytes.size()),
              1e-12);
}

TEST_F(DatasetTest, constant_images_do_not_divide_by_zero) {
  SampleSet set;
  set.bytes.assign(100, 51);
  Normalization got = measureNormalization(set);
  EXPECT_EQ(got.mean[0], 0.2);
  EXPECT_EQ(got.deviation[0], 1);
}

TEST_F(DatasetTest, channels_have_normalizations_of_their_own) {
  SampleSet set;
  for (int pixel = 0; pixel < 50; ++pixel)
    for (int byte : {51, pixel % 2 * 102, 255 - pixel % 2 * 255})
      set.bytes.push_back(byte);
  Normalization got = measureNormalization(set, 3);
  ASSERT_EQ(got.channels(), 3u);
  EXPECT_EQ(got.mean[0], 0.2);
  EXPECT_EQ(got.deviation[0], 1);
  EXPECT_NEAR(got.mean[1], 0.2, 1e-15);
  EXPECT_NEAR(got.deviation[1], 0.2, 1e-15);
  EXPECT_NEAR(got.mean[2], 0.5, 1e-15);
  EXPECT_NEAR(got.deviation[2], 0.5, 1e-15);
}

TEST_F(DatasetTest, a_batch_is_standardized_per_channel) {
  ASSERT_FALSE(load().failed());
  manifest.inputShape = {14, 14, 4};
  BatchGatherer gatherer;
  Normalization normalization{{0.25, 0.5, 0.125, 0}, {0.5, 1, 2, 0.25}};
  ASSERT_FALSE(gatherer.create(manifest, normalization).failed());
  uint32_t index = 3;
  gatherer.gather(data.train, &index, 1, pool);
  for (int i = 0; i < 784; ++i)
    EXPECT_EQ(gatherer.inputs()[i],
              float((mnistPixel(3, i) / 255.0 - normalization.mean[i % 4]) /
                    normalization.deviation[i % 4]));
}

TEST_F(DatasetTest, a_batch_is_standardized_and_padded) {
  ASSERT_FALSE(load().failed());
  BatchGatherer gatherer;
  ASSERT_FALSE(gatherer.create(manifest, {{0.25}, {0.5}}).failed());
  uint32_t indices[16] = {7, 3};
  gatherer.gather(data.train, indices, 16, pool);
  gatherer.gather(data.train, indices, 2, pool);
  for (int i = 0; i < 784; ++i)
    EXPECT_EQ(gatherer.inputs()[784 + i],
              float((mnistPixel(3, i) / 255.0 - 0.25) / 0.5));
  auto *classes = static_cast<const int32_t *>(gatherer.labels());
  EXPECT_EQ(classes[0], 7);
  EXPECT_EQ(classes[1], 3);
  for (int i = 2 * 784; i < 16 * 784; ++i)
    ASSERT_EQ(gatherer.inputs()[i], 0);
  EXPECT_EQ(classes[2], 0);
}

//===----------------------------------------------------------------------===//
// NumPy files
//===----------------------------------------------------------------------===//

class NpyTest : public DatasetTest {
protected:
  void SetUp() override {
    DatasetTest::SetUp();
    manifest = line;
    for (const char *part : {"train", "test"}) {
      writeFile(folder / (std::string(part) + "-inputs.npy"),
                npyFloats("(6, 8)", 48));
      writeFile(folder / (std::string(part) + "-targets.npy"),
                npyFloats("(6, 1)", 6));
    }
  }
  std::string inputs = folder / "train-inputs.npy";
  std::string targets = folder / "train-targets.npy";
};

TEST_F(NpyTest, reads_inputs_and_targets) {
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.count, 6);
  EXPECT_EQ(data.train.floats[9], 9 * 0.5f);
  EXPECT_EQ(data.train.targets[5], 5 * 0.5f);
  EXPECT_EQ(measureNormalization(data.train).deviation[0], 1);
}

TEST_F(NpyTest, one_dimensional_targets_are_fine) {
  writeFile(targets, npyFloats("(6,)", 6));
  EXPECT_FALSE(load().failed());
}

TEST_F(NpyTest, bad_files_are_refused) {
  writeFile(inputs, "PK\x03\x04 and more");
  expectFailure("is not a numpy file of version 1.0");
  writeFile(inputs, npy("<f8", "False", "(6, 8)", std::string(384, '\0')));
  expectFailure("has elements of type '<f8', expected '<f4'");
  writeFile(inputs, npy("<f4", "True", "(6, 8)", std::string(192, '\0')));
  expectFailure("expected C order");
  writeFile(inputs, npy("<f4", "False", "(6, -8)", std::string(192, '\0')));
  expectFailure("expected C order and a shape");
  writeFile(inputs, npyFloats("(6, 7)", 42));
  expectFailure("has the shape [6,7], this program expects rows of 8 values");
  writeFile(inputs, npyFloats("(6, 8)", 47));
  expectFailure("truncated file");
  writeFile(inputs, npyFloats("(6, 8)", 49));
  expectFailure("longer than its header says");
  writeFile(inputs, npyFloats("(5, 8)", 40));
  expectFailure("has 5 samples, '" + targets + "' has 6");
  remove(inputs.c_str());
  expectFailure("cannot open '" + inputs + "'");
}

TEST_F(NpyTest, values_that_are_not_finite_are_refused) {
  std::string content = npyFloats("(6, 8)", 48);
  float bad = NAN;
  content.replace(content.size() - 4, 4, reinterpret_cast<char *>(&bad), 4);
  writeFile(inputs, content);
  expectFailure("value 47 is not finite");
}

TEST_F(NpyTest, class_labels_are_int32) {
  ASSERT_FALSE(parseManifest(classifierManifest().c_str(), manifest).failed());
  for (const char *part : {"train", "test"}) {
    writeFile(folder / (std::string(part) + "-inputs.npy"),
              npyFloats("(20, 28, 28)", 20 * 784));
    writeFile(folder / (std::string(part) + "-labels.npy"),
              npy("<i4", "False", "(20,)", std::string(80, '\0')));
  }
  Status status = load();
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(data.train.count, 20);
  writeFile(folder / "train-labels.npy",
            npy("<i4", "False", "(20,)", std::string(80, '\1')));
  expectFailure("label 16843009 of sample 0");
}
