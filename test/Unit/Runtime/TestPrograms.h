//===- TestPrograms.h - hand-written programs and test helpers --*- C++ -*-===//
//
// Two small programs that follow qnet.h as compiled ones do: a softmax
// classifier with packed binary weights under stochastic rounding, and a linear
// regression in f32. And folders, files and trainer runs for the tests.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_TEST_UNIT_RUNTIME_TESTPROGRAMS_H
#define QNET_TEST_UNIT_RUNTIME_TESTPROGRAMS_H

#include "qnet-runtime/qnet.h"

#include <string>
#include <vector>

namespace qnet::test {

/// Faults that a test asks a program for, through qnet_program::user.
struct Faults {
  int64_t nanAtStep = -1;
  int64_t infiniteLossAtStep = -1;
};

constexpr int64_t classifierBatch = 16, classifierInputs = 784,
                  classifierClasses = 10;
constexpr int64_t regressionBatch = 4, regressionInputs = 8;

/// 784 inputs, 10 classes, batch 16; parameters fc.weight (binary) and fc.bias.
qnet_program classifier(Faults *faults = nullptr);
std::string classifierManifest();
/// 8 inputs, 1 target, batch 4; one parameter w.
qnet_program regression();

/// A folder that is removed with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder();
  std::string operator/(const std::string &name) const {
    return path + "/" + name;
  }
  std::vector<std::string> names() const;
  std::string path;
};

void writeFile(const std::string &path, const std::string &content);
std::string readFile(const std::string &path);
bool fileExists(const std::string &path);
/// `content` compressed by gzip.
std::string gzipped(const std::string &content);
std::string replaced(std::string text, const std::string &from,
                     const std::string &to);

struct TrainerRun {
  int code;
  std::string out, err;
};
/// Runs the trainer's command line in this process.
TrainerRun runTrainer(const qnet_program &program,
                      std::vector<std::string> arguments);
/// The same without capturing, for forked children.
int callTrainer(const qnet_program &program,
                std::vector<std::string> arguments);

/// A number to seed a property test with, printed so that a failure can be
/// repeated by setting QNET_TEST_SEED.
uint32_t propertySeed();

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RUNTIME_TESTPROGRAMS_H
