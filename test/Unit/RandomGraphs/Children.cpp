//===- Children.cpp - Work in child processes -----------------------------===//
//
// fork, as the parent has one thread.
//
//===----------------------------------------------------------------------===//

#include "Children.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t qnet::test::startChild(llvm::function_ref<int()> work, unsigned seconds,
                             bool quiet) {
  fflush(nullptr);
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    exit(1);
  }
  if (child > 0)
    return child;
  int nowhere = quiet ? open("/dev/null", O_WRONLY) : -1;
  if (nowhere >= 0) {
    dup2(nowhere, 1);
    dup2(nowhere, 2);
  }
  alarm(seconds);
  int code = work();
  fflush(nullptr);
  _exit(code);
}

int qnet::test::waitForChild(pid_t &child) {
  int status = 0;
  child = waitpid(child, &status, 0);
  if (child < 0) {
    perror("waitpid");
    exit(1);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
