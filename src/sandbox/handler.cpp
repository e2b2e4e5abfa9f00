#include "sandbox/handler.hpp"

#include <algorithm>
#include <optional>

#include "core/letter_case.hpp"
#include "sandbox/api_request.hpp"
#include "sandbox/exchange.hpp"
#include "sandbox/people.hpp"

namespace hookferry {
namespace {

using Path = ApiRequest::Path;

/// RFC 9110, 8.3.1: letter case does not count, parameters may follow.
bool is_json_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  return same_letters(content_type, "application/json");
}

/// What no fault changes: path, key, method, media type.
std::optional<SandboxAnswer> object_to(const ApiRequest& request, const SandboxAccount* account,
                                       const std::string& content_type) {
  if (request.path == Path::unknown) return refusal(404, "no such path");
  if (account == nullptr) return refusal(401, "the key is not known");
  const bool fits = request.method == "GET"    ? request.path != Path::bulk
                    : request.method == "POST" ? request.path != Path::one
                                               : request.method == "DELETE" && request.path == Path::one;
  if (!fits) return refusal(405, "no such method here");
  if (request.method == "POST" && !is_json_type(content_type))
    return refusal(415, "Content-Type must be application/json");
  return std::nullopt;
}

/// The aliases that rules may ask for, and which rules are asked.
FaultFacts facts_of(const ApiRequest& request, const SandboxAccount& account) {
  FaultFacts out{request.method, request.aliases, account.name(), std::chrono::steady_clock::now()};
  if (request.path != Path::one) return out;
  if (request.method == "GET") out.method = "GETONE";
  if (const auto place = account.place_of(request.id)) out.aliases = {alias_of(account.webhooks()[*place])};
  return out;
}

Fault spared_from_faults() {
  Fault out;
  out.rules = "off";
  return out;
}

/// All of it when the work is done: what the request finds then is what counts.
SandboxAnswer exchange_later(SandboxState& state, FaultProgram& faults, SandboxAccount& account,
                             const ApiRequest& request, const Fault& fault) {
  SandboxAnswer out;
  out.informational = fault.informational;
  out.works = fault.works;
  out.finish = [&state, &faults, &account, request, fault] {
    auto answer = exchange(state, faults, account, request, fault);
    answer.informational = 0;
    return answer;
  };
  out.log = log_line("works", &account, request.elements.size(), 0, fault.rules);
  return out;
}

}  // namespace

SandboxAnswer handle(SandboxState& state, FaultProgram& faults, const SandboxRequest& request) {
  auto* account = state.find_by_key(bearer_key(request.authorization));
  const auto parsed = read_api_request(request);
  if (auto objection = object_to(parsed, account, request.content_type)) {
    objection->log = log_line(status_text(*objection), account, parsed.elements.size(), 0, "-");
    return *objection;
  }
  const auto fault = request.spared ? spared_from_faults() : faults.decide(facts_of(parsed, *account));
  for (const auto& act : fault.acts)
    if (!act.after) carry_out(act, state, *account);
  const auto go = fault.works.count() > 0 ? exchange_later : exchange;
  return go(state, faults, *account, parsed, fault);
}

}  // namespace hookferry
