// Where the key of each account of a command may come from, and what goes before what.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/configuration.hpp"

namespace hookferry {

/// What a command names an account for. `only`: it has one, and neither moves anything away nor to it by
/// name.
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

/// In the order they are asked. The side's own names go first (option, section of the configuration,
/// variable); a command with one account takes the general ones (`--key-file`, `HOOKFERRY_KEY`) behind them.
std::vector<KeySource> key_order(std::string_view command, Side side);

struct KeySources {
  std::vector<KeySource> order;
  const std::map<std::string, ConfigEntry>* section = nullptr;
};

/// All variables of the environment that `config` says hold a key or secret: no key command is to see them.
std::vector<std::string> secret_variables(const Config& config);

}  // namespace hookferry
