//===- SyntheticTest.cpp - data made by the trainer -----------------------===//
//
// The data is the same for any number of threads and samples; digits can be
// told apart, and targets are the linear map they claim to be. The checksum
// pins the bytes: changing them changes every figure measured on them.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "TestPrograms.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <zlib.h>

using namespace qnet::rt;
using namespace qnet::test;

static Dataset make(const std::string &manifestText, unsigned threads,
                    int64_t train, int64_t test) {
  Manifest manifest;
  ThreadPool pool;
  Dataset data;
  EXPECT_FALSE(parseManifest(manifestText.c_str(), manifest).failed());
  EXPECT_FALSE(pool.start(threads).failed());
  DataRequest request;
  request.source = "synthetic";
  request.trainSamples = train;
  request.testSamples = test;
  EXPECT_FALSE(loadDataset(request, manifest, pool, data).failed());
  return data;
}

TEST(SyntheticDigits, do_not_depend_on_threads_or_count) {
  Dataset one = make(classifierManifest(), 1, 100, 20);
  Dataset three = make(classifierManifest(), 3, 50, 20);
  ASSERT_EQ(one.train.bytes.size(), 100u * 784);
  EXPECT_TRUE(std::equal(three.train.bytes.begin(), three.train.bytes.end(),
                         one.train.bytes.begin()));
  EXPECT_TRUE(std::equal(three.train.classes.begin(), three.train.classes.end(),
                         one.train.classes.begin()));
  EXPECT_EQ(one.test.bytes, three.test.bytes);
}

TEST(SyntheticDigits, train_and_test_differ) {
  Dataset data = make(classifierManifest(), 1, 20, 20);
  EXPECT_NE(data.train.bytes, data.test.bytes);
}

TEST(SyntheticDigits, bytes_are_pinned) {
  Dataset data = make(classifierManifest(), 2, 1000, 16);
  EXPECT_EQ(crc32(0, data.train.bytes.data(), data.train.bytes.size()),
            4258038433u);
}

TEST(SyntheticDigits, every_class_is_there_and_has_ink) {
  Dataset data = make(classifierManifest(), 2, 2000, 16);
  std::vector<int> counts(10);
  for (int64_t i = 0; i < data.train.count; ++i) {
    ++counts[data.train.classes[i]];
    auto *pixels = &data.train.bytes[i * 784];
    EXPECT_GT(std::count_if(pixels, pixels + 784,
                            [](uint8_t value) { return value > 100; }),
              8);
  }
  for (int count : counts)
    EXPECT_NEAR(count, 200, 60);
}

TEST(SyntheticDigits, nearest_class_means_beat_chance_but_not_all) {
  Dataset data = make(classifierManifest(), 2, 3000, 1000);
  std::vector<double> means(7840), counts(10);
  for (int64_t i = 0; i < 3000; ++i) {
    ++counts[data.train.classes[i]];
    for (int p = 0; p < 784; ++p)
      means[data.train.classes[i] * 784 + p] += data.train.bytes[i * 784 + p];
  }
  int wrong = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    double best = INFINITY;
    int guess = 0;
    for (int c = 0; c < 10; ++c) {
      double distance = 0;
      for (int p = 0; p < 784; ++p) {
        double d =
            means[c * 784 + p] / counts[c] - data.test.bytes[i * 784 + p];
        distance += d * d;
      }
      if (distance < best)
        best = distance, guess = c;
    }
    wrong += guess != data.test.classes[i];
  }
  EXPECT_LT(wrong, 600);
  EXPECT_GT(wrong, 100);
}

static std::string shapesManifest() {
  return replaced(classifierManifest(), "\"shape\":[784]",
                  "\"shape\":[32,32,3]");
}

TEST(SyntheticShapes, do_not_depend_on_threads_or_count) {
  Dataset one = make(shapesManifest(), 1, 60, 20);
  Dataset three = make(shapesManifest(), 3, 30, 20);
  ASSERT_EQ(one.train.bytes.size(), 60u * 3072);
  EXPECT_TRUE(std::equal(three.train.bytes.begin(), three.train.bytes.end(),
                         one.train.bytes.begin()));
  EXPECT_EQ(one.test.bytes, three.test.bytes);
  EXPECT_EQ(one.test.classes, three.test.classes);
}

TEST(SyntheticShapes, bytes_are_pinned) {
  Dataset data = make(shapesManifest(), 2, 300, 16);
  EXPECT_EQ(crc32(0, data.train.bytes.data(), data.train.bytes.size()),
            2731548497u);
}

/// How far each pixel is from the colour of the corner, from 0 to about 1.
static std::vector<float> contrastOf(const uint8_t *image) {
  std::vector<float> contrast(1024);
  for (int i = 0; i < 1024; ++i) {
    int sum = 0;
    for (int channel = 0; channel < 3; ++channel)
      sum += std::abs(image[i * 3 + channel] - image[channel]);
    contrast[i] = std::min(sum / 300.0f, 1.0f);
  }
  return contrast;
}

/// Errors of nearest class means of 3,000 training images on 1,000 test
/// images, where `view` turns an image into numbers.
template <typename View> static int errorsOfMeans(View view) {
  Dataset data = make(shapesManifest(), 2, 3000, 1000);
  std::vector<std::vector<float>> means(10);
  std::vector<int> counts(10);
  for (int64_t i = 0; i < 3000; ++i) {
    std::vector<float> seen = view(&data.train.bytes[i * 3072]);
    std::vector<float> &mean = means[data.train.classes[i]];
    mean.resize(seen.size());
    for (size_t k = 0; k < seen.size(); ++k)
      mean[k] += seen[k];
    ++counts[data.train.classes[i]];
  }
  for (int count : counts)
    EXPECT_NEAR(count, 300, 80);
  int wrong = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    std::vector<float> seen = view(&data.test.bytes[i * 3072]);
    double best = INFINITY;
    int guess = 0;
    for (int c = 0; c < 10; ++c) {
      double distance = 0;
      for (size_t k = 0; k < seen.size(); ++k) {
        double d = means[c][k] / counts[c] - seen[k];
        distance += d * d;
      }
      if (distance < best)
        best = distance, guess = c;
    }
    wrong += guess != data.test.classes[i];
  }
  return wrong;
}

TEST(SyntheticShapes, outlines_tell_classes_but_colours_do_not) {
  int byOutline = errorsOfMeans(contrastOf);
  int byColour = errorsOfMeans([](const uint8_t *image) {
    return std::vector<float>(image, image + 3072);
  });
  EXPECT_LT(byOutline, 750);
  EXPECT_GT(byOutline, 100);
  EXPECT_GT(byColour, 800);
}

TEST(SyntheticTargets, are_linear_with_a_little_noise) {
  Dataset data = make(regression().manifest, 2, 4000, 500);
  // Stochastic gradient descent finds the map up to the noise.
  std::vector<double> w(8);
  auto output = [&](const SampleSet &set, int64_t i) {
    double sum = 0;
    for (int k = 0; k < 8; ++k)
      sum += w[k] * set.floats[i * 8 + k];
    return sum;
  };
  for (int64_t i = 0; i < 4000; ++i) {
    double error = output(data.train, i) - data.train.targets[i];
    for (int k = 0; k < 8; ++k)
      w[k] -= 0.01 * error * data.train.floats[i * 8 + k];
  }
  double squares = 0, power = 0;
  for (int64_t i = 0; i < 500; ++i) {
    double error = output(data.test, i) - data.test.targets[i];
    squares += error * error / 500;
    power += data.test.targets[i] * data.test.targets[i] / 500;
  }
  EXPECT_NEAR(squares, 0.01, 0.004);
  EXPECT_GT(power, 0.1);
}

TEST(SyntheticBlobs, lie_around_their_centers) {
  std::string text =
      replaced(classifierManifest(), "\"shape\":[784]", "\"shape\":[2,10]");
  text = replaced(text, "\"classes\":10", "\"classes\":2");
  Dataset data = make(text, 2, 2000, 16);
  std::vector<double> difference(20), counts(2);
  for (int64_t i = 0; i < 2000; ++i)
    ++counts[data.train.classes[i]];
  for (int64_t i = 0; i < 2000; ++i)
    for (int k = 0; k < 20; ++k)
      difference[k] += (data.train.classes[i] ? 1 : -1) *
                       data.train.floats[i * 20 + k] /
                       counts[data.train.classes[i]];
  double length = 0;
  for (double d : difference)
    length += d * d;
  EXPECT_NEAR(std::sqrt(length), 4.2, 2);
}
