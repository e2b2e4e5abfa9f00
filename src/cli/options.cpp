#include "cli/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <type_traits>

#include <fmt/format.h>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>

#include "net/endpoint.hpp"
#include "plan/approved_plan.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::cli {

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most) {
  if (text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  const auto seconds = number_in<double>(text, std::chars_format::fixed);
  if (!seconds || *seconds < least || *seconds > most) return std::nullopt;
  return std::chrono::milliseconds(std::llround(*seconds * 1000));
}

namespace {

/// A number of one of these units, from 1 of it to `most` in all. The first unit that the text ends in
/// counts.
std::optional<std::int64_t> number_of_units(
    std::string_view text, std::int64_t most,
    std::initializer_list<std::pair<std::string_view, std::int64_t>> units) {
  for (const auto& [unit, factor] : units) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    const auto number = parse_number<std::int64_t>(text, 1, most / factor);
    return number ? std::optional(*number * factor) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto seconds = number_of_units(text, plan::longest_plan_age.count(),
                                       {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}});
  return seconds ? std::optional<std::chrono::seconds>(*seconds) : std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  constexpr std::int64_t most = (std::int64_t{4} << 30) - 1;  // the JSON layer's limit
  return number_of_units(text, most,
                         {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}, {"", 1}});
}

namespace {

using Text = const std::string&;

/// The words of an option that takes one of a few.
template <class Choice>
constexpr auto words = nullptr;
template <>
constexpr auto words<plan::ConflictPolicy> = std::to_array<std::pair<std::string_view, plan::ConflictPolicy>>(
    {{"skip", plan::ConflictPolicy::skip},
     {"update", plan::ConflictPolicy::update},
     {"duplicate", plan::ConflictPolicy::duplicate},
     {"fail", plan::ConflictPolicy::fail},
     {"newer", plan::ConflictPolicy::newer},
     {"ask", plan::ConflictPolicy::ask}});
template <>
constexpr auto words<Format> = std::to_array<std::pair<std::string_view, Format>>({{"text", Format::text},
                                                                                   {"json", Format::json},
                                                                                   {"tsv", Format::tsv}});
template <>
constexpr auto words<Color> = std::to_array<std::pair<std::string_view, Color>>({{"auto", Color::automatic},
                                                                                 {"always", Color::always},
                                                                                 {"never", Color::never}});

template <>
constexpr auto words<webhook::Form> = std::to_array<std::pair<std::string_view, webhook::Form>>(
    {{"v1", webhook::Form::v1}, {"v5", webhook::Form::v5}});
template <>
constexpr auto words<accounts::ApiChoice> = accounts::api_choices;

// read(): the value of an option, by the type of its field. False where the value is not allowed.

template <class Target, class Value>
bool assign(Target& target, const std::optional<Value>& value) {
  if (value) target = *value;
  return value.has_value();
}

/// A flag in the configuration file may say `true` or `false`; on the command line it has no value.
bool read(bool& target, Text value, const OptionSpec&) {
  target = value != "false";
  return value.empty() || value == "true" || value == "false";
}

/// A flag that says more with each time.
bool read(int& target, Text value, const OptionSpec& spec) {
  bool said = false;
  if (!read(said, value, spec)) return false;
  target = said ? target + 1 : 0;
  return true;
}

template <std::integral Number>
bool read(Number& target, Text value, const OptionSpec& spec) {
  constexpr auto largest = std::numeric_limits<Number>::max();
  const auto most = spec.bounds.most == Bounds().most ? largest : static_cast<Number>(spec.bounds.most);
  return assign(target, parse_number(value, static_cast<Number>(spec.bounds.least), most));
}

bool read(std::size_t& target, Text value, const OptionSpec& spec) {
  if (spec.argument == "SIZE") return assign(target, parse_size(value));
  return read<std::size_t>(target, value, spec);
}

bool read(std::optional<std::size_t>& target, Text value, const OptionSpec& spec) {
  return read<std::size_t>(target.emplace(), value, spec);
}

bool read(std::chrono::milliseconds& target, Text value, const OptionSpec& spec) {
  return assign(target, parse_seconds(value, spec.bounds.least, spec.bounds.most));
}

bool read(std::chrono::seconds& target, Text value, const OptionSpec&) {
  return assign(target, parse_duration(value));
}

bool read(plan::DeleteLimit& target, Text value, const OptionSpec&) {
  return assign(target, plan::parse_delete_limit(value));
}

template <class Choice>
requires std::is_enum_v<Choice>
bool read(Choice& target, Text value, const OptionSpec&) {
  const auto* found = std::ranges::find(words<Choice>, value, [](const auto& word) { return word.first; });
  if (found == words<Choice>.end()) return false;
  target = found->second;
  return true;
}

template <class Choice>
requires std::is_enum_v<Choice>
bool read(std::optional<Choice>& target, Text value, const OptionSpec& spec) {
  return read(target.emplace(), value, spec);
}

bool read(std::string& target, Text value, const OptionSpec& spec) {
  target = value;
  return !value.empty() && (spec.check == nullptr || spec.check(value));
}

bool read(std::vector<std::string>& target, Text value, const OptionSpec& spec) {
  return read(target.emplace_back(), value, spec);
}

template <class Part>
bool read(std::set<Part>& target, Text value, const OptionSpec& spec) {
  std::vector<std::string> parts;
  boost::split(parts, value, boost::is_any_of(","));
  return std::ranges::all_of(parts, [&](Text part) {
    Part item{};
    return read(item, part, spec) && (target.insert(item), true);
  });
}

bool host_like(std::string_view text) {
  return !text.empty() && text.find_first_of("/:@?# \t\"'\\=") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20; });
}

bool read(std::vector<std::pair<std::string, std::string>>& target, Text value, const OptionSpec&) {
  const auto equals = value.find('=');
  if (equals == std::string::npos) return false;
  target.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return host_like(target.back().first) && host_like(target.back().second);
}

/// Both sides may hold an equals sign: the first one between two prefixes counts.
bool read(std::vector<std::pair<region::UrlPrefix, region::UrlPrefix>>& target, Text value,
          const OptionSpec&) {
  for (auto at = value.find('='); at != std::string::npos; at = value.find('=', at + 1)) {
    auto from = region::UrlPrefix::parse(std::string_view(value).substr(0, at));
    auto to = region::UrlPrefix::parse(std::string_view(value).substr(at + 1));
    if (!from || !to) continue;
    target.emplace_back(*std::move(from), *std::move(to));
    return true;
  }
  return false;
}

// What the table says of values beside their type.

bool is_type(Text value) {
  return webhook::find_kind_by_name(value) != nullptr || parse_number<std::int64_t>(value, 0, 1'000'000);
}

bool is_proxy(Text value) {
  std::string ignored;
  return value == net::no_proxy_at_all || net::parse_proxy(value, ignored);
}

bool is_report(Text value) {
  return value == "-" || (value.ends_with(".html") && value.size() > 5) ||
         (value.ends_with(".md") && value.size() > 3);
}

std::string allowed_types() {
  std::string out;
  for (const auto& kind : webhook::webhook_kinds()) out += std::string(kind.name) + ", ";
  return out + "or the number of a type";
}

/// Completes the sentence "expected …".
template <class Value>
std::string allowed_values(const OptionSpec& spec) {
  if constexpr (std::is_same_v<Value, bool> || std::is_same_v<Value, int>) return "true or false";
  if constexpr (std::is_same_v<Value, std::chrono::milliseconds>)
    return fmt::format("seconds from {} to {}", spec.bounds.least, spec.bounds.most);
  if constexpr (std::is_same_v<Value, std::chrono::seconds>)
    return fmt::format("a time such as 7d, 12h, 90m or 30s, up to {}d",
                       plan::longest_plan_age / std::chrono::days(1));
  if (!spec.choices.empty()) {
    const auto last = std::prev(spec.choices.end());
    return fmt::format("{} or {}", fmt::join(spec.choices.begin(), last, ", "), *last);
  }
  if (spec.argument == "SIZE") return "a size such as 64MiB, below 4GiB";
  if (spec.argument == "N" && spec.bounds.most == Bounds().most) return "a whole number";
  if (spec.argument == "N")
    return fmt::format("a whole number from {} to {}", spec.bounds.least, spec.bounds.most);
  if (spec.argument == "ACCOUNT") return "an account";
  if (spec.argument == "DIR") return "the path of a folder";
  return spec.argument == "FILE" ? "the path of a file" : std::string(spec.argument);
}

bool names(const Settings& settings, std::string_view name) {
  return std::ranges::any_of(settings, [&](const Setting& setting) { return setting.is(name); });
}

}  // namespace

void OptionSpec::derive() {
  const auto of_type = [this]<class Value>(Value Options::*) {
    if constexpr (std::is_enum_v<Value>)
      for (const auto& [word, value] : words<Value>) choices.push_back(word);
    if constexpr (requires(Value value) { requires std::is_enum_v<std::decay_t<decltype(*value)>>; })
      for (const auto& [word, value] : words<typename Value::value_type>) choices.push_back(word);
    constexpr bool is_list = requires(Value value) { value.clear(); };
    repeatable = std::is_same_v<Value, int> || (is_list && !std::is_same_v<Value, std::string>);
    if (allowed.empty()) allowed = allowed_values<Value>(*this);
  };
  std::visit(of_type, field);
}

std::span<const OptionSpec> option_table() {
  using O = Options;
  using enum PlanPart;
  using enum FleetScope;
  static const std::vector<OptionSpec> table = {
      {"output", 'o', "FILE", "where the result goes (terraform: a folder); - is standard output", &O::output,
       fleet, Synonyms{"output-file out-file file"}},
      {"redact", 0, "", "no secrets: a number in the place of each", &O::redact},
      {"inline-secrets", 0, "", "write secrets into the resources instead of variables", &O::inline_secrets},
      {"no-provider", 0, "", "do not write provider.tf", &O::no_provider},
      {"force", 0, "", "overwrite .tf files that were edited or are of another origin", &O::force,
       Synonyms{"overwrite"}},
      {"to", 0, "FORM", "convert webhooks to the form of this API: v1 or v5", &O::to, fleet,
       Synonyms{"to-form convert"}},
      {"overlay-out", 0, "FILE", "with --redact: write the overlay that restores what is redacted",
       &O::overlay_out, fleet},
      {"source-key-file", 0, "FILE", "API key of the source; - is standard input", &O::source_key_file,
       Synonyms{"key api-key apikey token api-token password source-key source-token"}},
      {"dest-key-file", 0, "FILE", "API key of the destination; - is standard input", &O::dest_key_file,
       Synonyms{"key api-key apikey token api-token password dest-key dest-token destination-key"}},
      {"key-file", 0, "FILE", "API key of the account; - is standard input", &O::key_file,
       Synonyms{"key api-key apikey token api-token password"}},
      {"config", 0, "FILE", "configuration instead of hookferry.ini", &O::config, shared},
      {"regions", 0, "FILE", "region table instead of the built-in one", &O::regions, shared},
      {"source-region", 0, "REGION", "region of a source that is a URL or a file", &O::source_region,
       Allowed{"a region such as eu1"}, regions, Synonyms{"region"}},
      {"dest-region", 0, "REGION", "region of a destination that is a URL", &O::dest_region,
       Allowed{"a region such as us1"}, regions, Synonyms{"region"}},
      {"source-api", 0, "API", "API of the source: auto, v1 or v5 (auto: v5 where v1 is not there)",
       &O::source_api},
      {"dest-api", 0, "API", "API of the destination: auto, v1 or v5", &O::dest_api},
      {"api", 0, "API", "API of the account: auto, v1 or v5", &O::api},
      {"rewrite-host", 0, "OLD=NEW", "one more host to rewrite", &O::rewrite_hosts,
       Allowed{"two host names, OLD=NEW"}, rules, Synonyms{"replace map-host"}},
      {"rewrite-prefix", 0, "OLD=NEW", "replace OLD at the beginning of URLs by NEW", &O::rewrite_prefixes,
       Allowed{"two beginnings of URLs, https://old.example/path=https://new.example/path"}, rules},
      {"overlay", 0, "FILE", "set values by their paths (see hookferry help overlays)", &O::overlays, rules,
       Synonyms{"set values patch"}},
      {"no-rewrite", 0, "", "leave the regions' hosts as they are", &O::no_rewrite, rules},
      {"fresh-uuids", 0, "", "new UUIDs, the same on every run", &O::fresh_uuids, rules},
      {"on-conflict", 0, "WHAT",
       "what to do with a webhook that exists with different content: skip, update, duplicate, fail, "
       "newer (update where the source changed later) or ask",
       &O::on_conflict, rules, Synonyms{"on-duplicate overwrite"}},
      {"only", 0, "GLOB", "only webhooks whose alias matches", &O::only, Allowed{"a pattern such as 'ops-*'"},
       selection, Synonyms{"include filter match alias"}},
      {"except", 0, "GLOB", "no webhooks whose alias matches", &O::except,
       Allowed{"a pattern such as 'test-*'"}, selection, Synonyms{"exclude ignore"}},
      {"type", 0, "NAME|ID", "only webhooks of this type; several: a,b", &O::types, Allowed{allowed_types()},
       is_type, selection},
      {"id", 0, "N", "only the webhook with this id at the source; several: 1,2", &O::ids,
       Allowed{"whole numbers, separated by commas"}, selection},
      {"batch-size", 0, "N", "webhooks in one request (50)", &O::batch_size, Bounds{1, 10'000}},
      {"concurrency", 0, "N", "requests under way at once (4)", &O::concurrency, Bounds{1, 64},
       Synonyms{"transfers parallelism jobs workers threads"}},
      {"timeout", 0, "S", "seconds to connect, and to wait for a response (30)", &O::timeout,
       Bounds{0.1, 3600}},
      {"retries", 0, "N", "how often a request is tried again (5)", &O::retries, Bounds{0, 100},
       Synonyms{"retry max-retries"}},
      {"settle", 0, "S", "seconds to wait for writes to become visible (8)", &O::settle, Bounds{0, 3600}},
      {"max-age", 0, "S",
       "update or delete a webhook only if it was read less than S seconds ago; otherwise read it again (5)",
       &O::max_age, Bounds{0.1, 3600}},
      {"ca-file", 0, "FILE", "trusted certificates (PEM) instead of the system's", &O::ca_file,
       Synonyms{"cacert ca-certificate ca-bundle"}},
      {"accept", 0, "ID", "no longer report this copy that an earlier run found; several: 1,2", &O::accepted,
       Allowed{"whole numbers, separated by commas"}},
      {"accept-shrunk", 0, "", "continue even if the account lists far fewer webhooks than before",
       &O::accept_shrunk},
      {"mirror", 0, "", "the plan of mirror instead of migrate's", &O::mirror, mode, fleet},
      {"test", 0, "", "at the end, send a test message through each webhook that was written", &O::test,
       fleet},
      {"test-first", 0, "", "send a test message before a webhook is created, and create none that fails",
       &O::test_first, fleet},
      {"max-delete", 0, "N|P%",
       "abort if more than N webhooks, or P% of the destination's selected ones, would be deleted (30%)",
       &O::max_delete, Allowed{"a whole number, or 0% to 100%"}, rules},
      {"dry-run", 'n', "", "show the plan and do nothing else; exit code as for diff", &O::dry_run, shared,
       Synonyms{"dryrun check-only noop preview"}},
      {"rate", 0, "N", "requests a second to one host, at most", &O::rate, Bounds{1, 10'000}, fleet,
       Synonyms{"rps limit-rate rate-limit"}},
      {"parallel", 0, "N", "pairs at a time (8)", &O::parallel, Bounds{1, 64}, fleet},
      {"last", 0, "", "the last run on this machine that wrote anything", &O::last, fleet},
      {"limit", 0, "N", "only the newest N runs", &O::limit, Bounds{1, 1'000'000}, fleet},
      {"keep", 0, "N", "prune: how many of the newest runs stay", &O::keep, Bounds{0, 1'000'000}, fleet},
      {"max-plan-age", 0, "TIME", "do not apply a plan that was made longer ago (7d)", &O::max_plan_age,
       fleet},
      {"out", 0, "FILE", "write the plan for apply to carry out", &O::out, fleet},
      {"source", 0, "ACCOUNT", "source of the plan", &O::source, fleet},
      {"dest", 0, "ACCOUNT", "account of the ledger or plan", &O::dest, fleet},
      {"client-cert", 0, "FILE", "certificate (PEM) to show to servers that ask", &O::client_cert},
      {"client-key", 0, "FILE", "private key for --client-cert (PEM), if separate", &O::client_key},
      {"proxy", 0, "URL", "proxy to all servers; direct: none (else HTTPS_PROXY, NO_PROXY)", &O::proxy,
       Allowed{"http://[USER:PASSWORD@]HOST[:PORT], https:// or direct"}, is_proxy},
      {"ledger", 0, "FILE", "record of the run instead of one in the state folder", &O::ledger, own},
      {"report", 0, "FILE",
       "also write plan and outcome to FILE.html, a page of its own, or as Markdown to FILE.md or "
       "- (standard output)",
       &O::reports, Allowed{"a path that ends in .html or .md, or -"}, is_report, own},
      {"metrics", 0, "FILE", "write counts and the exit code to FILE as Prometheus metrics", &O::metrics,
       fleet, Synonyms{"prometheus"}},
      {"format", 0, "FORMAT", "text or json (ids and list: tsv too)", &O::format,
       Allowed{"text, json or (for ids and list) tsv"}, shared, Synonyms{"output-format json"}},
      {"show-secrets", 0, "", "do not mask secrets in differences", &O::show_secrets},
      {"color", 0, "WHEN", "auto, always or never", &O::color, shared},
      {"quiet", 'q', "", "only errors", &O::quiet, shared, Synonyms{"silent"}},
      {"verbose", 'v', "", "each request and retry; -vv headers too", &O::verbosity, shared,
       Synonyms{"debug trace"}},
      {"yes", 'y', "", "do not ask", &O::yes, shared, NoDefaultFor{"undo"},
       Synonyms{"auto-approve force assume-yes non-interactive"}},
      {"strict", 0, "", "treat warnings as errors", &O::strict},
      {"no-pager", 0, "", "do not show a long plan through $PAGER", &O::no_pager, shared},
      {"max-response", 0, "SIZE", "maximum response size (256MiB)", &O::max_response},
      {"state", 0, "DIR", "folder of the accounts, a NAME.json each", &O::state},
      {"demo", 0, "", "serve three sample accounts from a temporary folder", &O::demo, fleet},
      {"port", 0, "N", "port to listen on; 0 picks one", &O::port, Bounds{0, 65535}},
      {"tls-cert", 0, "FILE", "certificate chain (PEM): serve https", &O::tls_cert},
      {"tls-key", 0, "FILE", "private key (PEM) of --tls-cert", &O::tls_key},
      {"fault", 0, "RULE", "misbehave, for tests (see help faults)", &O::faults,
       Allowed{"a rule as in help faults"}},
      {"seed", 0, "N", "for random faults (1)", &O::seed},
      {"log", 0, "FILE", "a line for each request served", &O::log},
  };
  return table;
}

const OptionSpec* find_option(std::string_view name) {
  const auto found = std::ranges::find(option_table(), name, &OptionSpec::name);
  return found == option_table().end() ? nullptr : &*found;
}

const OptionSpec* find_option(char letter) {
  const auto found = std::ranges::find(option_table(), letter, &OptionSpec::letter);
  return found == option_table().end() || letter == '\0' ? nullptr : &*found;
}

const OptionSpec* find_negated(std::string_view name) {
  if (!name.starts_with("no-") || find_option(name) != nullptr) return nullptr;
  const auto* spec = find_option(name.substr(3));
  const bool can_be_cleared =
      spec != nullptr && (spec->argument.empty() || spec->part == PlanPart::selection);
  return can_be_cleared ? spec : nullptr;
}

void set_option(Options& options, const Setting& setting) {
  const auto& option = *setting.option;
  const auto set_field = [&](auto field) { return read(options.*field, setting.value, option); };
  if (!std::visit(set_field, option.field))
    throw Failure(setting.refused,
                  "invalid value \"" + printable_excerpt(secrets::mask_argument(setting.value), 80) +
                      "\" for " + setting.origin,
                  "expected " + option.allowed);
}

Setting configured(const std::string& name, const accounts::ConfigEntry& entry) {
  return {find_option(name), entry.value, printable(entry.origin) + ": " + name, Cause::configuration};
}

Settings settings_of(std::string_view command, const Settings& given, const accounts::Config& config) {
  Settings defaults;
  Options only_checked;
  for (const auto& [name, entry] : config.defaults) {
    auto setting = configured(name, entry);
    set_option(only_checked, setting);
    const bool is_of_the_plans_file = command == "apply" && setting.option->shapes_plan();
    // A backup is whole unless its own command line narrows it.
    const bool narrows_a_backup =
        (command == "export" || command == "list") && setting.option->part == PlanPart::selection;
    if (!is_of_the_plans_file && !narrows_a_backup && command != setting.option->no_default_for)
      defaults.push_back(std::move(setting));
  }
  return replaced(defaults, given);
}

Settings replaced(const Settings& under, const Settings& over) {
  Settings out;
  for (const auto& setting : under)
    if (!names(over, setting.option->name)) out.push_back(setting);
  out.insert(out.end(), over.begin(), over.end());
  std::erase_if(out, [](const Setting& setting) { return setting.cleared; });
  return out;
}

Settings changed_from_default(std::string_view command, const Settings& settings) {
  const auto unset = options_of(command, {}), now = options_of(command, settings);
  auto out = settings;
  std::erase_if(out, [&](const Setting& setting) {
    const auto is_same = []<class Value>(const Value& one, const Value& other) {
      if constexpr (std::is_same_v<Value, plan::DeleteLimit>)
        return one.text() == other.text();
      else if constexpr (requires { one.empty(); } && !std::is_same_v<Value, std::string>)
        return one.empty() && other.empty();  // all lists are empty by default
      else
        return one == other;
    };
    return std::visit([&](auto field) { return is_same(unset.*field, now.*field); }, setting.option->field);
  });
  return out;
}

Options options_of(std::string_view command, const Settings& settings) {
  Options out;
  for (const auto& setting : settings)
    if (!setting.cleared) set_option(out, setting);
  // [defaults] mirror is for diff alone: migrate must not delete because of it.
  if (command != "diff") out.mirror = command == "mirror";
  if (out.mirror && !names(settings, "on-conflict")) out.on_conflict = plan::ConflictPolicy::update;
  if (out.format == Format::tsv && command != "ids" && command != "list")
    throw Failure(Cause::usage, "--format: tsv is for ids and list only", "expected text or json");
  if (out.format == Format::json && holds(out.reports, "-"))
    throw Failure(Cause::usage, "--report - and --format json both write to standard output",
                  "name a file with --report");
  return out;
}

}  // namespace hookferry::cli
