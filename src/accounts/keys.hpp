// Where keys come from. They are read just before they are needed and never stand on a command line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "accounts/key_sources.hpp"
#include "core/secret.hpp"

namespace hookferry {

/// Standard input is there once: the setting that took a key from it gets the same again, for its next
/// account, and no other gets any. One for a run of the program.
struct StandardInputKey {
  std::string taken_by;
  Secret key;
};

/// What reading a key needs beside the names of its sources.
struct KeyReading {
  StandardInputKey& standard_input;
  /// Told of what is not right; texts are safe to print.
  std::function<void(const std::string&)> warn;
  /// Told each line that a key command writes to standard error, safe to print.
  std::function<void(const std::string&)> tell;
  /// What no key command is to see (see secret_variables()).
  std::vector<std::string> hidden_variables = {};
};

/// The first that is set; where none is, what is typed on the terminal. `side` names it in errors ("the
/// source (eu1)"). Failure(configuration) where there is none, where the key holds control bytes, where
/// others may write its file, where its command fails or does not end; Failure(usage) where two options name
/// one; warned of: a file that others may read, two variables that differ, an option that comes too late.
Secret read_key(const KeySources& sources, const std::string& side, const KeyReading& reading);

/// `<prefix>-file`, `<prefix>-env` or `<prefix>-command` of an account section; empty where none is set.
Secret read_section_secret(const std::map<std::string, ConfigEntry>& section, const std::string& prefix,
                           const KeyReading& reading);

}  // namespace hookferry
