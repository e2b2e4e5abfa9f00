#include "sandbox/faults.hpp"

#include <algorithm>

namespace hookferry {
namespace {

void modify(FaultDecision& decision, const FaultRule& rule) {
  switch (rule.action) {
    case FaultAction::late:
      decision.late = rule.delay;
      break;
    case FaultAction::slow:
      decision.slow = rule.delay;
      break;
    case FaultAction::shuffle:
      decision.shuffle = true;
      break;
    case FaultAction::chunked:
      decision.chunked = true;
      break;
    case FaultAction::ids_only:
      decision.ids_only = true;
      break;
    case FaultAction::bare_ids:
      decision.bare_ids = true;
      break;
    case FaultAction::alter:
      decision.storing.alter.push_back(rule.field);
      break;
    case FaultAction::drop:
      decision.storing.drop.push_back(rule.field);
      break;
    case FaultAction::reserialize:
      decision.storing.reserialize = true;
      break;
    default:
      decision.settles = &rule;
  }
}

}  // namespace

Faults::Faults(const std::vector<std::string>& rules, std::uint64_t seed) : generator_(seed) {
  for (const auto& rule : rules) rules_.push_back(parse_fault_rule(rule));
}

bool Faults::matches(const FaultRule& rule, const FaultFacts& facts) {
  if (rule.method != "ANY" && rule.method != facts.method) return false;
  if (rule.scope != FaultScope::any && facts.method != (rule.scope == FaultScope::post ? "POST" : "GET"))
    return false;
  const auto number = seen_.find(rule.method)->second;
  if (number < rule.first || number > rule.last) return false;
  if (rule.above && !(facts.bulk && facts.aliases.size() > *rule.above)) return false;
  if (rule.alias && std::none_of(facts.aliases.begin(), facts.aliases.end(), [&](const std::string& alias) {
        return wildcard_matches(*rule.alias, alias);
      }))
    return false;
  // Drawn last: requests that a rule is not about do not move the generator.
  return !rule.percent || random(100) < *rule.percent;
}

FaultDecision Faults::decide(const FaultFacts& facts) {
  ++seen_[std::string(facts.method)];
  ++seen_["ANY"];
  FaultDecision out;
  for (const auto& rule : rules_) {
    if (!matches(rule, facts)) continue;
    modify(out, rule);
    out.rules += (out.rules.empty() ? "" : "+") + rule.text;
    if (out.settles != nullptr) break;
  }
  if (out.rules.empty()) out.rules = "-";
  return out;
}

std::chrono::milliseconds Faults::longest_lateness() const {
  std::chrono::milliseconds out{0};
  for (const auto& rule : rules_)
    if (rule.action == FaultAction::late) out = std::max(out, rule.delay);
  return out;
}

bool wildcard_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  auto star = std::string_view::npos;
  std::size_t retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace hookferry
