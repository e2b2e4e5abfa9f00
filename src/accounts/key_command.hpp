// Keys that come from a command or a question on the terminal.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/crypto.hpp"
#include "core/files.hpp"

namespace hookferry::accounts {

// Signals that are waited for like input, where somebody is waited for.

/// While it lives, Ctrl-C, Ctrl-\, Ctrl-Z, TERM and HUP end nothing: they can be read from get(), which is
/// for poll(). Writing to the terminal and taking it back from another process group stop nobody either.
/// Afterwards all is as it was; what was read is gone. One thread.
class SignalGuard {
 public:
  SignalGuard();
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  int get() const { return file_.get(); }
  /// The signal that has come; 0 where none has.
  int next() const;
  /// What was blocked before: for processes that are started meanwhile.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  Descriptor file_{-1};
};

// A key that is typed.

/// Asks for it on the terminal, without echo, and appends the line to `answer`. False where there is no
/// terminal to ask on: none belongs to the process, or neither its input nor its errors are on one.
/// Failure(interrupted) where Ctrl-C or TERM comes instead; the terminal is as it was after any end, and
/// while the process is stopped.
bool ask_for_key(const std::string& question, std::size_t most, WipedBuffer& answer);

// A command that prints a key, such as `pass show production`.

struct KeyCommandTerms {
  std::chrono::milliseconds time_limit{30'000};
  std::size_t most_output = std::size_t{64} << 10;  ///< bytes
  /// Variables of the environment that it is not to see, beside all that begin with HOOKFERRY_.
  std::vector<std::string> hidden_variables;
  /// Told each line that it writes to standard error, safe to print.
  std::function<void(const std::string& line)> tell;
};

struct KeyCommandEnd {
  enum class Kind { exited, killed, timed_out, too_much, interrupted, not_started };
  Kind kind = Kind::not_started;
  int number = 0;  ///< exit code, or the signal that ended it
};

/// Runs it in a shell, in a process group of its own, which has the terminal meanwhile where we have it, and
/// appends what it prints to `output`. Its end is the shell's: what that leaves in the background is not
/// waited for. Where it does not end in time, prints more than allowed, or Ctrl-C or TERM comes, the whole
/// group is killed. Standard input is the terminal or empty, never what is piped into this program.
KeyCommandEnd run_key_command(const std::string& command, const KeyCommandTerms& terms, WipedBuffer& output);

}  // namespace hookferry::accounts
