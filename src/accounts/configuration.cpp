#include "accounts/configuration.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::accounts {
namespace {

constexpr ReadLimit config_limit{std::size_t{1} << 20, Cause::configuration};

[[noreturn]] void refuse(const std::string& origin, const std::string& why, const std::string& hint = {}) {
  throw Failure(Cause::configuration, printable(origin) + ": " + why, hint);
}

[[noreturn]] void refuse_name(const ConfigEntry& entry, const std::string& name, const std::string& section,
                              const std::string& meant) {
  refuse(entry.origin, "unknown name \"" + printable_excerpt(secrets::mask_argument(name), 60) + "\" in [" +
                           section + "]" + meant);
}

/// "api-key" for `api-key-file`; empty if the name is not one of the sources of a key.
std::string key_named_by(const std::string& name) {
  for (const std::string_view way : {"-file", "-env", "-command"})
    if (name.ends_with(way) && name.find("-key") != std::string::npos)
      return name.substr(0, name.size() - way.size());
  return {};
}

void add_to_account(Config& config, const std::string& account, const std::string& name,
                    const ConfigEntry& entry, const OptionNames& options) {
  if (!holds(account_settings(), name)) {
    auto meant = did_you_mean(name, account_settings());
    if (holds(options.all, name))
      meant = nearest(account, {"defaults"}) ? "; did you mean [defaults]?"
                                             : "; options stand in [defaults], not with an account";
    refuse_name(entry, name, printable_excerpt(account, 60), meant);
  }
  auto& settings = config.accounts[account];
  const auto key = key_named_by(name);
  for (const auto& [other, known] : settings)
    if (!key.empty() && other != name && key_named_by(other) == key)
      refuse(entry.origin,
             name + " and " + other + " (" + printable(known.origin) + ") both say where one key is",
             "leave one of them out");
  if (name == "key-command-timeout") {
    int seconds = 0;
    const auto* end = entry.value.data() + entry.value.size();
    const auto read = std::from_chars(entry.value.data(), end, seconds);
    if (read.ec != std::errc() || read.ptr != end || seconds < 1 || seconds > 3600)
      refuse(entry.origin, "invalid value \"" + printable_excerpt(entry.value, 60) + "\" for " + name,
             "expected a whole number of seconds from 1 to 3600");
  }
  if (!settings.emplace(name, entry).second)
    refuse(entry.origin, name + " is set twice in [" + printable(account) + "]");
}

constexpr std::string_view pair_prefix = "pair ";

void begin_pair(Config& config, const std::string& section, const std::string& origin) {
  ConfiguredPair pair;
  pair.name = std::string(trimmed(std::string_view(section).substr(pair_prefix.size())));
  pair.origin = origin;
  for (const auto& other : config.pairs)
    if (other.name == pair.name)
      refuse(origin,
             "there is a pair " + printable(pair.name) + " already (" + printable(other.origin) + ")");
  config.pairs.push_back(std::move(pair));
}

void add_to_pair(ConfiguredPair& pair, const std::string& name, const ConfigEntry& entry,
                 const OptionNames& options) {
  auto* own = name == "source" ? &pair.source : name == "dest" ? &pair.dest : nullptr;
  if (own != nullptr) {
    if (!own->empty()) refuse(entry.origin, name + " is set twice in [pair " + printable(pair.name) + "]");
    if (entry.value.empty()) refuse(entry.origin, name + " is empty", "name an account");
    *own = entry.value;
    return;
  }
  std::vector<std::string> modes, known = {"source", "dest", "mode"};
  for (const auto& [mode, names] : options.of_pairs) {
    modes.push_back(mode);
    std::ranges::copy_if(names, std::back_inserter(known),
                         [&](const auto& one) { return !holds(known, one); });
  }
  if (name == "mode") {
    if (!holds(modes, entry.value))
      refuse(entry.origin,
             "invalid value \"" + printable_excerpt(secrets::mask_argument(entry.value), 60) + "\" for mode" +
                 did_you_mean(entry.value, modes),
             "expected migrate or mirror");
    pair.mode = entry.value;
    return;
  }
  if (!holds(known, name))
    refuse_name(
        entry, name, "pair " + printable_excerpt(pair.name, 60),
        holds(options.all, name) ? "; it is an option, but not one of a pair's" : did_you_mean(name, known));
  pair.options.emplace_back(name, entry);
}

/// The lines of a pair may stand in any order, so this can only be checked at its end.
void require_whole_pair(const ConfiguredPair& pair, const OptionNames& options) {
  const auto section = "[pair " + printable(pair.name) + "]";
  if (pair.source.empty() || pair.dest.empty())
    refuse(pair.origin, section + " has no " + (pair.source.empty() ? "source" : "dest"), "add it");
  for (const auto& [name, entry] : pair.options)
    if (!holds(options.of_pairs.at(pair.mode), name))
      refuse(entry.origin, name + " is not an option of " + pair.mode + ", which is the mode of " + section,
             "set mode, or leave it out");
}

Config read_config(const std::string& path, const OptionNames& options) {
  constexpr std::string_view what = "the configuration file";
  const auto file = open_trusted(path, O_RDONLY, what, Cause::configuration);
  const auto hand = unsafe_permissions(file.get());
  auto out = parse_config(read_descriptor(file.get(), path, what, config_limit), path, options, hand.why);
  out.file = path;
  // The owner of the file could have the keys that it names sent anywhere.
  const auto redirects = [](const auto& setting) {
    const std::vector<std::string> names = {"url",         "proxy",      "ca-file",
                                            "client-cert", "client-key", "regions"};
    return holds(names, setting.first);
  };
  bool any = std::ranges::any_of(out.defaults, redirects);
  for (const auto& [account, settings] : out.accounts) any = any || std::ranges::any_of(settings, redirects);
  if (any && hand.kind == UnsafePermissions::Kind::not_own)
    throw Failure(Cause::configuration,
                  "the configuration " + printable(path) + " says where keys are sent to, and " + hand.why,
                  "use a copy of your own");
  if (hand.kind != UnsafePermissions::Kind::none)
    out.warnings.push_back("the configuration " + printable(path) + " is not yours alone: " + hand.why);
  return out;
}

}  // namespace

const std::vector<std::string>& account_settings() {
  static const std::vector<std::string> names = {"region",
                                                 "url",
                                                 "api",
                                                 "api-key-file",
                                                 "api-key-env",
                                                 "api-key-command",
                                                 "sendlog-private-key-file",
                                                 "sendlog-private-key-env",
                                                 "sendlog-private-key-command",
                                                 "ca-file",
                                                 "key-command-timeout",
                                                 "client-cert",
                                                 "client-key",
                                                 "proxy"};
  return names;
}

Config parse_config(const std::string& text, const std::string& file, const OptionNames& options,
                    const std::string& unsafe_permissions) {
  Config config;
  std::string section;
  std::size_t number = 0;
  for (const auto untrimmed : split(without_byte_order_mark(text), '\n')) {
    const auto line = trimmed(untrimmed);
    const auto origin = file + ":" + std::to_string(++number);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      if (line.back() != ']') refuse(origin, "a section ends with ']'");
      section = std::string(trimmed(line.substr(1, line.size() - 2)));
      if (section.empty()) refuse(origin, "a section needs a name");
      if (section.starts_with(pair_prefix))
        begin_pair(config, section, origin);
      else if (section != "defaults")
        config.accounts[section];
      continue;
    }
    const auto equals = line.find('=');
    if (equals == std::string::npos) refuse(origin, "neither [section] nor name = value");
    if (section.empty()) refuse(origin, "a value before the first [section]");
    const std::string name(trimmed(line.substr(0, equals)));
    ConfigEntry entry{std::string(trimmed(line.substr(equals + 1))), origin};
    // Others may write other settings, but they must not have the user run a command.
    if (!unsafe_permissions.empty() && name.ends_with("-command"))
      refuse(origin, name + " is not run from this file: " + unsafe_permissions,
             "make the file yours alone (chmod go-w)");
    // A shell would have replaced the `~` of a path.
    const bool is_path = name.ends_with("-file") || holds(options.paths, name);
    if (const auto home = environment("HOME"); is_path && entry.value.starts_with("~/") && !home.empty())
      entry.value.replace(0, 1, home);
    if (section.starts_with(pair_prefix)) {
      add_to_pair(config.pairs.back(), name, entry, options);
    } else if (section != "defaults") {
      add_to_account(config, section, name, entry, options);
    } else {
      if (name == "config") refuse(origin, "config cannot stand here: a file cannot name the file");
      if (!holds(options.all, name)) refuse_name(entry, name, "defaults", did_you_mean(name, options.all));
      config.defaults.emplace_back(name, entry);
    }
  }
  for (const auto& pair : config.pairs) require_whole_pair(pair, options);
  return config;
}

Config load_config(const std::string& config_option, const OptionNames& options) {
  auto path = config_option.empty() ? environment("HOOKFERRY_CONFIG") : config_option;
  if (!path.empty()) return read_config(path, options);
  auto base = environment("XDG_CONFIG_HOME");
  if (!base.starts_with('/')) base.clear();  // as the XDG specification has it
  if (base.empty() && !environment("HOME").empty()) base = environment("HOME") + "/.config";
  path = base + "/hookferry/hookferry.ini";
  if (base.empty() || !is_there(path)) return {};
  return read_config(path, options);
}

}  // namespace hookferry::accounts
