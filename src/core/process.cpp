#include "core/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hookferry {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

Pipe::Pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  read_end = Descriptor(ends[0]);
  write_end = Descriptor(ends[1]);
}

std::vector<std::string> environment_without(const std::function<bool(std::string_view name)>& hidden) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!hidden(variable.substr(0, variable.find('=')))) out.emplace_back(variable);
  }
  return out;
}

pid_t start(ShellCommand command) {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  bool refused = false;  // where one of the descriptors could not be opened
  for (const auto& [ours, its] : command.descriptors)
    refused = ::posix_spawn_file_actions_adddup2(&files, ours, its) != 0 || refused;
  short flags = POSIX_SPAWN_SETSIGDEF;
  sigset_t restored;
  ::sigemptyset(&restored);
  for (const int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&restored, number);
  ::posix_spawnattr_setsigdefault(&attributes, &restored);
  if (command.mask_of_group != nullptr) {
    flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setsigmask(&attributes, command.mask_of_group);
    ::posix_spawnattr_setpgroup(&attributes, 0);
  }
  ::posix_spawnattr_setflags(&attributes, flags);
  if (command.terminal >= 0) ::posix_spawn_file_actions_addtcsetpgrp_np(&files, command.terminal);
  std::vector<std::string> words = {"sh", "-c", command.text};
  pid_t out = -1;
  if (refused || ::posix_spawn(&out, "/bin/sh", &files, &attributes, pointers(words).data(),
                               pointers(command.environment).data()) != 0)
    out = -1;
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return out;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace hookferry
