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

/// The settings of a [pair NAME].
struct ConfiguredPair {
  std::string name;
  std::string source, dest;
  std::string mode = "migrate";  ///< the command that moves it
  /// Options of that command, in the order of the file.
  std::vector<std::pair<std::string, ConfigEntry>> options;
  std::string origin;  ///< of the section
};

struct Config {
  std::string file;  ///< its path; empty if there is none
  /// account → name → value; names are checked.
  std::map<std::string, std::map<std::string, ConfigEntry>> accounts;
  /// Options, in the order of the file.
  std::vector<std::pair<std::string, ConfigEntry>> defaults;
  /// In the order of the file.
  std::vector<ConfiguredPair> pairs;
  /// Warnings about the file, safe to print.
  std::vector<std::string> warnings;
};

/// The names that may stand in [defaults] and in pairs: every long option that a file can name.
struct OptionNames {
  std::vector<std::string> all;
  std::vector<std::string> paths;  ///< options whose value is a path
  /// mode of a pair → options that it may name
  std::map<std::string, std::vector<std::string>> of_pairs{};
};

/// The names that may stand in the section of an account.
const std::vector<std::string>& account_settings();

/// A byte order mark is skipped, `~/` at the beginning of a file's path is $HOME. Failure(configuration) with
/// file, line and the nearest known name for anything that is not understood, for a second source of one key
/// in a section, and for a command if `unsafe_permissions` says that another user may have written it (see
/// files.hpp).
Config parse_config(const std::string& text, const std::string& file, const OptionNames& options,
                    const std::string& unsafe_permissions = {});

/// Reads the file of --config, else $HOOKFERRY_CONFIG, else $XDG_CONFIG_HOME/hookferry/hookferry.ini if that
/// exists. Failure(no_input) if a file that was named does not exist.
Config load_config(const std::string& config_option, const OptionNames& options);

}  // namespace hookferry::accounts
