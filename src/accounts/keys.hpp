// Where the key of an account comes from.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/configuration.hpp"
#include "core/crypto.hpp"

namespace hookferry::accounts {

// Where the key of each account of a command may come from, and what goes before what.

/// What a command names an account for. `only`: the command has one account, which is neither source nor
/// destination.
enum class Side { source, destination, only };

/// "the source"
std::string name_of(Side side);

struct KeySource {
  enum class Kind { option, section, variable };
  Kind kind;
  std::string name = {};  ///< of the option or the variable
  std::string path = {};  ///< of an option that was given: its value

  bool operator==(const KeySource&) const = default;
};

/// In the order in which they are asked: options, the account's section, variables. A command with one
/// account also takes the general option and variable (`--key-file`, `HOOKFERRY_KEY`), each behind the side's
/// own.
std::vector<KeySource> key_order(std::string_view command, Side side);

struct KeySources {
  std::vector<KeySource> order;
  const std::map<std::string, ConfigEntry>* section = nullptr;
};

/// All variables of the environment that `config` says hold a key or secret: no key command is to see them.
std::vector<std::string> secret_variables(const Config& config);

// Where keys come from. They are read just before they are needed and never stand on a command line.

/// Standard input can be read once. The setting that took a key from it gets the same key again for its next
/// account; any other setting is refused. There is one of these for a run of the program.
struct StandardInputKey {
  std::string taken_by;
  Secret key;
};

/// What reading a key needs beside the names of its sources.
struct KeyReading {
  StandardInputKey& standard_input;
  /// Gets warnings, safe to print.
  std::function<void(const std::string&)> warn;
  /// Gets each line that a key command writes to standard error, safe to print.
  std::function<void(const std::string&)> tell;
  /// Variables that no key command is to see (see secret_variables()).
  std::vector<std::string> hidden_variables = {};
};

/// The first source that is set gives the key; if none is, the user is asked on the terminal. `side` names
/// the account in errors ("the source (eu1)"). Failure(configuration) if there is no key, if it holds control
/// bytes, if it is writable by other userss file, if its command fails or does not end; Failure(usage) if two
/// options name a key. Warns of a file that others may read, and of two variables that differ.
Secret read_key(const KeySources& sources, const std::string& side, const KeyReading& reading);

/// `<prefix>-file`, `<prefix>-env` or `<prefix>-command` of an account section; empty where none is set.
Secret read_section_secret(const std::map<std::string, ConfigEntry>& section, const std::string& prefix,
                           const KeyReading& reading);

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
