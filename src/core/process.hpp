// Commands of the user that are run in a shell.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"

namespace hookferry {

/// Both ends are -1 if the system gives none, and are closed in a command that is started.
struct Pipe {
  Pipe();
  Descriptor read_end{-1}, write_end{-1};
};

/// `NAME=value` for each variable of the environment whose name is not `hidden`.
std::vector<std::string> environment_without(const std::function<bool(std::string_view name)>& hidden);

struct ShellCommand {
  std::string text;
  std::vector<std::string> environment;
  /// Ours, and the number that the command knows it by.
  std::vector<std::pair<int, int>> descriptors = {};
  /// The signals that are blocked in the command. With them it leads a process group of its own.
  const sigset_t* mask_of_group = nullptr;
  int terminal = -1;  ///< goes to that group
};
/// Runs `sh -c` and returns its process, or -1. Signals that this process ignores are not ignored there.
pid_t start(ShellCommand command);

/// Waits for the end and returns the status as waitpid(2) gives it.
int wait_for(pid_t process);

}  // namespace hookferry
