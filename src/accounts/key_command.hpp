// A command that prints a key, such as `pass show production`.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/secret.hpp"

namespace hookferry {

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

}  // namespace hookferry
