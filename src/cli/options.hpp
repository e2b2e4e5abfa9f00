// The table of options, reading their values, and the settings in force.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "accounts/configuration.hpp"
#include "accounts/places.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "plan/plan.hpp"
#include "region/rewrites.hpp"

namespace hookferry::cli {

// Option values from text. The functions return nothing if the text does not have the form.

/// Digits only: no sign, no space, no fraction.
template <class Number>
std::optional<Number> parse_number(std::string_view text, Number least, Number most) {
  const auto out = number_in<Number>(text);
  return out && *out >= least && *out <= most ? out : std::nullopt;
}

/// Seconds, with a fraction if need be: "30", "0.5".
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most);

/// A time with its unit, from a second to longest_plan_age: "90s", "90m", "12h", "7d".
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Bytes with an optional unit: "1048576", "512KiB", "256MiB", "1GiB".
std::optional<std::size_t> parse_size(std::string_view text);

// The table of options. Parsing, validation, defaults, completion and the help are made from it.

enum class Format { text, json, tsv };
enum class Color { automatic, always, never };

/// The values in force. They begin as the defaults.
struct Options {
  std::string output = "-";
  bool redact = false;
  std::optional<webhook::Form> to;  ///< transform
  std::string overlay_out;
  std::string source_key_file, dest_key_file, key_file;
  std::string config, regions;
  std::string source_region, dest_region;
  std::optional<accounts::ApiChoice> source_api, dest_api, api;
  std::vector<std::pair<std::string, std::string>> rewrite_hosts;
  std::vector<std::pair<region::UrlPrefix, region::UrlPrefix>> rewrite_prefixes;
  bool no_rewrite = false;
  bool fresh_uuids = false;
  bool inline_secrets = false, no_provider = false, force = false;  // terraform
  std::vector<std::string> overlays;
  plan::ConflictPolicy on_conflict = plan::ConflictPolicy::skip;
  std::vector<std::string> only, except;
  std::set<std::string> types;
  std::set<std::int64_t> ids;
  std::set<std::int64_t> accepted;
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  std::chrono::milliseconds timeout{30'000};
  std::size_t retries = 5;
  std::chrono::milliseconds settle{8'000};
  std::chrono::milliseconds max_age{5'000};
  std::string ca_file, client_cert, client_key;
  std::string proxy;
  std::string ledger;
  std::vector<std::string> reports;
  std::string metrics;
  std::string dest;
  bool accept_shrunk = false;
  bool mirror = false;
  bool test = false, test_first = false;
  plan::DeleteLimit max_delete;
  bool dry_run = false;
  std::size_t rate = 0;  ///< requests a second to one host; 0: as fast as may be
  std::size_t parallel = 8;
  bool last = false;
  std::size_t limit = 0;  ///< 0: all
  std::optional<std::size_t> keep;
  std::chrono::seconds max_plan_age = std::chrono::days(7);
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
  bool demo = false;
  std::uint16_t port = 0;
  std::string tls_cert, tls_key;
  std::vector<std::string> faults;
  std::size_t seed = 1;
  std::string log;
};

/// Where the value of an option goes. The type of the field says how the value is read. One that holds
/// several values is repeatable, and a set also takes "a,b".
template <class... Values>
using FieldOf = std::variant<Values Options::*...>;
using OptionField =
    FieldOf<bool, int, std::size_t, std::optional<std::size_t>, std::uint16_t, std::chrono::milliseconds,
            std::chrono::seconds, std::string, std::vector<std::string>, std::set<std::string>,
            std::set<std::int64_t>, plan::ConflictPolicy, plan::DeleteLimit, Format, Color,
            std::optional<webhook::Form>, std::optional<accounts::ApiChoice>,
            std::vector<std::pair<std::string, std::string>>,
            std::vector<std::pair<region::UrlPrefix, region::UrlPrefix>>>;

/// What an option decides about a plan. `diff --out` writes the options that decide anything into the plan's
/// file, and `apply` takes them from there. All others belong to the user who applies the plan.
enum class PlanPart {
  none,       ///< keys, places of files, limits of a request
  regions,    ///< of the two accounts; shown with them
  selection,  ///< which webhooks take part; shown in a line of its own
  mode,       ///< migrate or mirror; shown by the name of the command
  rules,      ///< what becomes of them; shown where it does not come from the command line
};

/// Whose an option is where `fleet` runs many pairs of accounts.
enum class FleetScope {
  pair,    ///< each pair's; the command line and [defaults] set it for all of them
  shared,  ///< the same for all pairs, from the command line or [defaults]
  own,     ///< a pair's alone: with one value for all, they would write to one file
  fleet,   ///< of the fleet as a whole, or of commands that are no pair's
};

// Columns that most rows of the table leave out.

struct Bounds {
  double least = 0, most = std::numeric_limits<double>::infinity();
};
/// Completes the sentence "expected …" in an error, if the type of the field does not do that.
struct Allowed {
  std::string text;
};
/// Whether a text is allowed.
using Check = bool (*)(const std::string& value);
/// The command that ignores the configuration's default for the option.
struct NoDefaultFor {
  std::string_view command;
};
/// What other tools call the option: words with a space between them.
struct Synonyms {
  std::string_view words;
};

struct OptionSpec {
  template <class... Columns>
  OptionSpec(std::string_view option, char short_form, std::string_view placeholder, std::string_view about,
             OptionField target, Columns... columns)
      : name(option), letter(short_form), argument(placeholder), help(about), field(target) {
    (set(columns), ...);
    derive();
  }

  std::string_view name;      ///< without the dashes
  char letter;                ///< '\0': none
  std::string_view argument;  ///< "FILE"; empty for a flag
  std::string_view help;
  OptionField field;
  Bounds bounds{};
  std::string allowed{};
  Check check = nullptr;
  PlanPart part = PlanPart::none;
  FleetScope scope = FleetScope::pair;
  std::string_view no_default_for{}, synonyms{};
  bool repeatable = false;
  std::vector<std::string_view> choices{};  ///< where the value is one of a few words: these

  bool shapes_plan() const { return part != PlanPart::none; }
  bool is_settable_in_pair() const { return scope == FleetScope::pair || scope == FleetScope::own; }
  bool is_passed_to_pairs() const { return scope == FleetScope::pair || scope == FleetScope::shared; }

 private:
  void set(Bounds column) { bounds = column; }
  void set(Allowed column) { allowed = std::move(column.text); }
  void set(Check column) { check = column; }
  void set(PlanPart column) { part = column; }
  void set(FleetScope column) { scope = column; }
  void set(NoDefaultFor column) { no_default_for = column.command; }
  void set(Synonyms column) { synonyms = column.words; }
  /// Sets the columns that follow from the type of the field.
  void derive();
};

std::span<const OptionSpec> option_table();
const OptionSpec* find_option(std::string_view name);
const OptionSpec* find_option(char letter);
/// The flag or filter X that `no-X` takes back; nullptr for any other name.
const OptionSpec* find_negated(std::string_view name);

// Options as they were set: on the command line, in the configuration's defaults, in a pair, in a plan.

struct Setting {
  const OptionSpec* option;
  std::string value;
  std::string origin;            ///< for error lines: "--retries", "hookferry.ini:3: retries"
  Cause refused = Cause::usage;  ///< what a value that is not allowed ends in
  bool given = false;            ///< on the command line
  bool cleared = false;          ///< --no-only and its like: the configuration's filters do not count

  bool is(std::string_view name) const { return option->name == name; }
};
using Settings = std::vector<Setting>;

/// Failure(setting.refused) naming the origin, the value and what is allowed.
void set_option(Options& options, const Setting& setting);

/// What a line of the configuration sets.
Setting configured(const std::string& name, const accounts::ConfigEntry& entry);

/// The configuration's defaults, without those that `given`, the command line, replaces (whole lists are
/// replaced), then `given`. Failure if a value is not allowed, even that of a replaced default. undo deletes,
/// so that it takes no --yes from the defaults. apply takes what shapes a plan from the plan's file instead.
/// export and list take no filters from the defaults: a backup is whole.
Settings settings_of(std::string_view command, const Settings& given, const accounts::Config& config);

/// The settings of `under` whose options `over` does not name, then all of `over`.
Settings replaced(const Settings& under, const Settings& over);

/// Those whose options do not have the values that they have without any setting.
Settings changed_from_default(std::string_view command, const Settings& settings);

/// The options in force for that command. A mirror updates what differs, unless --on-conflict is set.
Options options_of(std::string_view command, const Settings& settings);

// Suggestions for the words of other tools.

/// "; did you mean diff?" for a word such as `plan`. Only names of `ours` are suggested.
std::string suggested_command(std::string_view word, const std::vector<std::string>& ours);

/// "; did you mean --only?" for the name of an option, without its dashes, such as `include`.
std::string suggested_option(std::string_view word, const std::vector<const OptionSpec*>& ours);

// The order of the command line: [OPTION...] COMMAND [ARGUMENT or OPTION...].

/// An option as it stands on the line.
struct NamedOption {
  std::string written{};               ///< "--retries", "--no-yes", "-q"
  const OptionSpec* option = nullptr;  ///< nothing: there is none of that name, or it is --help
  bool is_help = false;
  bool is_negated = false;             ///< a flag or filter after --no-
  std::optional<std::string> value{};  ///< what stands in the same word

  bool wants_value() const { return option != nullptr && !is_negated && !option->argument.empty(); }
};

/// The options that a word names which begins with a dash: one as "--name" or "--name=value", or several as
/// letters, the last of which may have its value behind it: "-qofile".
std::vector<NamedOption> options_in(const std::string& word);

/// Which of the arguments is the command: the first that is neither an option nor an option's value; how many
/// there are where none is. Failure(usage) for an option before it that no command takes.
std::size_t command_place(const std::vector<std::string>& arguments);

struct ParsedArguments {
  std::vector<std::string> positionals;
  Settings given;  ///< a negated flag has the value "false"
  bool help = false;
};

/// `allowed` are the options that the command takes. Failure(usage) for any other, with the nearest of them.
ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<const OptionSpec*>& allowed, const std::string& command);

}  // namespace hookferry::cli
