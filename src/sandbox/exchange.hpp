// One request that the API takes, with the fault that it meets: what it does to the account, what is
// answered.
#pragma once

#include "sandbox/accounts.hpp"
#include "sandbox/api_request.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/handler.hpp"

namespace hookferry {

/// Carries the request out, as far as the fault lets it.
SandboxAnswer exchange(SandboxState& state, FaultProgram& faults, SandboxAccount& account,
                       const ApiRequest& request, const Fault& fault);

SandboxAnswer refusal(int status, const std::string& text);

std::string status_text(const SandboxAnswer& answer);
/// `account`: null for none.
std::string log_line(const std::string& status, const SandboxAccount* account, std::size_t elements,
                     std::size_t applied, const std::string& fault);

}  // namespace hookferry
