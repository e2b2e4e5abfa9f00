// The table of options, and reading their values.
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/configuration.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "plan/plan.hpp"
#include "region/rewrites.hpp"

namespace hookferry::cli {

// Option values from text. Each gives nothing where the text is not of the form.

/// Digits only: no sign, no space, no fraction.
template <class Number>
std::optional<Number> parse_number(std::string_view text, Number least, Number most) {
  Number out{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && out >= least && out <= most ? std::optional(out) : std::nullopt;
}

/// Seconds, with a fraction if need be: "30", "0.5".
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most);

/// Bytes with an optional unit: "1048576", "512KiB", "256MiB", "1GiB".
std::optional<std::size_t> parse_size(std::string_view text);

// Every option, once: parsing, validation, the configuration file's defaults and the help are all made from
// this table.

enum class Format { text, json, tsv };
enum class Color { automatic, always, never };

/// The values in force, defaults where nothing else was said.
struct Options {
  std::string output = "-";
  bool redact = false;
  std::string source_key_file, dest_key_file, key_file;
  std::string config, regions;
  std::string source_region, dest_region;
  std::vector<std::pair<std::string, std::string>> rewrite_hosts;
  std::vector<std::pair<region::UrlPrefix, region::UrlPrefix>> rewrite_prefixes;
  bool no_rewrite = false;
  bool fresh_uuids = false;
  std::vector<std::string> overlays;
  plan::ConflictPolicy on_conflict = plan::ConflictPolicy::skip;
  std::vector<std::string> only, except, types;
  std::set<std::int64_t> ids;
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  std::chrono::milliseconds timeout{30'000};
  std::size_t retries = 5;
  std::chrono::milliseconds settle{8'000};
  std::string ca_file, client_cert, client_key;
  std::string proxy;
  std::string ledger;
  std::string report;
  std::string dest;
  bool accept_shrunk = false;
  bool mirror = false;
  plan::DeleteLimit max_delete;
  bool dry_run = false;
  std::size_t rate = 0;  ///< requests a second to one host; 0: as fast as may be
  std::size_t parallel = 8;
  bool last = false;
  std::string out;     ///< diff: where the plan is written to
  std::string source;  ///< apply
  Format format = Format::text;
  bool show_secrets = false;
  bool strict = false;  ///< warnings are errors
  bool no_pager = false;
  Color color = Color::automatic;
  bool quiet = false;
  int verbosity = 0;
  bool yes = false;
  std::size_t max_response = std::size_t{256} << 20;
  // sandbox
  std::string state;
  std::uint16_t port = 0;
  std::string tls_cert, tls_key;
  std::vector<std::string> faults;
  std::uint64_t seed = 1;
  std::string log;
};

struct OptionSpec {
  std::string_view name;      ///< without the dashes
  char letter;                ///< '\0': none
  std::string_view argument;  ///< "FILE"; empty for a flag
  std::string_view help;
  std::string_view allowed;  ///< what values may be, for the error line
  bool repeatable;
  /// False where the value is not allowed.
  bool (*set)(Options&, const std::string& value);
  /// Where the value is one of a few words: these, with a space between, for completion.
  std::string_view choices = {};
  /// It decides what a plan does, so `diff --out` writes it into the plan's file, and `apply` takes it from
  /// there. All others (keys, places of files, limits of a request) belong to whoever applies the plan.
  bool shapes_plan = false;
};

/// Words of a list with a space between them.
std::vector<std::string_view> words_of(std::string_view list);

std::span<const OptionSpec> option_table();
const OptionSpec* find_option(std::string_view name);
/// One that is in the table: std::logic_error where it is not.
const OptionSpec& option_named(std::string_view name);
/// The flag X that `no-X` takes back; nullptr for any other name.
const OptionSpec* find_negated(std::string_view name);

/// For the configuration file, which cannot name itself.
accounts::OptionNames names_for_configuration();

/// Failure(usage) naming `origin` ("--retries", "hookferry.ini:3: retries"), the value and what is allowed.
void set_option(Options& options, const OptionSpec& spec, const std::string& value,
                const std::string& origin);

/// Of a flag that is taken back the value is "false".
struct ParsedArguments {
  std::vector<std::string> positionals;
  std::vector<std::pair<const OptionSpec*, std::string>> given;
  bool help = false;
};

/// `allowed`: the names that the command takes. Failure(usage) for anything else, with the nearest known
/// name.
ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<std::string_view>& allowed, const std::string& command);

// Options as somebody set them: on the command line, in the configuration's defaults, in a pair, in a plan.

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
Settings settings_of(std::string_view command, const ParsedArguments& parsed, const accounts::Config& config);

/// Those of `under` that `over` does not name, then all of `over`.
Settings replaced(const Settings& under, const Settings& over);

/// The options in force for that command; a mirror writes over what differs, where nothing else is set.
/// Failure where a value is not allowed.
Options options_of(std::string_view command, const Settings& settings);

}  // namespace hookferry::cli
