#include "sandbox/faults.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "core/failure.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "sandbox/fault_table.hpp"

namespace hookferry {
namespace {

std::size_t number(const std::string& text) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

[[noreturn]] void refuse(const std::string& rule, const std::string& why) {
  throw Failure(Cause::usage, "--fault \"" + printable_excerpt(rule, 100) + "\": " + why,
                "a rule looks like POST#2:status=503,retry-after=1; see hookferry help sandbox");
}

const FaultSpec& known_fault(const std::string& rule, const std::string& name) {
  if (const auto* fault = find_fault(name)) return *fault;
  std::vector<std::string> known;
  for (const auto& fault : fault_table()) known.emplace_back(fault.name);
  refuse(rule, "unknown action" + did_you_mean(name, known));
}

constexpr std::array<std::string_view, 5> methods = {"GET", "GETONE", "POST", "DELETE", "ANY"};

bool is_count(const std::string& text) {
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

FaultProgram::FaultProgram(const std::vector<std::string>& rules, std::uint64_t seed) : random_(seed) {
  for (const auto& rule : rules) {
    rules_.push_back(parse(rule));
    rules_.back().random.seed(seed + rules_.size());
  }
}

FaultProgram::Rule FaultProgram::parse(const std::string& text) {
  Rule rule;
  rule.text = text;
  const auto colon = text.find(':');
  if (colon == std::string::npos) refuse(text, "no ':' between request and action");
  rule.read_when(text.substr(0, colon));
  rule.read_action(text.substr(colon + 1));
  return rule;
}

void FaultProgram::Rule::read_when(std::string when) {
  if (const auto slash = when.find('/'); slash != std::string::npos) {
    account = when.substr(0, slash);
    when.erase(0, slash + 1);
    if (account.empty()) refuse(text, "no account before '/'");
  }
  const auto mark = std::min(when.find_first_of("#%"), when.size());
  method = when.substr(0, mark);
  if (std::find(methods.begin(), methods.end(), method) == methods.end())
    refuse(text, "the method is not GET, GETONE, POST, DELETE or ANY");
  if (mark == when.size()) return;
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
    percent = static_cast<unsigned>(number(from));
  } else {
    first = number(from);
    last = to.empty() ? SIZE_MAX : number(to);
  }
}

void FaultProgram::Rule::read_action(std::string rest) {
  rest += ",";
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    if (action == nullptr) action = &known_fault(text, name);
    const bool bare_name = name == action->name && equals == part.size() && action->own_value.empty();
    if (!bare_name && !(takes_value(*action, name) && equals < part.size()))
      refuse(text, "\"" + printable(part) + "\" is no value of " + std::string(action->name));
    if (bare_name) continue;
    const auto given = part.substr(equals + 1);
    if (!is_word(*action, name) && !is_count(given)) refuse(text, name + " takes a number");
    if (const auto why = object_to_value(*action, name, given); !why.empty()) refuse(text, why);
    values[name] = given;
  }
}

bool FaultProgram::Rule::is_allowed(double a_second, std::chrono::steady_clock::time_point now) {
  const std::chrono::duration<double> since = now - filled;
  allowance = allowance ? std::min(a_second, *allowance + since.count() * a_second) : a_second;
  filled = now;
  if (*allowance < 1) return false;
  *allowance -= 1;
  return true;
}

bool FaultProgram::matches(Rule& rule, const FaultFacts& facts) {
  if (rule.method != "ANY" && rule.method != facts.method) return false;
  if (!rule.account.empty() && rule.account != facts.account) return false;
  const auto count = counts_[{rule.account, rule.method}];
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
  if (const auto rate = rule.values.find("rate");
      rate != rule.values.end() && rule.is_allowed(static_cast<double>(number(rate->second)), facts.at))
    return false;
  // Drawn last and from a generator of its own, so that only requests in question use it up: what becomes of
  // the Nth of them does not depend on what came between.
  return !rule.percent || std::uniform_int_distribution<unsigned>(0, 99)(rule.random) < *rule.percent;
}

Fault FaultProgram::decide(const FaultFacts& facts) {
  // A set, since a request may have no account.
  for (const auto& account : std::set<std::string>{"", facts.account})
    for (const auto& method : {facts.method, std::string("ANY")}) ++counts_[{account, method}];
  Fault fault;
  for (auto& rule : rules_) {
    if (!rule.action->modifier && fault.action != FaultAction::none) continue;
    if (!matches(rule, facts)) continue;
    rule.action->apply(fault, rule.values);
    fault.rules += (fault.rules.empty() ? "" : "+") + printable(rule.text);
  }
  if (fault.rules.empty()) fault.rules = "-";
  return fault;
}

std::vector<HelpBlock> fault_manual() {
  std::vector<HelpBlock> out = {
      lines("--fault '[ACCOUNT/]METHOD[#N | #N-M | #N- | %P]:ACTION[,name=value...]'"),
      paragraph(
          "METHOD is GET (all webhooks), GETONE (one), POST, DELETE or ANY; #N its Nth request, counted "
          "from 1 (in that ACCOUNT, where one is named); %P takes P percent of them, from a generator that "
          "--seed starts. The option may be "
          "repeated: of the actions the first rule that matches counts; modifiers (*) add up.")};
  for (const auto& fault : fault_table()) {
    if (!fault.heading.empty()) out.push_back(heading(std::string(fault.heading)));
    auto term = std::string(fault.name);
    if (!fault.own_value.empty()) term += "=" + std::string(fault.own_value);
    out.push_back(entry(term + (fault.modifier ? " *" : ""), std::string(fault.help)));
  }
  out.push_back(paragraph(
      "alias=GLOB also asks for the webhook that a GETONE or DELETE names. retry-after takes seconds "
      "or a date such as Sun_06_Nov_1994_08:49:37_GMT. A request with the header "
      "X-Sandbox-Faults: off meets none and is not counted."));
  return out;
}

std::string fault_help() { return "faults:\n" + laid_out(fault_manual(), {.column = 20, .indent = 2}); }

}  // namespace hookferry
