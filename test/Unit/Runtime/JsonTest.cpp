//===- JsonTest.cpp - the strict JSON reader ------------------------------===//
//
// Values round trip, what RFC 8259 forbids is refused, and no damage to a text
// makes the parser do anything but succeed or fail.
//
//===----------------------------------------------------------------------===//
#include "Json.h"
#include "TestPrograms.h"

#include <gtest/gtest.h>
#include <random>

using namespace qnet::rt;
using qnet::test::propertySeed;

TEST(Json, reads_every_kind_of_value) {
  JsonValue value;
  ASSERT_FALSE(
      parseJson(R"( {"a":[1,-2.5e3,true,false,null],"b":{"c":"d"}} )", value)
          .failed());
  const JsonValue &list = *value.find("a");
  ASSERT_EQ(list.elements.size(), 5u);
  EXPECT_TRUE(list.elements[0].isInteger);
  EXPECT_EQ(list.elements[0].integer, 1);
  EXPECT_FALSE(list.elements[1].isInteger);
  EXPECT_EQ(list.elements[1].number, -2500);
  EXPECT_TRUE(list.elements[2].boolean);
  EXPECT_EQ(list.elements[4].kind, JsonValue::Kind::Null);
  EXPECT_EQ(value.find("b")->find("c")->string, "d");
  EXPECT_EQ(value.find("x"), nullptr);
}

TEST(Json, reads_escapes_and_utf8) {
  JsonValue value;
  ASSERT_FALSE(
      parseJson("\"\\\"\\\\\\/\\b\\n\\u00e9\\ud83d\\ude00\xc3\xa9\"", value)
          .failed());
  EXPECT_EQ(value.string, "\"\\/\b\n\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9");
}

TEST(Json, integers_are_exact_to_64_bits) {
  JsonValue value;
  ASSERT_FALSE(parseJson("9223372036854775807", value).failed());
  EXPECT_EQ(value.integer, INT64_MAX);
  ASSERT_FALSE(parseJson("9223372036854775808", value).failed());
  EXPECT_FALSE(value.isInteger);
}

TEST(Json, quoting_round_trips) {
  std::string text = "a\"b\\c\n\x01\xc3\xa9";
  JsonValue value;
  ASSERT_FALSE(parseJson(quoteJson(text), value).failed());
  EXPECT_EQ(value.string, text);
}

class BadJson : public testing::TestWithParam<const char *> {};

TEST_P(BadJson, is_refused) {
  JsonValue value;
  Status status = parseJson(GetParam(), value);
  EXPECT_TRUE(status.failed());
  EXPECT_NE(status.message().find(" at byte "), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, BadJson,
    testing::Values("", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}",
                    "01", "1.", "-", ".5", "1e", "+1", "nul", "tru", "NaN",
                    "1 2", "\"a", "\"\n\"", "\"\\x\"", "\"\\u12\"",
                    "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"",
                    "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "1e999",
                    "{\"a\":1,\"a\":2}", "[1}", "// c\n1", "\"\xe2\x82\""));

TEST(Json, deep_nesting_is_refused) {
  JsonValue value;
  EXPECT_FALSE(
      parseJson(std::string(60, '[') + std::string(60, ']'), value).failed());
  EXPECT_TRUE(parseJson(std::string(100000, '['), value).failed());
}

TEST(Json, damaged_texts_never_crash) {
  std::mt19937 random(propertySeed());
  std::string source = qnet::test::classifierManifest();
  for (int round = 0; round < 20000; ++round) {
    std::string text = source.substr(0, random() % (source.size() + 1));
    for (uint32_t i = random() % 4; i > 0 && !text.empty(); --i)
      text[random() % text.size()] = char(random());
    JsonValue value;
    Status status = parseJson(text, value);
    EXPECT_EQ(status.failed(), !status.message().empty());
  }
}
