#include "cli/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "cli/command_line.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "net/endpoint.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::cli {

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double seconds = 0;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  if (seconds < least || seconds > most) return std::nullopt;
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::optional<std::size_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 4> units = {{{"KiB", std::size_t{1} << 10},
                                                                              {"MiB", std::size_t{1} << 20},
                                                                              {"GiB", std::size_t{1} << 30},
                                                                              {"B", 1}}};
  std::size_t factor = 1;
  for (const auto& [unit, bytes] : units) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    factor = bytes;
    break;
  }
  constexpr std::size_t most = std::size_t{4} << 30;  // the JSON layer's limit
  const auto number = parse_number<std::size_t>(text, 1, most);
  if (!number || *number > (most - 1) / factor) return std::nullopt;
  return *number * factor;
}

namespace {

namespace po = boost::program_options;
using Text = const std::string&;

constexpr std::string_view any_path = "the path of a file";
// Names of the values that stand last in some rows of the table.
constexpr std::string_view no_choices = {};
constexpr bool shapes_plan = true;

std::string_view allowed_types() {
  static const auto text = [] {
    std::string out;
    for (const auto& kind : webhook::webhook_kinds()) out += std::string(kind.name) + ", ";
    return out + "or the number of a type";
  }();
  return text;
}

bool set_path(std::string& target, Text value) {
  if (value.empty()) return false;
  target = value;
  return true;
}

template <class Target, class Value>
bool assign(Target& target, const std::optional<Value>& value) {
  if (value) target = *value;
  return value.has_value();
}

template <class Value, std::size_t N>
bool choose(Value& target, Text name, const std::array<std::pair<std::string_view, Value>, N>& choices) {
  for (const auto& [choice, value] : choices) {
    if (choice != name) continue;
    target = value;
    return true;
  }
  return false;
}

bool host_like(std::string_view text) {
  return !text.empty() && text.find_first_of("/:@?# \t\"'\\=") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) > 0x20; });
}

bool set_rewrite(Options& o, Text value) {
  const auto equals = value.find('=');
  if (equals == std::string::npos || !host_like(value.substr(0, equals)) ||
      !host_like(value.substr(equals + 1)))
    return false;
  o.rewrite_hosts.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return true;
}

/// Both sides may hold an equals sign: the first one between two prefixes counts.
bool set_rewrite_prefix(Options& o, Text value) {
  for (auto at = value.find('='); at != std::string::npos; at = value.find('=', at + 1)) {
    auto from = region::UrlPrefix::parse(std::string_view(value).substr(0, at));
    auto to = region::UrlPrefix::parse(std::string_view(value).substr(at + 1));
    if (!from || !to) continue;
    o.rewrite_prefixes.emplace_back(*std::move(from), *std::move(to));
    return true;
  }
  return false;
}

/// Each part of "a,b"; false where one is not allowed.
template <class Add>
bool for_each_part(Text value, Add add_part) {
  for (std::size_t at = 0; at <= value.size();) {
    const auto end = std::min(value.find(',', at), value.size());
    if (!add_part(value.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

bool set_type(Options& o, Text value) {
  return for_each_part(value, [&](Text part) {
    if (webhook::find_kind_by_name(part) == nullptr && !parse_number<std::int64_t>(part, 0, 1'000'000))
      return false;
    o.types.push_back(part);
    return true;
  });
}

bool set_conflict(Options& o, Text value) {
  return choose<plan::ConflictPolicy, 4>(o.on_conflict, value,
                                         {{{"skip", plan::ConflictPolicy::skip},
                                           {"update", plan::ConflictPolicy::update},
                                           {"duplicate", plan::ConflictPolicy::duplicate},
                                           {"fail", plan::ConflictPolicy::fail}}});
}

bool set_id(Options& o, Text value) {
  return for_each_part(value, [&](Text part) {
    const auto id = parse_number<std::int64_t>(part, 0, INT64_MAX);
    if (id) o.ids.insert(*id);
    return id.has_value();
  });
}

bool set_format(Options& o, Text value) {
  return choose<Format, 3>(o.format, value,
                           {{{"text", Format::text}, {"json", Format::json}, {"tsv", Format::tsv}}});
}

bool set_color(Options& o, Text value) {
  return choose<Color, 3>(o.color, value,
                          {{{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}});
}

/// Again and again, it says more.
bool set_verbose(Options& o, Text value) {
  if (!value.empty() && value != "true" && value != "false") return false;
  o.verbosity = value == "false" ? 0 : o.verbosity + 1;
  return true;
}

bool add(std::vector<std::string>& target, Text value) {
  target.push_back(value);
  return !value.empty();
}

bool set_proxy(Options& o, Text value) {
  std::string ignored;
  o.proxy = value;
  return value == net::no_proxy_at_all || net::parse_proxy(value, ignored);
}

bool set_report(Options& o, Text value) {
  const bool page = value.ends_with(".html") && value.size() > 5;
  const bool markdown = value.ends_with(".md") && value.size() > 3;
  return (page || markdown) && set_path(o.report, value);
}

/// A flag in the configuration file may say `true` or `false`; on the command line it has no value.
bool set_flag(bool& target, Text value) {
  if (!value.empty() && value != "true" && value != "false") return false;
  target = value != "false";
  return true;
}

// One row an option. `allowed` completes the sentence "allowed is …".
const std::array table = {
    OptionSpec{"output", 'o', "FILE", "where the result goes; - is standard output", any_path, false,
               [](Options& o, Text v) { return set_path(o.output, v); }},
    OptionSpec{"redact", 0, "", "no secrets: a number in the place of each", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.redact, v); }},
    OptionSpec{"source-key-file", 0, "FILE", "API key of the source; - is standard input", any_path, false,
               [](Options& o, Text v) { return set_path(o.source_key_file, v); }},
    OptionSpec{"dest-key-file", 0, "FILE", "API key of the destination; - is standard input", any_path, false,
               [](Options& o, Text v) { return set_path(o.dest_key_file, v); }},
    OptionSpec{"key-file", 0, "FILE", "API key of the account; - is standard input", any_path, false,
               [](Options& o, Text v) { return set_path(o.key_file, v); }},
    OptionSpec{"config", 0, "FILE", "configuration instead of hookferry.ini", any_path, false,
               [](Options& o, Text v) { return set_path(o.config, v); }},
    OptionSpec{"regions", 0, "FILE", "region table instead of the built-in one", any_path, false,
               [](Options& o, Text v) { return set_path(o.regions, v); }},
    OptionSpec{"source-region", 0, "REGION", "region of a source that is a URL or a file",
               "a region such as eu1", false, [](Options& o, Text v) { return set_path(o.source_region, v); },
               no_choices, shapes_plan},
    OptionSpec{"dest-region", 0, "REGION", "region of a destination that is a URL", "a region such as us1",
               false, [](Options& o, Text v) { return set_path(o.dest_region, v); }, no_choices, shapes_plan},
    OptionSpec{"rewrite-host", 0, "OLD=NEW", "one more host to rewrite", "two host names, OLD=NEW", true,
               set_rewrite, no_choices, shapes_plan},
    OptionSpec{"rewrite-prefix", 0, "OLD=NEW", "URLs that begin with OLD are to begin with NEW",
               "two beginnings of URLs, https://old.example/path=https://new.example/path", true,
               set_rewrite_prefix, no_choices, shapes_plan},
    OptionSpec{"overlay", 0, "FILE", "set values by their paths (see hookferry help transform)", any_path,
               true, [](Options& o, Text v) { return add(o.overlays, v); }, no_choices, shapes_plan},
    OptionSpec{"no-rewrite", 0, "", "leave the regions' hosts as they are", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.no_rewrite, v); }, no_choices, shapes_plan},
    OptionSpec{"fresh-uuids", 0, "", "new UUIDs, the same on every run", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.fresh_uuids, v); }, no_choices, shapes_plan},
    OptionSpec{"on-conflict", 0, "WHAT",
               "what becomes of a webhook that is there but different: skip, update, duplicate or fail",
               "skip, update, duplicate or fail", false, set_conflict, "skip update duplicate fail",
               shapes_plan},
    OptionSpec{"only", 0, "GLOB", "only webhooks whose alias matches", "a pattern such as 'ops-*'", true,
               [](Options& o, Text v) { return add(o.only, v); }, no_choices, shapes_plan},
    OptionSpec{"except", 0, "GLOB", "no webhooks whose alias matches", "a pattern such as 'test-*'", true,
               [](Options& o, Text v) { return add(o.except, v); }, no_choices, shapes_plan},
    OptionSpec{"type", 0, "NAME|ID", "only webhooks of this type; several: a,b", allowed_types(), true,
               set_type, no_choices, shapes_plan},
    OptionSpec{"id", 0, "N", "only the webhook with this id at the source; several: 1,2",
               "whole numbers, separated by commas", true, set_id, no_choices, shapes_plan},
    OptionSpec{
        "batch-size", 0, "N", "webhooks in one request (50)", "a whole number from 1 to 10000", false,
        [](Options& o, Text v) { return assign(o.batch_size, parse_number<std::size_t>(v, 1, 10'000)); }},
    OptionSpec{"concurrency", 0, "N", "requests under way at once (4)", "a whole number from 1 to 64", false,
               [](Options& o, Text v) { return assign(o.concurrency, parse_number<std::size_t>(v, 1, 64)); }},
    OptionSpec{"timeout", 0, "S", "seconds to connect, and to wait for an answer (30)",
               "seconds from 0.1 to 3600", false,
               [](Options& o, Text v) { return assign(o.timeout, parse_seconds(v, 0.1, 3600)); }},
    OptionSpec{"retries", 0, "N", "how often a request is tried again (5)", "a whole number from 0 to 100",
               false,
               [](Options& o, Text v) { return assign(o.retries, parse_number<std::size_t>(v, 0, 100)); }},
    OptionSpec{"settle", 0, "S", "how many seconds late the server may show what was written (8)",
               "seconds from 0 to 3600", false,
               [](Options& o, Text v) { return assign(o.settle, parse_seconds(v, 0, 3600)); }},
    OptionSpec{"ca-file", 0, "FILE", "trusted certificates (PEM) instead of the system's", any_path, false,
               [](Options& o, Text v) { return set_path(o.ca_file, v); }},
    OptionSpec{"accept-shrunk", 0, "", "believe that what the account does not show is gone", "true or false",
               false, [](Options& o, Text v) { return set_flag(o.accept_shrunk, v); }},
    OptionSpec{"mirror", 0, "", "the plan of mirror instead of migrate's", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.mirror, v); }, no_choices, shapes_plan},
    OptionSpec{"max-delete", 0, "N|P%",
               "stop where more is to be deleted, of what the destination holds of the selected (30%)",
               "a whole number, or 0% to 100%", false,
               [](Options& o, Text v) { return assign(o.max_delete, plan::parse_delete_limit(v)); },
               no_choices, shapes_plan},
    OptionSpec{"dry-run", 'n', "", "show the plan and do nothing else; exit code as of diff", "true or false",
               false, [](Options& o, Text v) { return set_flag(o.dry_run, v); }},
    OptionSpec{"rate", 0, "N", "requests a second to one host, at most", "a whole number from 1 to 10000",
               false,
               [](Options& o, Text v) { return assign(o.rate, parse_number<std::size_t>(v, 1, 10'000)); }},
    OptionSpec{"parallel", 0, "N", "pairs at a time (8)", "a whole number from 1 to 64", false,
               [](Options& o, Text v) { return assign(o.parallel, parse_number<std::size_t>(v, 1, 64)); }},
    OptionSpec{"last", 0, "", "the last run on this machine that wrote anything", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.last, v); }},
    OptionSpec{"out", 0, "FILE", "write the plan for apply to carry out", any_path, false,
               [](Options& o, Text v) { return set_path(o.out, v); }},
    OptionSpec{"source", 0, "ACCOUNT", "the source that the plan is of", "an account", false,
               [](Options& o, Text v) { return set_path(o.source, v); }},
    OptionSpec{"dest", 0, "ACCOUNT", "the account that the ledger or plan is of", "an account", false,
               [](Options& o, Text v) { return set_path(o.dest, v); }},
    OptionSpec{"client-cert", 0, "FILE", "certificate (PEM) to show to servers that ask", any_path, false,
               [](Options& o, Text v) { return set_path(o.client_cert, v); }},
    OptionSpec{"client-key", 0, "FILE", "its key (PEM) where it stands in a file of its own", any_path, false,
               [](Options& o, Text v) { return set_path(o.client_key, v); }},
    OptionSpec{"proxy", 0, "URL", "proxy to all servers; direct: none (else HTTPS_PROXY, NO_PROXY)",
               "http://[USER:PASSWORD@]HOST[:PORT], https:// or direct", false, set_proxy},
    OptionSpec{"ledger", 0, "FILE", "record of the run instead of one in the state folder", any_path, false,
               [](Options& o, Text v) { return set_path(o.ledger, v); }},
    OptionSpec{"report", 0, "FILE",
               "also write plan and outcome to FILE.html, a page of its own, or FILE.md, for a pull request",
               "a path that ends in .html or .md", false, set_report},
    OptionSpec{"format", 0, "FORMAT", "text or json (ids and list: tsv too)",
               "text, json or (for ids and list) tsv", false, set_format, "text json tsv"},
    OptionSpec{"show-secrets", 0, "", "do not mask secrets in differences", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.show_secrets, v); }},
    OptionSpec{"color", 0, "WHEN", "auto, always or never", "auto, always or never", false, set_color,
               "auto always never"},
    OptionSpec{"quiet", 'q', "", "only errors", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.quiet, v); }},
    OptionSpec{"verbose", 'v', "", "each request and retry; -vv headers too", "true or false", true,
               set_verbose},
    OptionSpec{"yes", 'y', "", "do not ask", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.yes, v); }},
    OptionSpec{"strict", 0, "", "warnings end it with exit code 1, before anything is written",
               "true or false", false, [](Options& o, Text v) { return set_flag(o.strict, v); }},
    OptionSpec{"no-pager", 0, "", "do not show a long plan through $PAGER", "true or false", false,
               [](Options& o, Text v) { return set_flag(o.no_pager, v); }},
    OptionSpec{"max-response", 0, "SIZE", "largest answer taken (256MiB)", "a size such as 64MiB, below 4GiB",
               false, [](Options& o, Text v) { return assign(o.max_response, parse_size(v)); }},
    OptionSpec{"state", 0, "DIR", "folder of the accounts, a NAME.json each", "the path of a folder", false,
               [](Options& o, Text v) { return set_path(o.state, v); }},
    OptionSpec{"port", 0, "N", "port to listen on; 0 picks one", "a whole number from 0 to 65535", false,
               [](Options& o, Text v) { return assign(o.port, parse_number<std::uint16_t>(v, 0, 65535)); }},
    OptionSpec{"tls-cert", 0, "FILE", "certificate chain (PEM): serve https", any_path, false,
               [](Options& o, Text v) { return set_path(o.tls_cert, v); }},
    OptionSpec{"tls-key", 0, "FILE", "private key (PEM) of --tls-cert", any_path, false,
               [](Options& o, Text v) { return set_path(o.tls_key, v); }},
    OptionSpec{"fault", 0, "RULE", "misbehave, for tests (see help sandbox)", "a rule as in help sandbox",
               true, [](Options& o, Text v) { return add(o.faults, v); }},
    OptionSpec{
        "seed", 0, "N", "for random faults (1)", "a whole number", false,
        [](Options& o, Text v) { return assign(o.seed, parse_number<std::uint64_t>(v, 0, UINT64_MAX)); }},
    OptionSpec{"log", 0, "FILE", "a line for each request served", any_path, false,
               [](Options& o, Text v) { return set_path(o.log, v); }},
};

po::options_description describe(const std::vector<std::string_view>& allowed) {
  po::options_description out;
  out.add_options()("help,h", "");
  for (const auto& spec : table) {
    if (std::find(allowed.begin(), allowed.end(), spec.name) == allowed.end()) continue;
    std::string names(spec.name);
    if (spec.letter != '\0') names += std::string(",") + spec.letter;
    if (spec.argument.empty()) {
      out.add_options()(names.c_str(), "");
      if (const auto negation = "no-" + std::string(spec.name); find_negated(negation) == &spec)
        out.add_options()(negation.c_str(), "");
    } else {
      out.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  return out;
}

const OptionSpec* find_by_key(const std::string& key) {
  for (const auto& spec : table)
    if (spec.name == key || (spec.letter != '\0' && key == std::string("-") + spec.letter)) return &spec;
  return nullptr;
}

[[noreturn]] void refuse(const std::string& command, const std::string& why) {
  throw Failure(Cause::usage, why, "see hookferry help " + command);
}

/// What an option that the command does not take was meant to be; nothing for one that others take.
std::string option_hint(const std::string& given, const std::vector<std::string_view>& allowed) {
  const auto name = given.starts_with("--") ? given.substr(2) : given;
  const auto meant = option_meant(name, {allowed.begin(), allowed.end()});
  if (!meant.empty() || find_by_key(name) != nullptr || find_negated(name) != nullptr) return meant;
  std::vector<std::string> known;
  for (const auto option : allowed) known.push_back("--" + std::string(option));
  return did_you_mean(given, known);
}

/// A value where there is none to be, or none where there is one to be.
[[noreturn]] void refuse_syntax(const std::string& command, const po::invalid_syntax& error) {
  const auto given = error.get_option_name();
  const auto name = given.starts_with("--") ? given.substr(2) : given;
  if (find_negated(name) != nullptr) refuse(command, "--" + name + " takes no value");
  const auto* spec = find_by_key(name);
  if (spec == nullptr) refuse(command, printable_excerpt(secrets::mask_text(error.what()), 120));
  const auto option = "--" + std::string(spec->name);
  if (spec->argument.empty()) refuse(command, option + " takes no value");
  throw Failure(Cause::usage, option + " needs a value", "allowed is " + std::string(spec->allowed));
}

}  // namespace

std::span<const OptionSpec> option_table() { return table; }

const OptionSpec* find_option(std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const OptionSpec& spec) { return spec.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const OptionSpec& option_named(std::string_view name) {
  if (const auto* spec = find_option(name)) return *spec;
  throw std::logic_error("there is no option --" + std::string(name));
}

const OptionSpec* find_negated(std::string_view name) {
  if (!name.starts_with("no-") || find_option(name) != nullptr) return nullptr;
  const auto* spec = find_option(name.substr(3));
  return spec != nullptr && spec->argument.empty() ? spec : nullptr;
}

std::vector<std::string_view> words_of(std::string_view list) {
  auto out = split(list, ' ');
  std::erase(out, "");
  return out;
}

accounts::OptionNames names_for_configuration() {
  accounts::OptionNames out;
  for (const auto& spec : table) {
    if (spec.name == "config") continue;
    out.all.emplace_back(spec.name);
    if (spec.argument == "FILE") out.paths.emplace_back(spec.name);
  }
  return out;
}

void set_option(Options& options, const OptionSpec& spec, const std::string& value,
                const std::string& origin) {
  if (!spec.set(options, value))
    throw Failure(
        Cause::usage,
        origin + ": \"" + printable_excerpt(secrets::mask_argument(value), 80) + "\" is not allowed",
        "allowed is " + std::string(spec.allowed));
}

ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<std::string_view>& allowed, const std::string& command) {
  ParsedArguments out;
  const auto description = describe(allowed);
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(arguments)
                            .options(description)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    for (const auto& option : parsed.options) {
      if (option.string_key.empty()) {
        out.positionals.insert(out.positionals.end(), option.value.begin(), option.value.end());
      } else if (option.string_key == "help") {
        out.help = true;
      } else if (const auto* negated = find_negated(option.string_key)) {
        out.given.emplace_back(negated, "false");
      } else {
        const auto value = option.value.empty() ? std::string() : option.value.front();
        out.given.emplace_back(find_by_key(option.string_key), value);
      }
    }
  } catch (const po::unknown_option& error) {
    const auto given = error.get_option_name();
    const auto name = given.substr(0, given.find('='));  // the value may be a key that somebody tried to give
    refuse(command, "unknown option " + printable_excerpt(secrets::mask_argument(name), 60) + " for " +
                        command + option_hint(name, allowed));
  } catch (const po::invalid_syntax& error) {
    refuse_syntax(command, error);
  } catch (const po::error& error) {
    refuse(command, printable_excerpt(secrets::mask_text(error.what()), 120));
  }
  return out;
}

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

Settings settings_of(std::string_view command, const ParsedArguments& parsed,
                     const accounts::Config& config) {
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
  if (out.mirror) out.on_conflict = plan::ConflictPolicy::update;
  for (const auto& setting : settings) set(out, setting);
  return out;
}

}  // namespace hookferry::cli
