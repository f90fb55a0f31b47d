//===- ImageFolderTest.cpp - folders of images ----------------------------===//
//
// Formats decode to the same bytes, resizing follows its closed forms, and each
// kind of bad folder or file has its own message.
//
//===----------------------------------------------------------------------===//
#include "DataFiles.h"
#include "Dataset.h"
#include "Image.h"

#include <gtest/gtest.h>
#include <png.h>
#include <sys/stat.h>

using namespace qnet::rt;
using namespace qnet::test;

static std::string ppm(int height, int width,
                       const std::vector<uint8_t> &bytes) {
  return "P6\n# a comment\n" + std::to_string(width) + " " +
         std::to_string(height) + "\n255\n" +
         std::string(bytes.begin(), bytes.end());
}

/// An image of one value.
static std::string flat(int size, int value) {
  return ppm(size, size, std::vector<uint8_t>(3 * size * size, value));
}

class ImageFolderTest : public testing::Test {
protected:
  void SetUp() override {
    for (const char *name :
         {"/train", "/test", "/train/a", "/train/b", "/test/a", "/test/b"})
      ASSERT_EQ(mkdir((folder.path + name).c_str(), 0777), 0);
    std::string text =
        replaced(classifierManifest(), "\"shape\":[784]", "\"shape\":[7,7,3]");
    text = replaced(text, "\"classes\":10", "\"classes\":2");
    ASSERT_FALSE(parseManifest(text.c_str(), manifest).failed());
    for (int i = 0; i < 3; ++i)
      writeFile(folder / ("train/a/" + std::to_string(i) + ".ppm"),
                flat(9, 10 + i));
    writeFile(folder / "train/b/0.PPM", flat(20, 20));
    writeFile(folder / "test/a/0.ppm", flat(3, 30));
    writeFile(folder / "test/b/0.ppm", flat(8, 40));
    writeFile(folder / "train/b/notes.txt", "no image");
  }
  Status load(unsigned threads = 2, int64_t limit = 0) {
    ThreadPool pool;
    EXPECT_FALSE(pool.start(threads).failed());
    set = SampleSet();
    return loadImageFolder(folder.path, true, manifest, limit, pool, set);
  }
  TemporaryFolder folder;
  Manifest manifest;
  SampleSet set;
};

TEST_F(ImageFolderTest, GoesRoundTheClasses) {
  ASSERT_FALSE(load().failed());
  EXPECT_EQ(set.classes, (std::vector<int32_t>{0, 1, 0, 0}));
  ASSERT_EQ(set.bytes.size(), 4u * 147);
  const int values[] = {10, 20, 11, 12};
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 147; ++k)
      EXPECT_EQ(set.bytes[i * 147 + k], values[i]);
  ASSERT_FALSE(load(1, 2).failed());
  EXPECT_EQ(set.classes, (std::vector<int32_t>{0, 1}));
}

TEST_F(ImageFolderTest, NamesTheFirstDamagedImage) {
  std::string good = flat(9, 5);
  writeFile(folder / "train/a/1.ppm", good.substr(0, good.size() - 1));
  writeFile(folder / "train/a/2.ppm", "text");
  for (unsigned threads : {1, 4}) {
    Status status = load(threads);
    ASSERT_TRUE(status.failed());
    EXPECT_EQ(status.message(), "'" + (folder / "train/a/1.ppm") +
                                    "': damaged image: truncated file");
  }
  writeFile(folder / "train/a/1.ppm", good);
  EXPECT_EQ(load().message(), "'" + (folder / "train/a/2.ppm") +
                                  "' is not a png, jpeg, ppm or pgm image");
  writeFile(folder / "train/a/2.ppm", "\xff\xd8\xff\xe0");
  EXPECT_NE(load().message().find("2.ppm': damaged image: "),
            std::string::npos);
}

TEST_F(ImageFolderTest, ChecksClasses) {
  mkdir((folder / "train/c").c_str(), 0777);
  EXPECT_NE(load().message().find("class 'c' is in only one of"),
            std::string::npos);
  mkdir((folder / "test/c").c_str(), 0777);
  EXPECT_NE(load().message().find("has 3 classes: a, b, c; this program "
                                  "expects 2"),
            std::string::npos);
  manifest.classes = 3;
  EXPECT_NE(load().message().find("train/c' has no images"), std::string::npos);
}

TEST(ImageTest, PngIsAsPpm) {
  TemporaryFolder folder;
  std::vector<uint8_t> bytes;
  for (int i = 0; i < 5 * 4 * 3; ++i)
    bytes.push_back(uint8_t(i * 37));
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = 4;
  png.height = 5;
  png.format = PNG_FORMAT_RGB;
  ASSERT_TRUE(png_image_write_to_file(&png, (folder / "a.png").c_str(), 0,
                                      bytes.data(), 0, nullptr));
  writeFile(folder / "a.ppm", ppm(5, 4, bytes));
  for (const char *name : {"a.png", "a.ppm"}) {
    Image image;
    ASSERT_FALSE(readImage(folder / name, image).failed());
    EXPECT_EQ(image.height, 5);
    EXPECT_EQ(image.bytes, bytes) << name;
  }
  std::string content = readFile(folder / "a.png");
  writeFile(folder / "a.png", content.substr(0, content.size() / 2));
  Image image;
  EXPECT_NE(readImage(folder / "a.png", image).message().find("damaged"),
            std::string::npos);
}

TEST(ImageTest, ResizesByItsClosedForms) {
  Image image{1, 3, 1, {10, 20, 60}};
  resize(image, 1, 2); // (2*10+20)/3, (20+2*60)/3
  EXPECT_EQ(image.bytes, (std::vector<uint8_t>{13, 47}));
  image = {1, 2, 1, {0, 100}};
  resize(image, 1, 4);
  EXPECT_EQ(image.bytes, (std::vector<uint8_t>{0, 25, 75, 100}));
  image = {2, 1, 1, {7, 8}};
  resize(image, 1, 1);
  EXPECT_EQ(image.bytes, (std::vector<uint8_t>{8}));
}
