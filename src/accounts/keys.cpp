#include "accounts/keys.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "accounts/key_command.hpp"
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

/// A key goes into a header line: a byte that ends the line would let it say more than one thing.
Secret checked(std::string_view key, const std::string& from) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (key.empty())
    throw Failure(Cause::configuration, from + " holds no key", "put the API key there, on one line");
  if (key.starts_with(byte_order_mark))
    throw Failure(Cause::configuration, "the key in " + from + " begins with a byte order mark (UTF-8)",
                  "save it as plain text without one");
  if (key.find('\r') != std::string::npos)
    throw Failure(Cause::configuration,
                  "the key in " + from + " holds a carriage return (a Windows line end?)",
                  "save it with Unix line ends, or without any");
  if (key.size() >= 2 && (key.front() == '"' || key.front() == '\'') && key.back() == key.front())
    throw Failure(Cause::configuration, "the key in " + from + " stands in quotes", "take the quotes away");
  if (begins_with_bearer(key))
    throw Failure(Cause::configuration, "the key in " + from + " begins with the word Bearer",
                  "leave that word out: only the key itself is wanted");
  if (std::any_of(key.begin(), key.end(), [](char c) { return c == ' ' || c == '\t'; }))
    throw Failure(Cause::configuration,
                  "the key in " + from + " holds a space" +
                      (key.front() == ' ' || key.back() == ' ' ? " at its edge" : ""),
                  "a key has none: copy it again, alone on its line");
  if (std::any_of(key.begin(), key.end(), control))
    throw Failure(Cause::configuration, "the key in " + from + " holds a control byte",
                  "a key is one line of printable characters");
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
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
      (facts.st_mode & (S_IRGRP | S_IROTH)) != 0)
    reading.warn("others on this machine may read the key file " + printable(path) + "; chmod 600 it");
  std::string_view key = text.text;
  if (key.ends_with('\n')) key.remove_suffix(1);
  return checked(key, printable(path));
}

std::string how_it_ended(const KeyCommandEnd& end, std::chrono::milliseconds limit) {
  switch (end.kind) {
    case KeyCommandEnd::Kind::exited:
      return "failed with exit code " + std::to_string(end.number);
    case KeyCommandEnd::Kind::killed:
      return "was ended by signal " + std::to_string(end.number);
    case KeyCommandEnd::Kind::timed_out:
      return "did not end within " + std::to_string(limit.count() / 1000) + " s";
    case KeyCommandEnd::Kind::too_much:
      return "writes more than " + size_text(key_limit.bytes);
    case KeyCommandEnd::Kind::interrupted:
    case KeyCommandEnd::Kind::not_started:
      break;
  }
  return "could not be started";
}

std::string hint_of(KeyCommandEnd::Kind kind) {
  if (kind == KeyCommandEnd::Kind::too_much) return "it is to print the key on one line";
  if (kind == KeyCommandEnd::Kind::timed_out)
    return "run it by hand to see what it waits for, or raise key-command-timeout in its section";
  return "run it by hand to see why";
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
  if (end.kind != KeyCommandEnd::Kind::exited || end.number != 0)
    throw Failure(Cause::configuration,
                  printable(command.origin) + ": the key command " + how_it_ended(end, terms.time_limit),
                  hint_of(end.kind));
  return checked(first_line(output.text), "the output of the command at " + printable(command.origin));
}

std::string_view variable(const std::string& name) {
  const auto* value = std::getenv(name.c_str());
  return value == nullptr ? std::string_view() : value;
}

void require_one_option(const KeySources& sources, const std::string& side) {
  std::string given;
  for (const auto& source : sources.order) {
    if (source.kind != Kind::option || source.path.empty()) continue;
    if (!given.empty())
      throw Failure(Cause::usage, given + " and --" + source.name + " both name the key of " + side,
                    "leave one of them out");
    given = "--" + source.name;
  }
}

/// What the user has set and would expect to count, though it comes behind `taken`.
void warn_of_passed_over(const KeySources& sources, const KeySource& taken, const KeyReading& reading) {
  const auto from = std::find(sources.order.begin(), sources.order.end(), taken);
  if (taken.kind != Kind::variable) return;
  for (auto later = from + 1; later < sources.order.end(); ++later) {
    if (later->kind == Kind::option && !later->path.empty())
      reading.warn("--" + later->name + " is passed over: " + taken.name + " is set and comes first");
    if (later->kind == Kind::variable && !variable(later->name).empty() &&
        variable(later->name) != variable(taken.name))
      reading.warn(taken.name + " and " + later->name + " are both set and differ; " + taken.name +
                   " is used");
  }
}

[[noreturn]] void throw_no_key(const KeySources& sources, const std::string& side) {
  std::string variables, options;
  for (const auto& source : sources.order) {
    if (source.kind == Kind::variable) variables += (variables.empty() ? "set " : " or ") + source.name;
    if (source.kind == Kind::option) options += ", or name a file with --" + source.name;
  }
  throw Failure(Cause::configuration, "there is no API key for " + side,
                variables + options + ", or set api-key-* in its section of the configuration");
}

Secret from_source(const KeySource& source, const KeySources& sources, const KeyReading& reading) {
  switch (source.kind) {
    case Kind::option:
      if (!source.path.empty()) return from_file(source.path, "--" + source.name, reading);
      break;
    case Kind::section:
      if (sources.section != nullptr) return read_section_secret(*sources.section, "api-key", reading);
      break;
    case Kind::variable:
      if (!variable(source.name).empty())
        return checked(variable(source.name), "the environment variable " + source.name);
      break;
  }
  return {};
}

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
  require_one_option(sources, side);
  for (const auto& source : sources.order) {
    auto key = from_source(source, sources, reading);
    if (key.empty()) continue;
    warn_of_passed_over(sources, source, reading);
    return key;
  }
  WipedBuffer typed(key_limit.bytes + 1);
  if (!ask_for_key("API key of " + side + ": ", key_limit.bytes, typed)) throw_no_key(sources, side);
  return checked(typed.text, "what was typed");
}

namespace {

using Kind = KeySource::Kind;

/// Commands with one account that nevertheless has a side.
struct OneSided {
  std::string_view command;
  Side side;  ///< whose names go first
};
constexpr std::array<OneSided, 3> one_sided = {
    {{"export", Side::source}, {"import", Side::destination}, {"undo", Side::destination}}};

std::vector<KeySource> names_of(Side side) {
  switch (side) {
    case Side::source:
      return {{Kind::option, "source-key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_SOURCE_KEY"}};
    case Side::destination:
      return {{Kind::option, "dest-key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_DEST_KEY"}};
    case Side::only:
      break;
  }
  return {{Kind::option, "key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_KEY"}};
}

}  // namespace

std::string name_of(Side side) {
  if (side == Side::only) return "the account";
  return side == Side::source ? "the source" : "the destination";
}

std::vector<KeySource> key_order(std::string_view command, Side side) {
  const auto row = std::find_if(one_sided.begin(), one_sided.end(),
                                [&](const OneSided& r) { return r.command == command; });
  if (row == one_sided.end()) return names_of(side);
  auto out = names_of(row->side);
  for (auto& source : names_of(Side::only))
    if (source.kind != Kind::section) out.push_back(std::move(source));
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
