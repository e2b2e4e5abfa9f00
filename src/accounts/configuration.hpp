// The INI file: one section an account, [defaults] for options, and [pair NAME] for what fleet moves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hookferry::accounts {

struct ConfigEntry {
  std::string value;
  std::string origin;  ///< "hookferry.ini:12"
};

/// What a [pair NAME] says.
struct ConfiguredPair {
  std::string name;
  std::string source, dest;
  std::string mode = "migrate";  ///< the command that it is for
  /// In the order of the file; names are those of options of that command.
  std::vector<std::pair<std::string, ConfigEntry>> options;
  std::string origin;  ///< of the section
};

struct Config {
  /// account → name → value; names are checked.
  std::map<std::string, std::map<std::string, ConfigEntry>> accounts;
  /// In the order of the file; names are those of options.
  std::vector<std::pair<std::string, ConfigEntry>> defaults;
  /// In the order of the file.
  std::vector<ConfiguredPair> pairs;
  /// What is not right with the file though it is used; safe to print.
  std::vector<std::string> warnings;
};

/// What may stand in [defaults]: every long option that a file can name; and in pairs.
struct OptionNames {
  std::vector<std::string> all;
  std::vector<std::string> paths;  ///< those of them whose value is a path
  /// mode of a pair → options that it may name
  std::map<std::string, std::vector<std::string>> of_pairs{};
};

/// What an account section may hold.
const std::vector<std::string>& account_settings();

/// A byte order mark is skipped, `~/` at the beginning of a file's path is $HOME.
/// Failure(configuration) with file, line and the nearest known name for anything that is not understood, for
/// a second source of one key in a section, and for a command where `unsafe_permissions` says that others
/// than the user may have written it (see files.hpp).
Config parse_config(const std::string& text, const std::string& file, const OptionNames& options,
                    const std::string& unsafe_permissions = {});

/// The file of --config, else $HOOKFERRY_CONFIG, else $XDG_CONFIG_HOME/hookferry/hookferry.ini where that
/// exists, else nothing. Failure(no_input) where one that was named is not there.
Config load_config(const std::string& config_option, const OptionNames& options);

}  // namespace hookferry::accounts
