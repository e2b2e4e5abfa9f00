#include "sandbox/faults.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/split.hpp>
#include <charconv>
#include <set>
#include <span>

#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry::sandbox {

/// One row of the table of faults. Rules are read with it, and the help page is made from it.
struct FaultSpec {
  std::string_view heading;  ///< of the help page, where a new group of rows begins
  std::string_view name;
  std::string_view own_value;  ///< what stands behind `name=`: "N" for a number; empty if there is none
  std::string_view values;     ///< names of further values, separated by spaces
  bool modifier;               ///< can be combined with other rules
  std::string_view help;
  void (*apply)(Fault&, const FaultValues&);
};

bool is_one_of(std::string_view name, std::string_view names) {
  while (!names.empty())
    if (next_part(names, " ") == name) return true;
  return false;
}

namespace {

std::size_t number_of(std::string_view text, std::size_t otherwise = 0) {
  std::size_t out = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

/// Empty if the rule does not give it. Without a name it is the value of the fault's own name.
std::string text_of(const FaultValues& values, std::string_view name = {}) {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

std::size_t number_of(const FaultValues& values, std::string_view name, std::size_t otherwise = 0) {
  return number_of(text_of(values, name), otherwise);
}

/// Header values are written with `_` for each space.
std::string spaced(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

/// What normalise=HOW takes, in the order of Normalise.
constexpr std::array<std::string_view, 8> normalisations = {"",      "injective", "collapse", "trim",
                                                            "lower", "nfc",       "cut",      "type"};

/// Actions take their values by name, whichever of them the table lets them have.
template <FaultAction action, int status = 500, Applied applied = Applied::no>
void act(Fault& fault, const FaultValues& values) {
  fault.action = action;
  fault.status = static_cast<int>(number_of(values, "status", status));
  fault.count = number_of(values, "count");
  fault.alias = text_of(values, "alias");
  fault.after = std::chrono::milliseconds(number_of(values, "after"));
  if (action == FaultAction::redirect) fault.location = text_of(values);

  const auto extent = text_of(values, "applied");
  fault.applied = extent.empty()       ? applied
                  : extent == "yes"    ? Applied::yes
                  : extent == "prefix" ? Applied::prefix
                                       : Applied::no;

  // A rule is split at its commas and an HTTP date has one, so "Sun_06_Nov_1994_08:49:37_GMT" stands for it.
  fault.retry_after = spaced(text_of(values, "retry-after"));
  if (fault.retry_after.size() > 4 && fault.retry_after[3] == ' ') fault.retry_after.insert(3, ",");
}

/// The type of the field says what it takes: `value`, or else what stands behind the fault's name.
template <auto member, auto... value>
void set(Fault& fault, const FaultValues& values) {
  auto& field = fault.*member;
  using Field = std::decay_t<decltype(field)>;
  if constexpr (sizeof...(value) > 0)
    ((field = value), ...);
  else if constexpr (std::is_same_v<Field, bool>)
    field = true;
  else if constexpr (std::is_same_v<Field, std::string>)
    field = text_of(values);
  else if constexpr (std::is_same_v<Field, std::vector<std::string>>)
    field.push_back(text_of(values));
  else
    field = static_cast<Field>(number_of(values, {}));
}

template <ConcurrentEdit::Kind kind, std::size_t count>
void add_edit(Fault& fault, const FaultValues& values) {
  ConcurrentEdit edit;
  edit.kind = kind;
  edit.alias = text_of(values);
  edit.to = text_of(values, "to");
  edit.url = text_of(values, "url");
  edit.count = number_of(values, "count", count);
  if (values.contains("after")) edit.after = std::chrono::milliseconds(number_of(values, "after"));
  fault.edits.push_back(std::move(edit));
}

using A = FaultAction;
using Kind = ConcurrentEdit::Kind;

constexpr auto table = std::to_array<FaultSpec>({
    {"Actions:", "close-before", "", "", false, "drop the connection, apply nothing", act<A::close>},
    {"", "close-after", "", "", false, "apply, then drop the connection", act<A::close, 500, Applied::yes>},
    {"", "partial", "", "count status retry-after", false,
     "apply the first count=N, then answer status (500); status=0 drops the connection", act<A::partial>},
    {"", "subset", "", "status retry-after", false, "apply a random part, then answer status (500); 0 drops",
     act<A::subset>},
    {"", "truncate", "", "", false, "apply, cut the answer in its middle", act<A::truncate>},
    {"", "garbage", "", "applied", false, "answer 200 with a page of HTML; applied=yes (default) or no",
     act<A::garbage, 500, Applied::yes>},
    {"", "missing-element", "", "", false, "apply, leave the last element out of the answer",
     act<A::missing_element>},
    {"", "stall", "", "applied", false, "never answer; applied=yes or no (default)", act<A::stall>},
    {"", "apply-late", "", "after status retry-after", false,
     "answer status (0, the default: drop; 2xx: as if it were done) at once, apply after=N milliseconds; a "
     "DELETE too",
     act<A::apply_late, 0>},
    {"", "status", "N", "retry-after applied above alias rate", false,
     "answer N; applied=yes, no (default) or prefix; above=N: only more elements than that; rate=N: only "
     "what comes faster than N a second, where N may come at once; alias=GLOB: only with such an alias, and "
     "prefix applies what stands before it",
     act<A::status>},
    {"", "redirect", "URL", "applied status", false,
     "answer status (303) with that Location; applied=yes or no (default)", act<A::redirect, 303>},

    {"Time:", "slow-apply", "N", "", true,
     "work N milliseconds, only then do anything of the request, whether the client still waits or not",
     set<&Fault::processing_delay>},
    {"", "slow", "N", "", true, "answer N milliseconds later", set<&Fault::slow>},

    {"Readings (a GET of all; late of one, too):", "late", "N", "", true,
     "show what was there N milliseconds ago", set<&Fault::late>},
    {"", "hide", "GLOB", "", true, "without the webhooks whose alias matches", set<&Fault::hidden>},
    {"", "half", "", "", true, "of what is left, every other one", set<&Fault::half>},
    {"", "short", "N", "", true, "of what is left, the first N at most", set<&Fault::most_shown>},
    {"", "empty", "", "", true, "nothing", set<&Fault::most_shown, 0U>},
    {"", "repeat", "GLOB", "", true, "of what is left, webhooks whose alias matches once more at the end",
     set<&Fault::repeated>},

    {"Answers:", "shuffle", "", "", true, "a bulk answer in another order", set<&Fault::shuffle>},
    {"", "chunked", "", "", true, "the answer in small chunks", set<&Fault::chunked>},
    {"", "ids-only", "", "", true, "elements hold an id and nothing else", set<&Fault::ids_only>},
    {"", "bare-ids", "", "", true, "elements are bare numbers", set<&Fault::bare_ids>},
    {"", "wrong-ids", "", "", true, "to a POST: ids that exist nowhere",
     set<&Fault::ids, ResponseIds::wrong>},
    {"", "swapped-ids", "", "", true, "to a POST: the right ids, each in the next one's element",
     set<&Fault::ids, ResponseIds::swapped>},
    {"", "string-ids", "", "", true, "ids are strings, such as \"abc-7\"",
     set<&Fault::ids, ResponseIds::text>},
    {"", "no-ids", "", "", true, "elements hold no id", set<&Fault::ids, ResponseIds::none>},
    {"", "plain-errors", "", "", true, "errors of v5 are plain text", set<&Fault::plain_errors>},
    {"", "success", "N", "", true, "N in place of 200, such as 206", set<&Fault::success>},
    {"", "header", "TEXT", "", true, "a further header, with _ for spaces: Link:_</all?page=2>;_rel=next",
     [](Fault& fault, const FaultValues& values) { fault.header = spaced(text_of(values)); }},
    {"", "no-date", "", "", true, "no Date header", set<&Fault::date, false>},
    {"", "informational", "N", "", true, "an answer of status N (100, 103) first, at once",
     set<&Fault::informational>},
    {"", "leftover", "TEXT", "", true,
     "further bytes behind a whole answer: a number is a second answer of that status with [], \"answer\" "
     "the same answer again, other text stands for itself",
     set<&Fault::leftover>},

    {"What is stored of a POST:", "twice", "", "", true, "apply it twice; the answer tells of the first time",
     set<&Fault::twice>},
    {"", "alter", "NAME", "", true, "store member NAME with #altered behind it", set<&Fault::alter>},
    {"", "drop", "NAME", "", true, "store member NAME as an empty string", set<&Fault::drop>},
    {"", "normalise", "HOW", "", true,
     "injective: store url with #n behind it, where it is not there yet; collapse: store all urls as an "
     "empty string; trim, lower, nfc, cut: store the alias without spaces at its ends, in lower case, with "
     "its letters and accents composed, or its first 16 bytes; type: store type 8 (5 for type 8)",
     [](Fault& fault, const FaultValues& values) {
       const auto* how = std::ranges::find(normalisations, text_of(values));
       fault.normalise = static_cast<Normalise>(how - normalisations.begin());
     }},
    {"", "reserialize", "", "", true, "store integration_type_fields spelled otherwise",
     set<&Fault::reserialize>},

    {"", "reuse-ids", "", "", true,
     "a new webhook, another client's too, gets the id after the highest in the account",
     set<&Fault::reuse_ids>},
    {"", "get-or-create", "", "", true,
     "a new webhook whose alias is there is not stored; the answer shows the one that is there",
     set<&Fault::get_or_create>},
    {"", "update-creates", "", "", true, "store an update as a new webhook", set<&Fault::update_creates>},
    {"", "add-snapshot", "", "", true,
     "switch on the snapshot of a slack webhook that v5 gets without attachments", set<&Fault::add_snapshot>},

    {"People at work, before the request or after=N milliseconds behind it:", "foreign", "ALIAS", "url after",
     true, "another client adds a slack webhook of that alias; url=URL, else https://foreign.test/ID",
     add_edit<Kind::add, 1>},
    {"", "touch", "GLOB", "to url count after", true,
     "another client edits the newest webhook whose alias matches, or the count=N newest: url=URL (else "
     "https://touched.test/TIME), to=ALIAS a new alias",
     add_edit<Kind::edit, 1>},
    {"", "remove", "GLOB", "count after", true,
     "another client deletes the webhooks whose alias matches, or the count=N newest",
     add_edit<Kind::remove, SIZE_MAX>},
});

constexpr std::array<std::string_view, 8> methods = {"GET", "GETONE", "NAMES",  "POST",
                                                     "PUT", "TEST",   "DELETE", "ANY"};

bool is_count(const std::string& text) {
  return !text.empty() && text.size() < 10 && std::ranges::all_of(text, is_digit);
}

[[noreturn]] void refuse(const std::string& rule, const std::string& why) {
  throw Failure(Cause::usage, fmt::format("--fault \"{}\": {}", printable_excerpt(rule, 100), why),
                "a rule looks like POST#2:status=503,retry-after=1; see hookferry help sandbox");
}

/// Why `name` cannot have the value `given`; empty if it can.
std::string object_to_value(const FaultSpec& fault, const std::string& name, const std::string& given) {
  const bool is_own = name == fault.name;
  const bool is_number =
      is_own ? fault.own_value == "N" : !is_one_of(name, "applied alias retry-after to url");
  if (is_number) {
    if (!is_count(given)) return name + " takes a number";
    const auto number = number_of(given);
    if (name == "rate" && number == 0) return "rate is at least 1";
    if (name == "status" && number != 0 && (number < 200 || number > 599))
      return "status is 0 or from 200 to 599";
    if (name == "success" && (number < 200 || number > 299)) return "success is from 200 to 299";
    if (name == "informational" && (number < 100 || number > 199)) return "informational is from 100 to 199";
    return {};
  }
  if (name == "applied" && !is_one_of(given, "yes no prefix")) return "applied is yes, no or prefix";
  if (name == "applied" && given == "prefix" && fault.name != "status")
    return "applied=prefix goes with status only";
  if (name == "normalise" && (given.empty() || !holds(normalisations, given)))
    return fmt::format("normalise is one of {}", fmt::join(std::span(normalisations).subspan(1), ", "));
  if (is_own && given.empty()) return fmt::format("{} takes a {}", name, fault.own_value);
  return {};
}

/// Reads what stands before the colon: [ACCOUNT/]METHOD[#N | #N-M | #N- | %P].
void read_request_part(FaultRule& rule, std::string part) {
  if (const auto slash = part.find('/'); slash != std::string::npos) {
    rule.account = part.substr(0, slash);
    part.erase(0, slash + 1);
    if (rule.account.empty()) refuse(rule.text, "no account before '/'");
  }
  const auto mark = std::min(part.find_first_of("#%"), part.size());
  rule.method = part.substr(0, mark);
  if (std::ranges::find(methods, rule.method) == methods.end())
    refuse(rule.text, fmt::format("the method is none of {}", fmt::join(methods, ", ")));
  if (mark == part.size()) return;

  const auto range = part.substr(mark + 1);
  const auto dash = range.find('-');
  const auto from = range.substr(0, dash);
  const auto to = dash == std::string::npos ? from : range.substr(dash + 1);
  if (!is_count(from) || (!to.empty() && !is_count(to)))
    refuse(rule.text, fmt::format("no number behind '{}'", part[mark]));
  const auto first = number_of(from);
  const auto last = number_of(to, SIZE_MAX);
  if (part[mark] == '%' && dash != std::string::npos) refuse(rule.text, "a percentage has no range");
  if (last < first) refuse(rule.text, "the range ends before it begins");
  if (part[mark] == '%') {
    if (first > 100) refuse(rule.text, "more than 100 percent");
    rule.percent = static_cast<unsigned>(first);
  } else {
    if (first == 0) refuse(rule.text, "requests are counted from 1");
    rule.first = first;
    rule.last = last;
  }
}

/// Reads what stands behind the colon: ACTION[,name=value...].
void read_fault_part(FaultRule& rule, const std::string& rest) {
  std::vector<std::string> parts;
  boost::algorithm::split(parts, rest, [](char c) { return c == ','; });
  for (const auto& part : parts) {
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    if (rule.fault == nullptr) {
      rule.fault = std::ranges::find(table, name, &FaultSpec::name);
      if (rule.fault == table.end()) {
        std::vector<std::string> known;
        for (const auto& fault : table) known.emplace_back(fault.name);
        refuse(rule.text, "unknown action" + did_you_mean(name, known));
      }
    }

    const auto& fault = *rule.fault;
    const bool is_own = name == fault.name;
    const bool has_value = equals < part.size();
    if (is_own && !has_value && fault.own_value.empty()) continue;
    const bool takes_value = is_own ? !fault.own_value.empty() : is_one_of(name, fault.values);
    if (!takes_value || !has_value)
      refuse(rule.text, fmt::format("\"{}\" is not a value of {}", printable(part), fault.name));
    const auto given = part.substr(equals + 1);
    if (const auto why = object_to_value(fault, name, given); !why.empty()) refuse(rule.text, why);
    rule.values[name] = given;
    if (is_own) rule.values[""] = given;
  }
}

}  // namespace

FaultProgram::FaultProgram(const std::vector<std::string>& rules, std::uint64_t seed) : random_(seed) {
  for (const auto& text : rules) {
    FaultRule rule;
    rule.text = text;
    const auto colon = text.find(':');
    if (colon == std::string::npos) refuse(text, "no ':' between request and action");
    read_request_part(rule, text.substr(0, colon));
    read_fault_part(rule, text.substr(colon + 1));
    rules_.push_back(std::move(rule));
    rules_.back().random.seed(seed + rules_.size());
  }
}

bool FaultProgram::matches(FaultRule& rule, const FaultFacts& facts) {
  if (rule.method != "ANY" && rule.method != facts.method) return false;
  if (!rule.account.empty() && rule.account != facts.account) return false;
  const auto count = counts_[{rule.account, rule.method}];
  if (count < rule.first || count > rule.last) return false;

  const auto& values = rule.values;
  if (values.contains("above") && facts.aliases.size() <= number_of(values, "above")) return false;
  if (values.contains("alias") && std::ranges::none_of(facts.aliases, [&](const auto& alias) {
        return glob_matches(text_of(values, "alias"), alias);
      }))
    return false;
  if (values.contains("rate")) {
    const auto rate = static_cast<double>(number_of(values, "rate"));
    const std::chrono::duration<double> since = facts.at - rule.filled;
    rule.tokens = rule.tokens ? std::min(rate, *rule.tokens + since.count() * rate) : rate;
    rule.filled = facts.at;
    if (*rule.tokens >= 1) {
      *rule.tokens -= 1;
      return false;
    }
  }

  // The draw comes last and from the rule's own generator, so that only requests in question use it up. The
  // result of the Nth of them then does not depend on other requests in between.
  return !rule.percent || std::uniform_int_distribution<unsigned>(0, 99)(rule.random) < *rule.percent;
}

Fault FaultProgram::decide(const FaultFacts& facts) {
  // This is a set because a request may have no account.
  for (const auto& account : std::set<std::string>{"", facts.account})
    for (const auto& method : {facts.method, std::string("ANY")}) ++counts_[{account, method}];
  Fault fault;
  for (auto& rule : rules_) {
    if (!rule.fault->modifier && fault.action != FaultAction::none) continue;
    if (!matches(rule, facts)) continue;
    rule.fault->apply(fault, rule.values);
    fault.rules += (fault.rules.empty() ? "" : "+") + printable(rule.text);
  }
  if (fault.rules.empty()) fault.rules = "-";
  return fault;
}

std::vector<HelpBlock> fault_manual() {
  std::vector<HelpBlock> out = {
      lines("--fault '[ACCOUNT/]METHOD[#N | #N-M | #N- | %P]:ACTION[,name=value...]'"),
      paragraph(
          "METHOD is GET (all webhooks), GETONE (one), POST, DELETE or ANY, of either API, and of v5 also "
          "NAMES "
          "(the list of summaries), PUT and TEST (both kinds of test); #N its Nth request, counted from 1 "
          "(in that ACCOUNT, where one is named); %P takes P percent of them, from a generator that "
          "--seed starts. The option may be "
          "repeated: of the actions the first rule that matches counts; modifiers (*) add up.")};
  for (const auto& fault : table) {
    if (!fault.heading.empty()) out.push_back(heading(std::string(fault.heading)));
    const auto value = fault.own_value.empty() ? "" : fmt::format("={}", fault.own_value);
    out.push_back(
        entry(fmt::format("{}{}{}", fault.name, value, fault.modifier ? " *" : ""), std::string(fault.help)));
  }
  out.push_back(paragraph(
      "alias=GLOB also asks for the webhook that a GETONE or DELETE names. retry-after takes seconds "
      "or a date such as Sun_06_Nov_1994_08:49:37_GMT. A request with the header "
      "X-Sandbox-Faults: off meets none and is not counted."));
  return out;
}

std::string fault_help() { return "faults:\n" + laid_out(fault_manual(), {.column = 20, .indent = 2}); }

}  // namespace hookferry::sandbox
