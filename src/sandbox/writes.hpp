// Creating and updating: from the text of a request to what is stored and what is answered.
#pragma once

#include <string>
#include <vector>

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

/// Applies the elements (JSON objects that the guide's rules let through) in their order; the ids they have
/// then, in the same order. Those that update must exist.
std::vector<std::int64_t> apply_elements(SandboxState& state, SandboxAccount& account,
                                         const std::vector<std::string>& elements, const Fault& fault);

/// What a POST answers for a stored webhook: the members of the guide's example answers.
std::string answer_element(const SandboxAccount& account, std::int64_t id, const Fault& fault);

}  // namespace hookferry
