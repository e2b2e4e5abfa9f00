// Keys that come from a command or a question on the terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/crypto.hpp"

namespace hookferry::accounts {

// A key that is typed.

/// Asks for a key on the terminal, without echo, and appends the line to `answer`. Returns false if there is
/// no terminal to ask on: none belongs to the process, or neither its input nor its errors are on one. Throws
/// Failure(interrupted) if Ctrl-C or TERM comes instead. The terminal is afterwards as it was before, and
/// also while the process is stopped.
bool ask_for_key(const std::string& question, std::size_t most, WipedBuffer& answer);

// A command that prints a key, such as `pass show production`.

struct KeyCommandTerms {
  std::chrono::milliseconds time_limit{30'000};
  std::size_t most_output = std::size_t{64} << 10;  ///< bytes
  /// Variables of the environment that the command does not see, beside all that begin with HOOKFERRY_.
  std::vector<std::string> hidden_variables;
  /// Gets each line that the command writes to standard error, safe to print.
  std::function<void(const std::string& line)> tell;
};

struct KeyCommandEnd {
  enum class Kind { exited, killed, timed_out, too_much, interrupted, not_started };
  Kind kind = Kind::not_started;
  int number = 0;  ///< exit code, or the signal that ended it
};

/// Runs a command in a shell and appends what it prints to `output`. The shell leads a process group of its
/// own, which has the terminal meanwhile if this program has it. What the shell leaves in the background is
/// not waited for. If the command does not end in time or prints more than allowed, or if Ctrl-C or TERM
/// comes, the whole group is killed. Standard input is the terminal or empty, never what is piped into this
/// program.
KeyCommandEnd run_key_command(const std::string& command, const KeyCommandTerms& terms, WipedBuffer& output);

}  // namespace hookferry::accounts
