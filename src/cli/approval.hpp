// Plans in files: written by diff --out, held against what is planned now by apply.
#pragma once

#include <string>

#include "cli/deliver.hpp"
#include "migration/approved_plan.hpp"

namespace hookferry {

/// Names of the options that shape a plan, and so stand in its file.
bool shapes_the_plan(const Setting& setting);

/// What a plan was made from and does, for `diff --out`.
ApprovedPlan approved_plan(const Context& context, const Transfer& transfer, const TransferPlan& planned,
                           const std::vector<Webhook>& present);

/// Failure(incomplete) that names what has changed where the plan is not the approved one to the digest. The
/// account is looked at as it was before runs of that very plan, so that one that did not come to its end is
/// finished.
void require_approved(const Context& context, const Transfer& transfer, const ApprovedPlan& approved,
                      const std::vector<Webhook>& present, const KnownOfAccount& known,
                      const std::vector<LedgerRun>& last_runs);

}  // namespace hookferry
