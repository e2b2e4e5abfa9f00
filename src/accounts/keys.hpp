// Where keys come from. They are read just before they are needed and never stand on a command line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "accounts/configuration.hpp"
#include "core/secret.hpp"

namespace hookferry {

struct KeySources {
  std::vector<std::pair<std::string, std::string>>
      files;  ///< option name → its value, in the order they are asked
  const std::map<std::string, ConfigEntry>* section = nullptr;
  std::vector<std::string> variables;  ///< of the environment
};

/// The first that is set. Failure(configuration) where none is, or where the key holds control bytes; `side`
/// names it in errors ("the source"), `warn` is told of a key file that others may read.
Secret read_key(const KeySources& sources, const std::string& side,
                const std::function<void(const std::string&)>& warn);

/// `<prefix>-file`, `<prefix>-env` or `<prefix>-command` of an account section; empty where none is set.
Secret read_section_secret(const std::map<std::string, ConfigEntry>& section, const std::string& prefix,
                           const std::function<void(const std::string&)>& warn);

}  // namespace hookferry
