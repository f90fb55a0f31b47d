//===- ManifestTest.cpp - manifests of programs ---------------------------===//
//
// A right manifest is read in full; each relation that is broken is named.
//
//===----------------------------------------------------------------------===//
#include "Manifest.h"
#include "TestPrograms.h"

#include <gtest/gtest.h>

using namespace qnet::rt;
using namespace qnet::test;

TEST(Manifest, reads_a_classifier) {
  Manifest manifest;
  Status status = parseManifest(classifierManifest().c_str(), manifest);
  ASSERT_FALSE(status.failed()) << status.message();
  EXPECT_EQ(manifest.name, "test_classifier");
  EXPECT_EQ(manifest.batch, 16);
  EXPECT_EQ(manifest.sampleSize(), 784);
  EXPECT_TRUE(manifest.classification);
  ASSERT_EQ(manifest.parameters.size(), 2u);
  EXPECT_EQ(manifest.parameters[0].grid, "#qnet.binary<0.05>");
  EXPECT_EQ(manifest.bytesOfRole(""), 980 + 40 + 40);
  EXPECT_EQ(manifest.bytesOfRole("moment"), 40);
  EXPECT_EQ(manifest.bitsPerWeight(manifest.parameters[0]), 1);
  EXPECT_EQ(manifest.bitsPerWeight(manifest.parameters[1]), 32);
  EXPECT_EQ(manifest.bitsPerGridWeight(), 1);
}

struct Break {
  const char *from, *to, *message;
};

class BadManifest : public testing::TestWithParam<Break> {};

TEST_P(BadManifest, is_refused_with_its_reason) {
  auto [from, to, message] = GetParam();
  Manifest manifest;
  Status status =
      parseManifest(replaced(classifierManifest(), from, to).c_str(), manifest);
  ASSERT_TRUE(status.failed());
  EXPECT_NE(status.message().find(message), std::string::npos)
      << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    Relations, BadManifest,
    testing::Values(
        Break{"\"format\":1", "\"format\":2", "'format' is not an integer"},
        Break{"\"rule\":\"sr\",", "", "'rule' is missing, expected a string"},
        Break{"\"batch\":16", "\"batch\":0", "'batch' is not an integer from"},
        Break{"\"shape\":[784]", "\"shape\":[-784]", "not a list of sizes"},
        Break{"\"shape\":[784]", "\"shape\":[9999999999,9999999999]",
              "too many elements"},
        Break{"\"class\"", "\"klass\"", "expected class or target"},
        Break{"\"F32\"", "\"F16\"", "expected F32 or U32"},
        Break{"\"moment\"", "\"momentum\"", "'role' is 'momentum'"},
        Break{"\"bytes\":980", "\"bytes\":976", "four times the elements"},
        Break{"\"offset\":1024", "\"offset\":1020", "multiple of 64"},
        Break{"\"offset\":1024", "\"offset\":960", "overlap in the state"},
        Break{"\"offset\":1088", "\"offset\":1152", "ends past the state"},
        Break{"\"count\":7840", "\"count\":7839", "do not agree with any"},
        Break{"\"words\":245", "\"words\":244", "'words' does not agree"},
        Break{"\"codes_bytes\":980", "\"codes_bytes\":979",
              "ends past the codes"},
        Break{"{\"name\":\"fc.bias.moment\"", "{\"name\":\"fc.bias\"",
              "two tensors are named 'fc.bias'"},
        Break{"{\"format\"", "[{\"format\"", "program manifest: expected"}));

TEST(Manifest, null_is_refused) {
  Manifest manifest;
  EXPECT_TRUE(parseManifest(nullptr, manifest).failed());
}
