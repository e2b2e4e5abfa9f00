#include "accounts/keys.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::accounts {
namespace {

using Kind = KeySource::Kind;
using Section = std::map<std::string, ConfigEntry>;

/// Far above any key; for what a key command prints, too.
constexpr ReadLimit key_limit{std::size_t{64} << 10, Cause::configuration};

/// As it is copied out of an example of the API.
bool begins_with_bearer(std::string_view key) {
  constexpr std::string_view word = "bearer";
  if (key.size() <= word.size() || !same_letters(key.substr(0, word.size()), word)) return false;
  return key[word.size()] == ' ' || key[word.size()] == ':';
}

/// The one way from what was read to a key. A key goes into a header line: a byte that ends the line would
/// let it say more than one thing. What was read may be a key all the same, so no error quotes it.
Secret checked(std::string_view key, const std::string& from) {
  const auto any = [&](auto condition) { return std::ranges::any_of(key, condition); };
  const bool quoted =
      key.size() >= 2 && (key.front() == '"' || key.front() == '\'') && key.back() == key.front();
  const bool space_at_edge = key.starts_with(' ') || key.ends_with(' ');
  const struct {
    bool found;
    std::string what;
    const char* hint;
  } faults[] = {
      {key.empty(), from + " holds no key", "put the API key there, on one line"},
      {key.starts_with(byte_order_mark), "the key in " + from + " begins with a byte order mark (UTF-8)",
       "save it as plain text without one"},
      {key.find('\r') != std::string::npos,
       "the key in " + from + " holds a carriage return (a Windows line end?)",
       "save it with Unix line ends, or without any"},
      {quoted, "the key in " + from + " stands in quotes", "take the quotes away"},
      {begins_with_bearer(key), "the key in " + from + " begins with the word Bearer",
       "leave that word out: only the key itself is wanted"},
      {any([](char c) { return c == ' ' || c == '\t'; }),
       "the key in " + from + " holds a space" + (space_at_edge ? " at its edge" : ""),
       "a key has none: copy it again, alone on its line"},
      {any([](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }),
       "the key in " + from + " holds a control byte", "a key is one line of printable characters"},
  };
  for (const auto& [found, what, hint] : faults)
    if (found) throw Failure(Cause::configuration, what, hint);
  forbid_dumps();
  return Secret(key);
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

Secret from_standard_input(const std::string& asker, StandardInputKey& taken) {
  if (taken.taken_by.empty()) {
    WipedBuffer text(key_limit.bytes + 1);
    read_into(text.text, STDIN_FILENO, "-", "the key on", key_limit);
    taken.key = checked(first_line(text.text), "standard input");
    taken.taken_by = asker;
  }
  if (taken.taken_by != asker)
    throw Failure(
        Cause::usage, "standard input cannot hold both keys",
        taken.taken_by + " has taken it; put the key of " + asker + " into a file or the environment");
  return taken.key;
}

Secret from_file(const std::string& path, const std::string& asker, const KeyReading& reading) {
  if (path == "-") return from_standard_input(asker, reading.standard_input);
  const auto file = open_private(path, O_RDONLY, "the key file", Cause::configuration);
  WipedBuffer text(key_limit.bytes + 1);
  read_into(text.text, file.get(), path, "the key file", key_limit);
  if (others_may_read(file.get()))
    reading.warn("key file " + printable(path) + " is readable by other users; run chmod 600 " +
                 printable(path));
  std::string_view key = text.text;
  if (key.ends_with('\n')) key.remove_suffix(1);
  return checked(key, printable(path));
}

/// Why the command gave no key, and what to try.
std::pair<std::string, std::string> failure_of(const KeyCommandEnd& end, std::chrono::milliseconds limit) {
  const std::string by_hand = "run it by hand to see why";
  switch (end.kind) {
    case KeyCommandEnd::Kind::exited:
      return {"failed with exit code " + std::to_string(end.number), by_hand};
    case KeyCommandEnd::Kind::killed:
      return {"was ended by signal " + std::to_string(end.number), by_hand};
    case KeyCommandEnd::Kind::timed_out:
      return {"did not end within " + std::to_string(limit.count() / 1000) + " s",
              "run it by hand to see what it waits for, or raise key-command-timeout in its section"};
    case KeyCommandEnd::Kind::too_much:
      return {"writes more than " + size_text(key_limit.bytes), "it is to print the key on one line"};
    case KeyCommandEnd::Kind::interrupted:
    case KeyCommandEnd::Kind::not_started:
      break;
  }
  return {"could not be started", by_hand};
}

Secret from_command(const ConfigEntry& command, const Section& section, const KeyReading& reading) {
  KeyCommandTerms terms;
  terms.most_output = key_limit.bytes;
  terms.hidden_variables = reading.hidden_variables;
  terms.tell = reading.tell;
  if (const auto limit = section.find("key-command-timeout"); limit != section.end())
    terms.time_limit = std::chrono::seconds(std::stoi(limit->second.value));  // checked when it was read
  WipedBuffer output(key_limit.bytes + 1);
  const auto end = run_key_command(command.value, terms, output);
  const bool by_user =
      end.kind == KeyCommandEnd::Kind::killed && (end.number == SIGINT || end.number == SIGQUIT);
  if (end.kind == KeyCommandEnd::Kind::interrupted || by_user)
    throw Failure(Cause::interrupted, "interrupted; nothing was changed");
  if (end.kind != KeyCommandEnd::Kind::exited || end.number != 0) {
    const auto [why, hint] = failure_of(end, terms.time_limit);
    throw Failure(Cause::configuration, printable(command.origin) + ": the key command " + why, hint);
  }
  return checked(first_line(output.text), "the output of the command at " + printable(command.origin));
}

std::string_view variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str());
  return value == nullptr ? std::string_view() : value;
}

/// Which variable holds a key that is not read for this account.
std::string unread_variable(const KeySources& sources) {
  for (const std::string name : {"HOOKFERRY_KEY", "HOOKFERRY_SOURCE_KEY", "HOOKFERRY_DEST_KEY"}) {
    const bool is_read = std::ranges::any_of(sources.order, [&](const KeySource& source) {
      return source.kind == Kind::variable && source.name == name;
    });
    if (!is_read && !variable(name).empty())
      return " (" + name + " is set, but this command does not read it)";
  }
  return {};
}

/// The user may expect the other variable to count.
void warn_of_other_variable(const KeySources& sources, const KeySource& taken, const KeyReading& reading) {
  for (const auto& other : sources.order)
    if (other.kind == Kind::variable && !variable(other.name).empty() &&
        variable(other.name) != variable(taken.name))
      reading.warn(taken.name + " and " + other.name + " are both set and differ; " + taken.name +
                   " is used");
}

struct SideNames {
  std::string_view side, option, variable;
};
/// In the order of Side.
constexpr SideNames names_of_sides[] = {{"the source", "source-key-file", "HOOKFERRY_SOURCE_KEY"},
                                        {"the destination", "dest-key-file", "HOOKFERRY_DEST_KEY"},
                                        {"the account", "key-file", "HOOKFERRY_KEY"}};

const SideNames& names_of(Side side) { return names_of_sides[static_cast<std::size_t>(side)]; }

}  // namespace

Secret read_section_secret(const Section& section, const std::string& prefix, const KeyReading& reading) {
  if (const auto file = section.find(prefix + "-file"); file != section.end())
    return from_file(file->second.value, printable(file->second.origin), reading);
  if (const auto named = section.find(prefix + "-env"); named != section.end()) {
    const auto* value = std::getenv(named->second.value.c_str());
    if (value == nullptr)
      throw Failure(Cause::configuration, printable(named->second.origin) + ": the environment variable " +
                                              printable(named->second.value) + " is not set");
    return checked(value, "the environment variable " + printable(named->second.value));
  }
  if (const auto command = section.find(prefix + "-command"); command != section.end())
    return from_command(command->second, section, reading);
  return {};
}

Secret read_key(const KeySources& sources, const std::string& side, const KeyReading& reading) {
  std::string given, variables, options;
  for (const auto& source : sources.order) {
    if (source.kind == Kind::variable) variables += (variables.empty() ? "set " : " or ") + source.name;
    if (source.kind == Kind::option) options += ", use --" + source.name + " FILE";
    if (source.kind != Kind::option || source.path.empty()) continue;
    if (!given.empty())
      throw Failure(Cause::usage, given + " and --" + source.name + " both name the key of " + side,
                    "leave one of them out");
    given = "--" + source.name;
  }
  for (const auto& source : sources.order) {
    Secret key;
    if (source.kind == Kind::option && !source.path.empty())
      key = from_file(source.path, "--" + source.name, reading);
    else if (source.kind == Kind::section && sources.section != nullptr)
      key = read_section_secret(*sources.section, "api-key", reading);
    else if (source.kind == Kind::variable && !variable(source.name).empty())
      key = checked(variable(source.name), "the environment variable " + source.name);
    if (key.empty()) continue;
    if (source.kind == Kind::variable) warn_of_other_variable(sources, source, reading);
    return key;
  }
  WipedBuffer typed(key_limit.bytes + 1);
  if (!ask_for_key("API key of " + side + ": ", key_limit.bytes, typed))
    throw Failure(Cause::configuration, "there is no API key for " + side + unread_variable(sources),
                  variables + options + ", or add api-key-file to its section");
  if (typed.text.empty()) throw Failure(Cause::configuration, "no key entered", variables + options);
  return checked(typed.text, "the typed text");
}

std::string name_of(Side side) { return std::string(names_of(side).side); }

std::vector<KeySource> key_order(std::string_view command, Side side) {
  // These commands name one account, which is nevertheless a source or a destination.
  const bool of_terraform = command == "terraform";
  const bool reads_one = command == "export" || (of_terraform && side != Side::destination);
  const bool writes_one = command == "import" || command == "undo" || (of_terraform && !reads_one);
  const auto& names = names_of(reads_one ? Side::source : writes_one ? Side::destination : side);
  const auto& general = names_of(Side::only);
  const bool has_general = reads_one || writes_one;
  std::vector<KeySource> out = {{Kind::option, std::string(names.option)}};
  if (has_general) out.push_back({Kind::option, std::string(general.option)});
  out.push_back({Kind::section});
  out.push_back({Kind::variable, std::string(names.variable)});
  if (has_general) out.push_back({Kind::variable, std::string(general.variable)});
  return out;
}

std::vector<std::string> secret_variables(const Config& config) {
  std::vector<std::string> out;
  for (const auto& [account, settings] : config.accounts)
    for (const auto& [name, entry] : settings)
      if (name.ends_with("-env")) out.push_back(entry.value);
  return out;
}

}  // namespace hookferry::accounts
