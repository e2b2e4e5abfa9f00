// Options as somebody set them: on the command line, in the configuration's defaults, in a pair, in a plan.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"
#include "core/failure.hpp"

namespace hookferry {

struct Setting {
  const OptionSpec* option;
  std::string value;
  std::string origin;            ///< for error lines: "--retries", "hookferry.ini:3: retries"
  Cause refused = Cause::usage;  ///< what a value that is not allowed ends in
  bool given = false;            ///< on the command line

  bool is(std::string_view name) const { return option->name == name; }
};
using Settings = std::vector<Setting>;

/// Defaults of the configuration that the command line does not replace (lists included), then the command
/// line. Failure where a value is not allowed, of a replaced default, too. What takes things away asks,
/// unless it is told not to when it is called: undo takes no --yes from the defaults. What shapes a plan
/// comes from the plan's file where one is applied: apply takes none of it from the defaults.
Settings settings_of(std::string_view command, const ParsedArguments& parsed, const Config& config);

/// Those of `under` that `over` does not name, then all of `over`.
Settings replaced(const Settings& under, const Settings& over);

/// The options in force for that command; a mirror writes over what differs, where nothing else is set.
/// Failure where a value is not allowed.
Options options_of(std::string_view command, const Settings& settings);

}  // namespace hookferry
