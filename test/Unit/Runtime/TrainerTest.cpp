//===- TrainerTest.cpp - the command line of trainers ---------------------===//
//
// Runs train, eval, predict and info as a user would, on small data.
//
//===----------------------------------------------------------------------===//
#include "DataFiles.h"
#include "Json.h"

#include <gtest/gtest.h>

using namespace qnet::test;

class TrainerTest : public testing::Test {
protected:
  /// 100 samples: 6 steps an epoch, 4 samples dropped.
  TrainerRun train(std::vector<std::string> more) {
    std::vector<std::string> arguments = {"train", "--data=synthetic",
                                          "--train-samples=100",
                                          "--test-samples=50", "--threads=1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return runTrainer(program, arguments);
  }
  std::string to(const char *name) { return "--checkpoint=" + (folder / name); }
  qnet_program program = classifier();
  TemporaryFolder folder;
};

static std::string lineOf(const std::string &text, int number) {
  size_t begin = 0;
  for (; number > 0; --number)
    begin = text.find('\n', begin) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// The log without the fields that measure time.
static std::string withoutTimes(const std::string &log) {
  std::string result;
  for (int i = 0; !lineOf(log, i).empty() && i < 100; ++i) {
    std::string line = lineOf(log, i);
    result += line.substr(0, line.find(",\"images_per_second\"")) + "\n";
  }
  return result;
}

TEST_F(TrainerTest, prints_a_line_per_epoch) {
  TrainerRun run = train({"--epochs=2"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out.find("epoch 1/2  loss "), 0u) << run.out;
  std::string second = lineOf(run.out, 1);
  for (const char *part : {"epoch 2/2", "  train error ", "%  test error ",
                           "  changed ", "% step, ", "% start  ", " images/s"})
    EXPECT_NE(second.find(part), std::string::npos) << second;
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(train({"--epochs=1", "--quiet"}).out, "");
}

TEST_F(TrainerTest, learns_the_synthetic_digits) {
  TrainerRun run =
      runTrainer(program, {"train", "--data=synthetic", "--train-samples=3000",
                           "--test-samples=500", "--epochs=3", "--threads=2",
                           "--quiet", to("c")});
  ASSERT_EQ(run.code, 0) << run.err;
  run = runTrainer(program,
                   {"eval", "--data=synthetic", "--test-samples=500", to("c")});
  size_t at = run.out.find("test error ");
  ASSERT_NE(at, std::string::npos) << run.out;
  EXPECT_LT(std::stod(run.out.substr(at + 11)), 60);
}

TEST_F(TrainerTest, checkpoint_does_not_depend_on_threads) {
  for (const char *threads : {"1", "2", "3"})
    ASSERT_EQ(
        train({"--epochs=2", to(threads), std::string("--threads=") + threads})
            .code,
        0);
  EXPECT_EQ(readFile(folder / "1"), readFile(folder / "2"));
  EXPECT_EQ(readFile(folder / "1"), readFile(folder / "3"));
}

TEST_F(TrainerTest, seed_decides_the_checkpoint) {
  ASSERT_EQ(train({"--epochs=1", to("a"), "--seed=7"}).code, 0);
  ASSERT_EQ(train({"--epochs=1", to("b"), "--seed=8"}).code, 0);
  ASSERT_EQ(train({"--epochs=1", to("c")}).code, 0);
  EXPECT_NE(readFile(folder / "a"), readFile(folder / "b"));
  EXPECT_EQ(readFile(folder / "a"), readFile(folder / "c")); // The default.
}

TEST_F(TrainerTest, resume_at_any_step_is_bit_exact_also_in_the_log) {
  auto log = [&](const char *name) { return "--log=" + (folder / name); };
  ASSERT_EQ(train({"--epochs=3", to("whole"), log("whole.log")}).code, 0);
  for (const char *steps : {"1", "5", "6", "7", "11", "12", "17"}) {
    std::string stop = std::string("--steps=") + steps;
    ASSERT_EQ(
        train({"--epochs=3", to("cut"), log("cut.log"), stop, "--overwrite"})
            .code,
        0);
    EXPECT_NE(readFile(folder / "cut"), readFile(folder / "whole"));
    TrainerRun run =
        train({"--epochs=3", to("cut"), log("cut.log"), "--resume"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(readFile(folder / "cut"), readFile(folder / "whole")) << steps;
    EXPECT_EQ(withoutTimes(readFile(folder / "cut.log")),
              withoutTimes(readFile(folder / "whole.log")))
        << steps;
  }
}

TEST_F(TrainerTest, log_has_one_valid_record_per_epoch_and_an_end) {
  std::string log = folder / "log";
  ASSERT_EQ(train({"--epochs=2", "--log=" + log}).code, 0);
  std::string text = readFile(log);
  for (int epoch = 1; epoch <= 2; ++epoch) {
    qnet::rt::JsonValue record;
    ASSERT_FALSE(qnet::rt::parseJson(lineOf(text, epoch - 1), record).failed());
    EXPECT_EQ(record.find("epoch")->integer, epoch);
    EXPECT_EQ(record.find("step")->integer, epoch * 6);
    for (const char *key :
         {"loss", "train_error", "test_loss", "test_error", "changed_step",
          "changed_start", "images_per_second", "seconds"})
      EXPECT_EQ(record.find(key)->kind, qnet::rt::JsonValue::Kind::Number)
          << key;
  }
  EXPECT_EQ(lineOf(text, 2), "{\"done\":true,\"step\":12}");
  EXPECT_EQ(lineOf(text, 3), "");
}

TEST_F(TrainerTest, resume_drops_later_and_cut_off_log_lines) {
  std::string log = folder / "log";
  ASSERT_EQ(train({"--epochs=1", to("c"), "--log=" + log}).code, 0);
  std::string first = lineOf(readFile(log), 0);
  std::string later = replaced(first, "\"step\":6", "\"step\":12");
  writeFile(log, first + "\n" + later + "\n{\"epoch\":3,\"st");
  ASSERT_EQ(train({"--epochs=2", to("c"), "--resume", "--log=" + log}).code, 0);
  std::string text = readFile(log);
  EXPECT_EQ(lineOf(text, 0), first);
  EXPECT_EQ(lineOf(text, 1).find("{\"epoch\":2,\"step\":12,"), 0u);
  EXPECT_EQ(lineOf(text, 2), "{\"done\":true,\"step\":12}");
}

TEST_F(TrainerTest, a_file_that_is_no_log_is_not_rewritten) {
  writeFile(folder / "log", "dear diary\n");
  ASSERT_EQ(train({"--epochs=1", to("c")}).code, 0);
  TrainerRun run =
      train({"--epochs=2", to("c"), "--resume", "--log=" + (folder / "log")});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("line 1 is not a record"), std::string::npos);
  EXPECT_EQ(readFile(folder / "log"), "dear diary\n");
}

TEST_F(TrainerTest, an_existing_checkpoint_is_not_lost) {
  ASSERT_EQ(train({"--epochs=1", to("c")}).code, 0);
  std::string before = readFile(folder / "c");
  TrainerRun run = train({"--epochs=2", to("c")});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "error: checkpoint '" + (folder / "c") +
                         "' exists; pass --resume to continue it or "
                         "--overwrite to replace it\n");
  EXPECT_EQ(readFile(folder / "c"), before);
}

TEST_F(TrainerTest, resume_without_a_file_starts_with_a_note) {
  TrainerRun run = train({"--epochs=1", to("c"), "--resume"});
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.err.find("does not exist yet"), std::string::npos);
}

TEST_F(TrainerTest, resume_of_a_complete_run_changes_nothing) {
  ASSERT_EQ(train({"--epochs=1", to("c")}).code, 0);
  std::string before = readFile(folder / "c");
  TrainerRun run = train({"--epochs=1", to("c"), "--resume"});
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.err.find("nothing to do: 6 steps are done"), std::string::npos);
  EXPECT_EQ(readFile(folder / "c"), before);
}

TEST_F(TrainerTest, resume_of_another_run_is_refused) {
  ASSERT_EQ(train({"--epochs=1", to("c"), "--seed=3"}).code, 0);
  auto resume = [&](const char *option) {
    return train({"--epochs=2", to("c"), "--resume", option}).err;
  };
  EXPECT_NE(resume("--seed=4").find("its seed is 3, this run's is 4"),
            std::string::npos);
  EXPECT_NE(resume("--train-samples=90")
                .find("number of training samples is 100, this run's is 90"),
            std::string::npos);
  writeMnist(folder, 100, 20);
  EXPECT_NE(
      resume(("--data=" + folder.path).c_str()).find("mean of the training"),
      std::string::npos);
}

TEST_F(TrainerTest, a_nan_update_keeps_the_previous_checkpoint) {
  ASSERT_EQ(train({"--steps=8", to("before")}).code, 0);
  Faults faults;
  faults.nanAtStep = 9;
  program = classifier(&faults);
  TrainerRun run = train({"--epochs=3", to("c"), "--checkpoint-every=4"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err, "error: step 9: update of parameter 'fc.bias' is not a "
                     "number; its weights were left unchanged\n");
  EXPECT_EQ(readFile(folder / "c"), readFile(folder / "before"));
}

TEST_F(TrainerTest, eval_agrees_with_the_last_epoch) {
  TrainerRun trained = train({"--epochs=1", to("c")});
  TrainerRun run = runTrainer(program, {"eval", "--data", "synthetic",
                                        "--test-samples", "50", to("c")});
  ASSERT_EQ(run.code, 0) << run.err;
  size_t at = run.out.find("test error ");
  ASSERT_NE(at, std::string::npos);
  std::string error = run.out.substr(at, run.out.find('%') - at);
  EXPECT_NE(trained.out.find(error), std::string::npos) << run.out;
  EXPECT_NE(run.out.find(" of 50)"), std::string::npos);
}

TEST_F(TrainerTest, eval_uses_the_mean_of_the_checkpoint) {
  writeMnist(folder, 40, 20);
  std::string data = "--data=" + folder.path;
  ASSERT_EQ(runTrainer(program, {"train", data, "--epochs=1", to("c")}).code,
            0);
  std::string before = runTrainer(program, {"eval", data, to("c")}).out;
  remove((folder / "train-images-idx3-ubyte").c_str());
  EXPECT_EQ(runTrainer(program, {"eval", data, to("c")}).out, before);
  EXPECT_NE(before.find(" of 20)"), std::string::npos);
}

TEST_F(TrainerTest, predict_writes_a_line_per_sample) {
  ASSERT_EQ(train({"--epochs=1", to("c")}).code, 0);
  std::vector<std::string> arguments = {"predict", "--data=synthetic",
                                        "--test-samples=19", to("c")};
  TrainerRun run = runTrainer(program, arguments);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(lineOf(run.out, 0), "index,predicted,label");
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 20);
  EXPECT_EQ(lineOf(run.out, 19).find("18,"), 0u);
  arguments.push_back("--output=" + (folder / "p.csv"));
  EXPECT_EQ(runTrainer(program, arguments).out, "");
  EXPECT_EQ(readFile(folder / "p.csv"), run.out);
}

TEST_F(TrainerTest, regression_trains_and_predicts) {
  program = regression();
  TrainerRun run = train({"--epochs=5", to("c")});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out.find("error"), std::string::npos);
  EXPECT_NE(run.out.find("  test loss 0.0"), std::string::npos) << run.out;
  run = runTrainer(
      program, {"predict", "--data=synthetic", to("c"), "--test-samples=5"});
  EXPECT_EQ(lineOf(run.out, 0), "index,output0");
  EXPECT_EQ(lineOf(run.out, 5).find("4,"), 0u);
  run = runTrainer(program, {"eval", "--data=synthetic", to("c")});
  EXPECT_NE(run.out.find("(2000 samples)"), std::string::npos) << run.out;
}

TEST_F(TrainerTest, info_says_what_the_trainer_is) {
  TrainerRun run = runTrainer(program, {"info"});
  EXPECT_EQ(run.code, 0);
  for (const char *part :
       {"model      test_classifier", "rule       sr", "#qnet.binary<0.05>",
        "bits per grid weight: 1", "training state          1060 bytes",
        "activations              640 bytes", "labels     10 classes"})
    EXPECT_NE(run.out.find(part), std::string::npos) << part << "\n" << run.out;
  ASSERT_EQ(train({"--epochs=1", to("c"), "--seed=5"}).code, 0);
  run = runTrainer(program, {"info", to("c")});
  EXPECT_NE(run.out.find("seed 5, 6 steps, 1 epochs of 100 samples"),
            std::string::npos)
      << run.out;
}

TEST_F(TrainerTest, report_is_one_self_contained_page) {
  std::string path = folder / "r.html";
  ASSERT_EQ(train({"--epochs=2", "--report=" + path}).code, 0);
  std::string page = readFile(path);
  EXPECT_EQ(page.find("<!DOCTYPE html>"), 0u);
  EXPECT_NE(page.find("test_classifier"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("<td>2</td><td>12</td>"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

TEST_F(TrainerTest, outputs_that_cannot_be_written_are_named_before_training) {
  std::string path = folder / "none/c";
  for (const char *option : {"--checkpoint=", "--report=", "--log="}) {
    TrainerRun run = train({"--epochs=1", option + path});
    EXPECT_EQ(run.code, 1);
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find("'" + path + "': No such file or directory\n"),
              std::string::npos)
        << run.err;
  }
  TrainerRun run = train({"--epochs=1", "--log=/dev/full"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.err,
            "error: cannot write log '/dev/full': No space left on device\n");
}

struct BadLine {
  std::vector<std::string> arguments;
  const char *message;
};

class CommandLineTest : public testing::TestWithParam<BadLine> {};

TEST_P(CommandLineTest, is_refused_with_exit_code_2) {
  TrainerRun run = runTrainer(classifier(), GetParam().arguments);
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, std::string("error: ") + GetParam().message + "\n");
  EXPECT_EQ(run.out, "");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, CommandLineTest,
    testing::Values(
        BadLine{{},
                "expected a command: train, eval, predict, recalibrate, export "
                "or info"},
        BadLine{{"fly"},
                "unknown command 'fly', expected train, eval, predict, "
                "recalibrate, export or info"},
        BadLine{{"train"}, "expected --data=DIR or --data=synthetic"},
        BadLine{{"train", "--dota=x"}, "unknown option '--dota=x'; see --help"},
        BadLine{{"train", "--data=synthetic", "--epochs=0"},
                "option --epochs: expected an integer from 1 to 1000000, got "
                "'0'"},
        BadLine{{"train", "--data=synthetic", "--seed=4294967296"},
                "option --seed: expected an integer from 0 to 4294967295, got "
                "'4294967296'"},
        BadLine{{"train", "--data=synthetic", "--threads=2x"},
                "option --threads: expected an integer from 1 to 1024, got "
                "'2x'"},
        BadLine{{"train", "--data"},
                "option --data: expected DIR|synthetic, got nothing"},
        BadLine{{"train", "--data="},
                "option --data: expected DIR|synthetic, got nothing"},
        BadLine{{"train", "--data=synthetic", "--quiet=1"},
                "option --quiet takes no value"},
        BadLine{{"train", "--data=synthetic", "--resume"},
                "--resume, --overwrite and --checkpoint-every need "
                "--checkpoint=FILE"},
        BadLine{{"train", "--data=synthetic", "--checkpoint=c", "--resume",
                 "--overwrite"},
                "expected one of --resume and --overwrite, got both"},
        BadLine{{"eval", "--data=synthetic"}, "expected --checkpoint=FILE"},
        BadLine{{"eval", "--epochs=3"},
                "option --epochs does not belong to 'eval'; see --help"}));

TEST(CommandLine, help_names_every_option) {
  TrainerRun run = runTrainer(classifier(), {"--help"});
  EXPECT_EQ(run.code, 0);
  for (const char *name :
       {"--data=", "--epochs=", "--seed=", "--threads=", "--checkpoint=",
        "--checkpoint-every=", "--resume", "--overwrite", "--log=", "--report=",
        "--train-samples=", "--test-samples=", "--steps=", "--quiet",
        "--output=", "predict", "info"})
    EXPECT_NE(run.out.find(name), std::string::npos) << name;
  EXPECT_EQ(runTrainer(classifier(), {"train", "--help"}).code, 0);
}
