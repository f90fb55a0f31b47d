//===- TestSupport.cpp - folders, files and trainer runs ------------------===//
//
// See TestPrograms.h.
//
//===----------------------------------------------------------------------===//
#include "TestPrograms.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <sstream>
#include <zlib.h>

using namespace qnet;
using namespace qnet::test;

TemporaryFolder::TemporaryFolder() {
  std::string name =
      (std::filesystem::temp_directory_path() / "qnet-test-XXXXXX").string();
  path = mkdtemp(name.data()) ? name : "";
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path.empty())
    std::filesystem::remove_all(path, ignored);
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (auto &entry : std::filesystem::directory_iterator(path))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void test::writeFile(const std::string &path, const std::string &content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string test::readFile(const std::string &path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

bool test::fileExists(const std::string &path) {
  return std::filesystem::exists(path);
}

std::string test::gzipped(const std::string &content) {
  TemporaryFolder folder;
  std::string path = folder / "a.gz";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), unsigned(content.size()));
  gzclose(file);
  return readFile(path);
}

std::string test::replaced(std::string text, const std::string &from,
                           const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

int test::callTrainer(const qnet_program &program,
                      std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "trainer");
  std::vector<char *> pointers;
  for (std::string &argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return qnet_trainer_main(int(arguments.size()), pointers.data(), &program);
}

TrainerRun test::runTrainer(const qnet_program &program,
                            std::vector<std::string> arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = callTrainer(program, std::move(arguments));
  std::string out = testing::internal::GetCapturedStdout();
  return {code, out, testing::internal::GetCapturedStderr()};
}

uint32_t test::propertySeed() {
  const char *given = getenv("QNET_TEST_SEED");
  uint32_t seed =
      given ? uint32_t(strtoul(given, nullptr, 0)) : std::random_device()();
  std::cout << "QNET_TEST_SEED=" << seed << std::endl;
  return seed;
}
