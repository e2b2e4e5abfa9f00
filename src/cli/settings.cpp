#include "cli/settings.hpp"

#include <algorithm>

#include "core/printable.hpp"

namespace hookferry {
namespace {

bool names(const Settings& settings, std::string_view name) {
  return std::any_of(settings.begin(), settings.end(),
                     [&](const Setting& setting) { return setting.is(name); });
}

void set(Options& options, const Setting& setting) {
  try {
    set_option(options, *setting.option, setting.value, setting.origin);
  } catch (const Failure& failure) {
    throw Failure(setting.refused, failure.what(), failure.hint);
  }
}

bool takes_default(std::string_view command, const OptionSpec& option) {
  if (command == "apply" && option.shapes_plan) return false;  // the plan's file says that
  return command != "undo" || option.name != "yes";
}

bool mirrors(std::string_view command, const Settings& settings) {
  Options said;
  for (const auto& setting : settings)
    if (setting.is("mirror")) set(said, setting);
  return command == "mirror" || said.mirror;
}

}  // namespace

Settings settings_of(std::string_view command, const ParsedArguments& parsed, const Config& config) {
  Settings defaults, given;
  Options only_checked;
  for (const auto& [name, entry] : config.defaults) {
    defaults.push_back(
        {find_option(name), entry.value, printable(entry.origin) + ": " + name, Cause::configuration});
    set(only_checked, defaults.back());
    if (!takes_default(command, *defaults.back().option)) defaults.pop_back();
  }
  for (const auto& [spec, value] : parsed.given)
    given.push_back({spec, value, "--" + std::string(spec->name), Cause::usage, true});
  return replaced(defaults, given);
}

Settings replaced(const Settings& under, const Settings& over) {
  Settings out;
  for (const auto& setting : under)
    if (!names(over, setting.option->name)) out.push_back(setting);
  out.insert(out.end(), over.begin(), over.end());
  return out;
}

Options options_of(std::string_view command, const Settings& settings) {
  Options out;
  out.mirror = mirrors(command, settings);
  if (out.mirror) out.on_conflict = ConflictPolicy::update;
  for (const auto& setting : settings) set(out, setting);
  return out;
}

}  // namespace hookferry
