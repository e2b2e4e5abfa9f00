// What reports of any form show of the differences of a planned webhook.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "migration/plan.hpp"
#include "webhook/differences.hpp"

namespace hookferry {

/// What the plan changes: all of a webhook that is created, where an existing one differs, what the server
/// has altered of an unchanged one. A note says where a value differs by its rewritten hosts. Nothing is
/// masked.
std::vector<Difference> planned_changes(const PlannedWebhook& planned);

/// As it may be shown.
Difference shown(const Difference& difference, const PlannedWebhook& planned, bool show_secrets);

/// The webhook's `url` as it may be shown; empty where it has none.
std::string shown_url(const PlannedWebhook& planned, bool show_secrets);

}  // namespace hookferry
