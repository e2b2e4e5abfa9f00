// Where the key of an account comes from.
#pragma once

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

/// In the order in which they are asked. The side's own names go first (option, section of the configuration,
/// variable); a command with one account takes the general ones (`--key-file`, `HOOKFERRY_KEY`) behind them.
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
/// bytes, if others may write its file, if its command fails or does not end; Failure(usage) if two options
/// name a key. Warns of a file that others may read, of two variables that differ, and of an option that
/// comes too late.
Secret read_key(const KeySources& sources, const std::string& side, const KeyReading& reading);

/// `<prefix>-file`, `<prefix>-env` or `<prefix>-command` of an account section; empty where none is set.
Secret read_section_secret(const std::map<std::string, ConfigEntry>& section, const std::string& prefix,
                           const KeyReading& reading);

}  // namespace hookferry::accounts
