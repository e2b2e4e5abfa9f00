// Somebody else at work in an account, while a request is under way.
#pragma once

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

void carry_out(const PersonsAct& act, SandboxState& state, SandboxAccount& account);

}  // namespace hookferry
