//===- SessionTest.cpp - the C functions for applications -----------------===//
//
// Sessions as an application drives them: results do not depend on threads,
// saves resume exactly, and every failure returns an error with a reason.
//
//===----------------------------------------------------------------------===//
#include "Changes.h"
#include "TestPrograms.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qnet::rt;
using namespace qnet::test;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static constexpr bool usesSanitizer = true;
#elif defined(__has_feature)
static constexpr bool usesSanitizer =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
static constexpr bool usesSanitizer = false;
#endif

namespace {
/// Owns a session and feeds it fixed batches.
struct Driver {
  explicit Driver(const qnet_program &program, unsigned threads = 1)
      : inputs(classifierBatch * classifierInputs), labels(classifierBatch) {
    EXPECT_EQ(qnet_session_create(&program, threads, &session), QNET_OK)
        << qnet_session_error(session);
  }
  ~Driver() { qnet_session_destroy(session); }
  void fill(uint32_t number) {
    for (size_t i = 0; i < inputs.size(); ++i)
      inputs[i] = float((i * 37 + number * 11) % 101) / 50 - 1;
    for (size_t i = 0; i < labels.size(); ++i)
      labels[i] = int32_t((i + number) % 10);
  }
  qnet_status step(uint32_t number, float *loss = nullptr,
                   int64_t *errors = nullptr) {
    fill(number);
    return qnet_session_train_step(session, inputs.data(), labels.data(), 0,
                                   loss, errors);
  }
  std::string saved(const TemporaryFolder &folder) {
    EXPECT_EQ(qnet_session_save(session, (folder / "s").c_str()), QNET_OK);
    return readFile(folder / "s");
  }
  qnet_session *session = nullptr;
  std::vector<float> inputs;
  std::vector<int32_t> labels;
};
} // namespace

TEST(Session, learns_and_counts_errors) {
  qnet_program program = classifier();
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  float first = 0, last = 0;
  int64_t errors = -1;
  ASSERT_EQ(driver.step(0, &first, &errors), QNET_OK);
  EXPECT_GT(errors, 0);
  EXPECT_LE(errors, classifierBatch);
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(driver.step(0, &last, &errors), QNET_OK);
  EXPECT_LT(last, first / 2);
  EXPECT_STREQ(qnet_session_error(driver.session), "");
}

TEST(Session, bytes_do_not_depend_on_threads) {
  TemporaryFolder folder;
  qnet_program program = classifier();
  std::string expected;
  for (unsigned threads : {1, 2, 3, 5}) {
    Driver driver(program, threads);
    qnet_session_init(driver.session, 3);
    for (uint32_t i = 0; i < 20; ++i)
      ASSERT_EQ(driver.step(i), QNET_OK);
    if (threads == 1)
      expected = driver.saved(folder);
    EXPECT_EQ(driver.saved(folder), expected) << threads;
  }
}

TEST(Session, seeds_differ) {
  TemporaryFolder folder;
  qnet_program program = classifier();
  Driver one(program), two(program);
  qnet_session_init(one.session, 3);
  qnet_session_init(two.session, 4);
  EXPECT_NE(one.saved(folder), two.saved(folder));
}

TEST(Session, load_continues_bit_for_bit) {
  TemporaryFolder folder;
  qnet_program program = classifier();
  Driver whole(program), before(program), after(program);
  qnet_session_init(whole.session, 9);
  qnet_session_init(before.session, 9);
  for (uint32_t i = 0; i < 20; ++i) {
    ASSERT_EQ(whole.step(i), QNET_OK);
    if (i < 11)
      ASSERT_EQ(before.step(i), QNET_OK);
  }
  before.saved(folder);
  ASSERT_EQ(qnet_session_load(after.session, (folder / "s").c_str()), QNET_OK);
  for (uint32_t i = 11; i < 20; ++i)
    ASSERT_EQ(after.step(i), QNET_OK);
  EXPECT_EQ(after.saved(folder), whole.saved(folder));
}

TEST(Session, evaluation_counts_valid_samples_only) {
  qnet_program program = classifier();
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  driver.fill(1);
  int64_t all = 0, sum = 0;
  float loss = 0, mean = 0, lossOfOne = 0;
  int64_t errors = 0;
  auto evaluate = [&](int64_t valid, float *lossOut, int64_t *errorsOut) {
    return qnet_session_evaluate(driver.session, driver.inputs.data(),
                                 driver.labels.data(), valid, lossOut,
                                 errorsOut);
  };
  ASSERT_EQ(evaluate(16, &mean, &all), QNET_OK);
  ASSERT_EQ(evaluate(1, &lossOfOne, &sum), QNET_OK);
  ASSERT_EQ(evaluate(0, &loss, &errors), QNET_OK);
  EXPECT_EQ(loss, 0);
  EXPECT_EQ(errors, 0);
  EXPECT_LE(sum, 1);
  EXPECT_NE(mean, lossOfOne);
  EXPECT_EQ(evaluate(17, &loss, &errors), QNET_ERROR);
  EXPECT_STREQ(qnet_session_error(driver.session),
               "expected 0 to 16 valid samples, got 17");
}

TEST(Session, predictions_are_the_outputs) {
  qnet_program program = classifier();
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  driver.fill(1);
  std::vector<float> outputs(160);
  ASSERT_EQ(qnet_session_predict(driver.session, driver.inputs.data(),
                                 outputs.data()),
            QNET_OK);
  int64_t wrong = 0, errors = 0;
  for (int b = 0; b < 16; ++b) {
    auto *row = &outputs[b * 10];
    wrong += std::max_element(row, row + 10) - row != driver.labels[b];
  }
  qnet_session_evaluate(driver.session, driver.inputs.data(),
                        driver.labels.data(), 16, nullptr, &errors);
  EXPECT_EQ(errors, wrong);
}

TEST(Session, a_nan_update_names_step_and_parameter) {
  Faults faults;
  faults.nanAtStep = 2;
  qnet_program program = classifier(&faults);
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  EXPECT_EQ(driver.step(0), QNET_OK);
  EXPECT_EQ(driver.step(1), QNET_OK);
  EXPECT_EQ(driver.step(2), QNET_ERROR);
  EXPECT_STREQ(qnet_session_error(driver.session),
               "step 2: update of parameter 'fc.bias' is not a number; its "
               "weights were left unchanged");
}

TEST(Session, an_infinite_loss_names_the_step) {
  Faults faults;
  faults.infiniteLossAtStep = 1;
  qnet_program program = classifier(&faults);
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  EXPECT_EQ(driver.step(0), QNET_OK);
  EXPECT_EQ(driver.step(1), QNET_ERROR);
  EXPECT_STREQ(qnet_session_error(driver.session),
               "step 1: the loss is not finite (inf)");
}

static std::string creationError(const qnet_program *program) {
  qnet_session *session = nullptr;
  EXPECT_EQ(qnet_session_create(program, 1, &session), QNET_ERROR);
  std::string error = qnet_session_error(session);
  EXPECT_EQ(qnet_session_init(session, 1), QNET_ERROR);
  EXPECT_EQ(qnet_session_save(session, "x"), QNET_ERROR);
  qnet_session_destroy(session);
  return error;
}

TEST(Session, bad_programs_are_refused) {
  qnet_program program = classifier();
  EXPECT_EQ(creationError(nullptr), "expected a program, got null");
  program.abi_version = 1;
  EXPECT_EQ(creationError(&program), "program has abi version 1, expected 6");
  program = classifier();
  program.predict = nullptr;
  EXPECT_EQ(creationError(&program),
            "program lacks one of init, train_step, evaluate, predict");
  program = classifier();
  program.codes = nullptr;
  EXPECT_EQ(creationError(&program),
            "program lacks codes, which its manifest describes");
  program = classifier();
  program.manifest = "{";
  EXPECT_EQ(creationError(&program),
            "program manifest: expected a string at byte 1");
}

TEST(Session, memory_that_is_not_there_is_an_error) {
  if (usesSanitizer)
    GTEST_SKIP() << "sanitizers reserve address space of their own";
  std::string huge = replaced(classifierManifest(), "\"arena_bytes\":640",
                              "\"arena_bytes\":8000000000");
  pid_t child = fork();
  if (child == 0) {
    rlimit limit{1 << 30, 1 << 30};
    setrlimit(RLIMIT_AS, &limit);
    qnet_program program = classifier();
    program.manifest = huge.c_str();
    _exit(creationError(&program) ==
                  "cannot allocate 8000000000 bytes for the activations"
              ? 7
              : 8);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Session, a_failed_load_leaves_the_state) {
  TemporaryFolder folder;
  qnet_program program = classifier();
  Driver driver(program);
  qnet_session_init(driver.session, 3);
  std::string good = driver.saved(folder);
  writeFile(folder / "bad", good.substr(0, good.size() - 1));
  EXPECT_EQ(qnet_session_load(driver.session, (folder / "bad").c_str()),
            QNET_ERROR);
  EXPECT_EQ(driver.saved(folder), good);
}

TEST(Changes, counts_codes_not_bits) {
  Manifest manifest;
  manifest.codes = {{"a", 5, 1, 0, 1}, {"b", 17, 2, 4, 2}, {"c", 3, 32, 12, 3}};
  uint32_t first[6] = {0, 0, 0, 1, 2, 3};
  uint32_t second[6] = {0xFFFFFFFF, 0x3, 0xFFFFFFFF, 1, 5, 3};
  // a: all 5 of 5 (27 bits beyond); b: 1 of the first 16 and the 17th; c: 1.
  EXPECT_EQ(countChangedCodes(manifest, reinterpret_cast<uint8_t *>(first),
                              reinterpret_cast<uint8_t *>(second)),
            5 + 2 + 1);
  EXPECT_EQ(countChangedCodes(manifest, reinterpret_cast<uint8_t *>(first),
                              reinterpret_cast<uint8_t *>(first)),
            0);
}
