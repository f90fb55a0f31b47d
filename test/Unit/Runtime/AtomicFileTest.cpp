//===- AtomicFileTest.cpp - whole files or none ---------------------------===//
//
// Every failure leaves the old file and no temporary. Size limits and a tiny
// file system stand in for full disks, in forked children.
//
//===----------------------------------------------------------------------===//
#include "AtomicFile.h"
#include "TestPrograms.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qnet::rt;
using namespace qnet::test;

static const std::vector<std::string> onlyOne = {"file"};

TEST(AtomicFile, replaces_the_content) {
  TemporaryFolder folder;
  for (const char *text : {"first", "second", ""}) {
    ASSERT_FALSE(replaceFile(folder / "file", text).failed());
    EXPECT_EQ(readFile(folder / "file"), text);
    EXPECT_EQ(folder.names(), onlyOne);
  }
}

TEST(AtomicFile, without_commit_nothing_changes) {
  TemporaryFolder folder;
  writeFile(folder / "file", "old");
  {
    AtomicFile file;
    ASSERT_FALSE(file.open(folder / "file").failed());
    ASSERT_FALSE(file.write("new").failed());
  }
  EXPECT_EQ(readFile(folder / "file"), "old");
  EXPECT_EQ(folder.names(), onlyOne);
}

TEST(AtomicFile, keeps_the_mode_of_the_file) {
  TemporaryFolder folder;
  writeFile(folder / "file", "old");
  chmod((folder / "file").c_str(), 0640);
  ASSERT_FALSE(replaceFile(folder / "file", "new").failed());
  struct stat info;
  ASSERT_EQ(stat((folder / "file").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST(AtomicFile, writes_through_a_symbolic_link) {
  TemporaryFolder folder;
  writeFile(folder / "file", "old");
  ASSERT_EQ(symlink("file", (folder / "link").c_str()), 0);
  ASSERT_FALSE(replaceFile(folder / "link", "new").failed());
  EXPECT_EQ(readFile(folder / "file"), "new");
  struct stat info;
  ASSERT_EQ(lstat((folder / "link").c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
}

TEST(AtomicFile, refuses_devices_and_folders) {
  TemporaryFolder folder;
  EXPECT_EQ(replaceFile("/dev/full", "x").message(),
            "cannot write '/dev/full': not a regular file");
  EXPECT_EQ(replaceFile(folder.path, "x").message(),
            "cannot write '" + folder.path + "': not a regular file");
}

TEST(AtomicFile, names_a_missing_folder) {
  TemporaryFolder folder;
  std::string path = folder / "missing/file";
  EXPECT_EQ(replaceFile(path, "x").message(),
            "cannot write '" + path + "': No such file or directory");
}

TEST(AtomicFile, removes_leftovers_of_dead_writers_only) {
  TemporaryFolder folder;
  pid_t dead = fork();
  if (dead == 0)
    _exit(0);
  waitpid(dead, nullptr, 0);
  std::string live = "file.tmp." + std::to_string(getppid());
  writeFile(folder / ("file.tmp." + std::to_string(dead)), "dead");
  writeFile(folder / live, "live");
  writeFile(folder / "file.tmp.x", "not ours");
  ASSERT_FALSE(replaceFile(folder / "file", "new").failed());
  EXPECT_EQ(folder.names(),
            (std::vector<std::string>{"file", live, "file.tmp.x"}));
}

TEST(AtomicFile, a_leftover_with_our_number_does_not_stop_us) {
  TemporaryFolder folder;
  writeFile(folder / ("file.tmp." + std::to_string(getpid())), "leftover");
  ASSERT_FALSE(replaceFile(folder / "file", "new").failed());
  EXPECT_EQ(readFile(folder / "file"), "new");
  EXPECT_EQ(folder.names(), onlyOne);
}

/// Runs `body` in a child; its exit code.
template <typename Body> static int inChild(Body body) {
  pid_t child = fork();
  if (child == 0)
    _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(AtomicFile, a_write_past_the_size_limit_leaves_the_old_file) {
  TemporaryFolder folder;
  std::string path = folder / "file";
  writeFile(path, "old");
  EXPECT_EQ(inChild([&] {
              signal(SIGXFSZ, SIG_IGN);
              rlimit limit{4096, 4096};
              setrlimit(RLIMIT_FSIZE, &limit);
              Status status = replaceFile(path, std::string(100000, 'x'));
              return status.message() ==
                             "cannot write '" + path + "': File too large"
                         ? 7
                         : 8;
            }),
            7);
  EXPECT_EQ(readFile(path), "old");
  EXPECT_EQ(folder.names(), onlyOne);
}

TEST(AtomicFile, a_full_disk_leaves_the_old_file) {
  TemporaryFolder folder;
  int code = inChild([&] {
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", folder.path.c_str(), "tmpfs", 0, "size=32k") != 0)
      return 9;
    std::string path = folder / "file";
    writeFile(path, "old");
    Status status = replaceFile(path, std::string(100000, 'x'));
    bool right = status.message() ==
                     "cannot write '" + path + "': No space left on device" &&
                 readFile(path) == "old" && folder.names() == onlyOne;
    return right ? 7 : 8;
  });
  if (code == 9)
    GTEST_SKIP() << "needs root and the right to mount";
  EXPECT_EQ(code, 7);
}
