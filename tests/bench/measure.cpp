// Runs a command and writes what it took to a file: measure FILE COMMAND [ARGUMENT...]
//
// A program of its own since it is small: the kernel counts what a process held before its exec into its peak
// memory, and what held it there would be an interpreter of 20 MB.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measure FILE COMMAND [ARGUMENT...]\n", stderr);
    return 64;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto child = ::fork();
  if (child == 0) {
    ::execvp(argv[2], argv + 2);
    std::perror(argv[2]);
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (child < 0 || ::wait4(child, &status, 0, &used) != child) {
    std::perror("measure");
    return 1;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  std::FILE* file = std::fopen(argv[1], "w");
  if (file == nullptr) {
    std::perror(argv[1]);
    return 1;
  }
  std::fprintf(file, R"({"exit":%d,"wall":%.6f,"user":%.6f,"system":%.6f,"peak_kib":%ld})", exit_code(status),
               wall.count(), seconds(used.ru_utime), seconds(used.ru_stime), used.ru_maxrss);
  return std::fclose(file) == 0 ? 0 : 1;
}
