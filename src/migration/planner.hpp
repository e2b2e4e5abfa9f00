// Source against destination: what is to be done. Pure.
#pragma once

#include <vector>

#include "migration/earlier_runs.hpp"
#include "migration/plan.hpp"
#include "migration/transformer.hpp"

namespace hookferry {

/// Webhooks match by alias and type; of several with the same, those equal in content first, then in the
/// order they stand. What an earlier run could not tell from a webhook that is there is in conflict with it,
/// whatever the policy, unless that is to write it over. Every webhook is matched once at most, so duplicates
/// are matched by number.
Plan make_plan(const std::vector<TransformedWebhook>& source, const std::vector<Webhook>& destination,
               ConflictPolicy policy, const KnownOfAccount& known = {});

}  // namespace hookferry
