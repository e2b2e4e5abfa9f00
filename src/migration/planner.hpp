// Source against destination: what is to be done. Pure.
#pragma once

#include <vector>

#include "migration/plan.hpp"
#include "migration/transformer.hpp"

namespace hookferry {

/// Webhooks match by alias and type; of several with the same, those equal in content first, then in the
/// order they stand. Every webhook is matched once at most, so duplicates are matched by number.
Plan make_plan(const std::vector<TransformedWebhook>& source, const std::vector<Webhook>& destination,
               ConflictPolicy policy, const std::vector<KnownAlteration>& known = {});

}  // namespace hookferry
