#include "sandbox/handler.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace hookferry {
namespace {

using Indices = std::vector<std::size_t>;

Indices first_of(std::size_t count, std::size_t elements) {
  Indices out(std::min(count, elements));
  std::iota(out.begin(), out.end(), std::size_t{0});
  return out;
}

std::string alias_of(const json::Value& element) {
  const auto alias = element.find("alias");
  return alias ? alias->string() : std::string();
}

FaultFacts facts_of(const SandboxCall& call) {
  FaultFacts out;
  out.method = call.method;
  out.bulk = call.bulk();
  for (const auto& element : call.elements) out.aliases.push_back(alias_of(element));
  return out;
}

Indices before_match(const SandboxCall& call, const std::string& pattern) {
  const auto matching =
      std::find_if(call.elements.begin(), call.elements.end(),
                   [&](const json::Value& element) { return wildcard_matches(pattern, alias_of(element)); });
  return first_of(static_cast<std::size_t>(matching - call.elements.begin()), call.elements.size());
}

SandboxResponse fault_response(const FaultRule& rule, int otherwise) {
  auto out = error_response(rule.status != 0 ? rule.status : otherwise, "fault " + rule.text);
  if (!rule.retry_after.empty()) out.headers.emplace_back("Retry-After", rule.retry_after);
  return out;
}

SandboxResponse garbage_response() {
  SandboxResponse out;
  out.content_type = "text/html";
  out.body =
      "<!DOCTYPE html><html><head><title>Gateway</title></head><body>One moment, please.</body></html>\n";
  return out;
}

/// What the client gets to see of a request whose effect is settled.
void answer_wrongly(Exchange& exchange, const FaultRule& rule) {
  switch (rule.action) {
    case FaultAction::close_before:
    case FaultAction::close_after:
      exchange.delivery = Delivery::close;
      break;
    case FaultAction::apply_late:
      if (rule.status == 0) {
        exchange.delivery = Delivery::close;
        break;
      }
      exchange.response = fault_response(rule, rule.status);
      break;
    case FaultAction::partial:
    case FaultAction::subset:
    case FaultAction::status:
      exchange.response = fault_response(rule, 500);
      if (rule.close) exchange.delivery = Delivery::close;
      break;
    case FaultAction::truncate:
      exchange.delivery = Delivery::cut;
      break;
    case FaultAction::garbage:
      exchange.response = garbage_response();
      break;
    case FaultAction::stall:
      exchange.delivery = Delivery::stall;
      break;
    default:
      break;
  }
}

CarryOut manner(const FaultDecision& decision) {
  CarryOut out;
  out.storing = decision.storing;
  out.late = decision.late;
  return out;
}

}  // namespace

SandboxHandler::SandboxHandler(const std::filesystem::path& state, const std::vector<std::string>& faults,
                               std::uint64_t seed)
    : faults_(faults, seed), api_(SandboxAccounts::load(state, faults_.longest_lateness())) {}

Exchange SandboxHandler::handle(const SandboxRequest& request, SandboxTime now) {
  const auto call = api_.read(request);
  const auto decision = faults_.decide(facts_of(call));
  auto out =
      decision.settles != nullptr ? misbehave(call, request, decision, now) : behave(call, decision, now);
  out.wait = decision.slow;
  out.chunked = decision.chunked;
  out.fault = decision.rules;
  if (call.account != nullptr) out.account = call.account->name();
  out.elements = call.method == "DELETE" ? 1 : call.elements.size();
  return out;
}

void SandboxHandler::apply_postponed(const PostponedRequest& postponed, SandboxTime now) {
  CarryOut how;
  how.storing = postponed.storing;
  api_.carry_out(api_.read(postponed.request), how, now);
}

Exchange SandboxHandler::behave(const SandboxCall& call, const FaultDecision& decision, SandboxTime now) {
  auto result = api_.carry_out(call, manner(decision), now);
  if (call.bulk() && !call.refusal) reshape(result, decision);
  Exchange out;
  out.response = std::move(result.response);
  out.applied = result.applied;
  return out;
}

Exchange SandboxHandler::misbehave(const SandboxCall& call, const SandboxRequest& request,
                                   const FaultDecision& decision, SandboxTime now) {
  const auto& rule = *decision.settles;
  Exchange out;
  const auto apply_only = [&](Indices chosen) {
    auto how = manner(decision);
    how.only = std::move(chosen);
    out.applied = api_.carry_out(call, how, now).applied;
  };
  switch (rule.action) {
    case FaultAction::close_after:
    case FaultAction::truncate:
    case FaultAction::missing_element:
    case FaultAction::garbage:
      out = behave(call, decision, now);
      break;
    case FaultAction::partial:
      apply_only(first_of(*rule.count, call.elements.size()));
      break;
    case FaultAction::subset:
      apply_only(some_of(call.elements.size()));
      break;
    case FaultAction::stall:
    case FaultAction::status:
      if (rule.applied == Applied::yes) out = behave(call, decision, now);
      if (rule.applied == Applied::prefix) apply_only(before_match(call, *rule.alias));
      break;
    case FaultAction::apply_late:
      out.postponed = PostponedRequest{rule.delay, request, decision.storing};
      break;
    default:
      break;  // close-before: nothing is applied
  }
  answer_wrongly(out, rule);
  return out;
}

/// In the order that the modifiers ask for, without what the rule leaves out.
void SandboxHandler::reshape(SandboxResult& result, const FaultDecision& decision) {
  auto& answers = result.answers;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (decision.ids_only) answers[i] = "{\"id\":" + std::to_string(result.ids[i]) + "}";
    if (decision.bare_ids) answers[i] = std::to_string(result.ids[i]);
  }
  const bool lacking =
      decision.settles != nullptr && decision.settles->action == FaultAction::missing_element;
  if (lacking && !answers.empty()) answers.pop_back();
  if (decision.shuffle && answers.size() > 1) {
    const auto before = answers;
    for (auto i = answers.size() - 1; i > 0; --i) std::swap(answers[i], answers[faults_.random(i + 1)]);
    if (answers == before) std::rotate(answers.begin(), answers.begin() + 1, answers.end());
  }
  result.response.body = joined_array(answers);
}

/// Any but none and all; a single one is there or not.
std::vector<std::size_t> SandboxHandler::some_of(std::size_t elements) {
  if (elements < 2) return first_of(faults_.random(2), elements);
  Indices out;
  while (out.empty() || out.size() == elements) {
    out.clear();
    for (std::size_t i = 0; i < elements; ++i)
      if (faults_.random(2) == 1) out.push_back(i);
  }
  return out;
}

}  // namespace hookferry
