// The signals that end this process, and commands of the user that it runs in a shell.
#pragma once

#include <sys/types.h>

#include <signal.h>
#include <array>
#include <atomic>
#include <csignal>
#include <vector>

#include "core/files.hpp"

namespace hookferry {

// SIGINT, SIGTERM and SIGHUP as a flag that can be asked and a descriptor that can be waited for.

/// The first signal asks for an end: requested() turns true, wake_fd() becomes readable and stays so. The
/// second one ends the process at once, with exit code 130 and a line on standard error.
///
/// Made once, by the command line, and handed down. A signal handler can only find it through process-wide
/// state: one atomic pointer in process.cpp, set while an object listens. There is no other such state.
class Interrupts {
 public:
  /// Handles no signals yet: until listen() a signal does what the system's default is.
  Interrupts();
  /// Puts back the handlers that were there before.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Handles signals from here on, SIGHUP only if it is not ignored (nohup). One object at a time may listen.
  void listen();
  [[nodiscard]] bool requested() const noexcept { return requested_.load(); }
  /// For poll() in any number of places at once. It must not be read from.
  int wake_fd() const noexcept { return wake_fd_; }

 private:
  struct Handled {
    int signal;
    struct sigaction before;
    bool active;
  };
  static void on_signal(int number);

  std::atomic<bool> requested_{false};
  int wake_fd_ = -1;
  std::array<Handled, 3> handled_;
  static_assert(std::atomic<bool>::is_always_lock_free);
};

/// Both ends are -1 if the system gives none, and are closed in a command that is started.
struct Pipe {
  Pipe();
  Descriptor read_end{-1}, write_end{-1};
};

/// A variable of the environment; empty if it is not set.
std::string environment(const char* name);
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
