#include "sandbox/faults.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/failure.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

using Values = std::map<std::string, std::string>;
using Milliseconds = std::chrono::milliseconds;

std::size_t number(const std::string& text, std::size_t otherwise = 0) {
  std::size_t out = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string value(const Values& values, const std::string& name, const std::string& otherwise = {}) {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

Milliseconds milliseconds(const Values& values, const std::string& name) {
  return Milliseconds(static_cast<std::int64_t>(number(value(values, name))));
}

Applied applied(const Values& values, const std::string& otherwise) {
  const auto text = value(values, "applied", otherwise);
  return text == "yes" ? Applied::yes : text == "prefix" ? Applied::prefix : Applied::no;
}

void set_status(Fault& fault, const Values& values, int otherwise) {
  fault.status = static_cast<int>(number(value(values, "status", std::to_string(otherwise))));
  fault.retry_after = value(values, "retry-after");
  // A rule is cut at its commas, and an HTTP date has one: "Sun_06_Nov_1994_08:49:37_GMT" stands for it.
  std::replace(fault.retry_after.begin(), fault.retry_after.end(), '_', ' ');
  if (fault.retry_after.size() > 4 && fault.retry_after[3] == ' ') fault.retry_after.insert(3, ",");
}

/// One row an action: its name is also the name of its own value, where it has one (`late=200`).
struct ActionSpec {
  std::string_view name;
  bool own_value;
  std::string_view values;  ///< further ones, by space
  bool modifier;            ///< goes together with other rules
  std::string_view help;
  void (*apply)(Fault&, const Values&);
};

constexpr std::string_view status_values = "status retry-after";

const std::array table = {
    ActionSpec{"close-before", false, "", false, "drop the connection, apply nothing",
               [](Fault& f, const Values&) { f.action = FaultAction::close_before; }},
    ActionSpec{"close-after", false, "", false, "apply, then drop the connection",
               [](Fault& f, const Values&) { f.action = FaultAction::close_after; }},
    ActionSpec{"partial", false, "count status retry-after", false,
               "apply the first count=N, then answer status (500); status=0 drops the connection",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::partial;
                 f.count = number(value(v, "count"));
                 set_status(f, v, 500);
               }},
    ActionSpec{"subset", false, status_values, false,
               "apply a random part, then answer status (500); 0 drops",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::subset;
                 set_status(f, v, 500);
               }},
    ActionSpec{"truncate", false, "", false, "apply, cut the answer in its middle",
               [](Fault& f, const Values&) { f.action = FaultAction::truncate; }},
    ActionSpec{"garbage", false, "applied", false,
               "answer 200 with a page of HTML; applied=yes (default) or no",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::garbage;
                 f.applied = applied(v, "yes");
               }},
    ActionSpec{"missing-element", false, "", false, "apply, leave the last element out of the answer",
               [](Fault& f, const Values&) { f.action = FaultAction::missing_element; }},
    ActionSpec{"stall", false, "applied", false, "never answer; applied=yes or no (default)",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::stall;
                 f.applied = applied(v, "no");
               }},
    ActionSpec{"apply-late", false, "after status retry-after", false,
               "answer status (0, the default: drop) at once, apply after=N milliseconds",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::apply_late;
                 f.after = milliseconds(v, "after");
                 set_status(f, v, 0);
               }},
    ActionSpec{"status", true, "retry-after applied above alias", false,
               "answer N; applied=yes, no (default) or prefix; above=N: only more elements than that; "
               "alias=GLOB: only with such an alias, and prefix applies what stands before it",
               [](Fault& f, const Values& v) {
                 f.action = FaultAction::status;
                 f.applied = applied(v, "no");
                 f.alias = value(v, "alias");
                 set_status(f, v, 500);
               }},
    ActionSpec{"late", true, "", true, "a GET shows what was there N milliseconds ago",
               [](Fault& f, const Values& v) { f.late = milliseconds(v, "late"); }},
    ActionSpec{"slow", true, "", true, "answer N milliseconds later",
               [](Fault& f, const Values& v) { f.slow = milliseconds(v, "slow"); }},
    ActionSpec{"shuffle", false, "", true, "a bulk answer in another order",
               [](Fault& f, const Values&) { f.shuffle = true; }},
    ActionSpec{"chunked", false, "", true, "the answer in small chunks",
               [](Fault& f, const Values&) { f.chunked = true; }},
    ActionSpec{"ids-only", false, "", true, "answer elements hold an id and nothing else",
               [](Fault& f, const Values&) { f.ids_only = true; }},
    ActionSpec{"bare-ids", false, "", true, "answer elements are bare numbers",
               [](Fault& f, const Values&) { f.bare_ids = true; }},
    ActionSpec{"alter", true, "", true, "store member NAME with #altered behind it",
               [](Fault& f, const Values& v) { f.alter = value(v, "alter"); }},
    ActionSpec{"drop", true, "", true, "store member NAME as an empty string",
               [](Fault& f, const Values& v) { f.drop = value(v, "drop"); }},
    ActionSpec{"reserialize", false, "", true, "store integration_type_fields spelled otherwise",
               [](Fault& f, const Values&) { f.reserialize = true; }},
};

const ActionSpec* find_action(std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const ActionSpec& action) { return action.name == name; });
  return found == table.end() ? nullptr : &*found;
}

[[noreturn]] void refuse(const std::string& rule, const std::string& why) {
  throw Failure(Exit::usage, "--fault \"" + printable_excerpt(rule, 100) + "\": " + why,
                "a rule looks like POST#2:status=503,retry-after=1; see hookferry help sandbox");
}

bool allows(const ActionSpec& action, const std::string& name) {
  if (name == action.name) return action.own_value;
  return (" " + std::string(action.values) + " ").find(" " + name + " ") != std::string::npos;
}

/// Values that are words; all others are numbers.
bool is_word(std::string_view name) {
  return name == "applied" || name == "alias" || name == "retry-after" || name == "alter" || name == "drop";
}

bool is_count(const std::string& text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

FaultProgram::FaultProgram(const std::vector<std::string>& rules, std::uint64_t seed) : random_(seed) {
  for (const auto& rule : rules) rules_.push_back(parse(rule));
}

FaultProgram::Rule FaultProgram::parse(const std::string& text) {
  Rule rule;
  rule.text = text;
  const auto colon = text.find(':');
  if (colon == std::string::npos) refuse(text, "no ':' between request and action");
  const auto when = text.substr(0, colon);
  const auto mark = std::min(when.find_first_of("#%"), when.size());
  rule.method = when.substr(0, mark);
  if (rule.method != "GET" && rule.method != "POST" && rule.method != "DELETE" && rule.method != "ANY")
    refuse(text, "the method is not GET, POST, DELETE or ANY");
  if (mark < when.size()) {
    const auto range = when.substr(mark + 1);
    const auto dash = range.find('-');
    const auto from = range.substr(0, dash);
    const auto to = dash == std::string::npos ? from : range.substr(dash + 1);
    if (!is_count(from) || (!to.empty() && !is_count(to)))
      refuse(text, "no number behind '" + when.substr(mark, 1) + "'");
    if (when[mark] == '%' && dash != std::string::npos) refuse(text, "a percentage has no range");
    if (!to.empty() && number(to) < number(from)) refuse(text, "the range ends before it begins");
    if (when[mark] == '%' && number(from) > 100) refuse(text, "more than 100 percent");
    if (when[mark] == '#' && number(from) == 0) refuse(text, "requests are counted from 1");
    if (when[mark] == '%') {
      rule.percent = static_cast<unsigned>(number(from));
    } else {
      rule.first = number(from);
      rule.last = to.empty() ? SIZE_MAX : number(to);
    }
  }
  std::string rest = text.substr(colon + 1) + ",";
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    if (rule.action.empty()) rule.action = name;
    if (find_action(rule.action) == nullptr) {
      std::vector<std::string> known;
      for (const auto& action : table) known.emplace_back(action.name);
      refuse(text, "unknown action" + did_you_mean(rule.action, known));
    }
    const auto& action = *find_action(rule.action);
    const bool bare_name = name == rule.action && equals == part.size() && !action.own_value;
    if (!bare_name && !(allows(action, name) && equals < part.size()))
      refuse(text, "\"" + printable(part) + "\" is no value of " + rule.action);
    if (bare_name) continue;
    const auto given = part.substr(equals + 1);
    if (!is_word(name) && !is_count(given)) refuse(text, name + " takes a number");
    if (name == "status" && number(given) != 0 && (number(given) < 200 || number(given) > 599))
      refuse(text, "status is 0 or from 200 to 599");
    if (name == "applied" && given != "yes" && given != "no" && given != "prefix")
      refuse(text, "applied is yes, no or prefix");
    if (given == "prefix" && name == "applied" && rule.action != "status")
      refuse(text, "applied=prefix goes with status only");
    rule.values[name] = given;
  }
  return rule;
}

bool FaultProgram::matches(const Rule& rule, const FaultFacts& facts) {
  if (rule.method != "ANY" && rule.method != facts.method) return false;
  const auto count = counts_[rule.method == "ANY" ? "ANY" : facts.method];
  if (count < rule.first || count > rule.last) return false;
  if (const auto above = rule.values.find("above");
      above != rule.values.end() && facts.aliases.size() <= number(above->second))
    return false;
  if (const auto alias = rule.values.find("alias"); alias != rule.values.end()) {
    const auto fits = [&](const std::string& text) {
      return ::fnmatch(alias->second.c_str(), text.c_str(), 0) == 0;
    };
    if (std::none_of(facts.aliases.begin(), facts.aliases.end(), fits)) return false;
  }
  // Drawn last, so that only requests in question use up the generator.
  return !rule.percent || std::uniform_int_distribution<unsigned>(0, 99)(random_) < *rule.percent;
}

Fault FaultProgram::decide(const FaultFacts& facts) {
  ++counts_[facts.method];
  ++counts_["ANY"];
  Fault fault;
  for (const auto& rule : rules_) {
    const auto& action = *find_action(rule.action);
    if (!action.modifier && fault.action != FaultAction::none) continue;
    if (!matches(rule, facts)) continue;
    action.apply(fault, rule.values);
    fault.rules += (fault.rules.empty() ? "" : "+") + rule.text;
  }
  if (fault.rules.empty()) fault.rules = "-";
  return fault;
}

std::string fault_help() {
  std::string out =
      "faults: --fault 'METHOD[#N | #N-M | #N- | %P]:ACTION[,name=value...]', repeatable\n"
      "  METHOD is GET, POST, DELETE or ANY; #N its Nth request, counted from 1; %P\n"
      "  takes P percent of them, from the generator that --seed starts. Of the actions\n"
      "  the first rule that matches counts; modifiers (*) add up.\n\n";
  for (const auto& action : table) {
    std::string line =
        "  " + std::string(action.name) +
        (action.own_value ? (action.name == "alter" || action.name == "drop" ? "=NAME" : "=N") : "") +
        (action.modifier ? " *" : "");
    constexpr std::size_t column = 20;
    line.resize(column, ' ');
    std::string text(action.help);
    while (line.size() + text.size() > 80) {
      const auto space = text.rfind(' ', 80 - line.size());
      out += line + text.substr(0, space) + "\n";
      line.assign(column, ' ');
      text.erase(0, space + 1);
    }
    out += line + text + "\n";
  }
  return out + "\n  retry-after takes seconds or a date such as Sun_06_Nov_1994_08:49:37_GMT.\n";
}

}  // namespace hookferry
