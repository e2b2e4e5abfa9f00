// What a GET of all shows, which under faults is not what is there.
#pragma once

#include <string>

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

/// The body: a JSON array.
std::string reading(const SandboxAccount& account, const Fault& fault);

}  // namespace hookferry
