// The destination, read once more, held against the plan. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "migration/outcome.hpp"
#include "migration/plan.hpp"

namespace hookferry {

/// What became of a planned webhook that nothing was sent for.
WebhookOutcome untouched_outcome(const PlannedWebhook& planned);

/// What `reading` shows beside the plan: an unchanged webhook that is gone or different meanwhile, a copy of
/// a planned webhook that came up during the run and is not one of `ours`. One safe line each.
std::vector<std::string> verify_reading(const Plan& plan, const std::set<std::int64_t>& present,
                                        const std::set<std::int64_t>& ours,
                                        const std::vector<Webhook>& reading);

}  // namespace hookferry
