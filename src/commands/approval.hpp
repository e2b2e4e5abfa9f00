// Plans in files: written by diff --out, held against what is planned now by apply.
#pragma once

#include <string>

#include "commands/transfer.hpp"
#include "plan/approved_plan.hpp"

namespace hookferry::commands {

/// What a plan was made from and does, for `diff --out`, under a key of its own.
plan::ApprovedPlan approved_plan(const Context& context, const Transfer& transfer,
                                 const TransferPlan& planned, const std::vector<webhook::Webhook>& present,
                                 const Secret& key);
Secret new_plan_key();

/// The key of a plan that was read, by the key of its source or destination, which are not connected to yet.
/// Failure(incomplete) where neither is one that the plan was made with, Failure(bad_data) where the file is
/// not as it was written then: nothing that it names may be read or sent.
Secret key_of_plan(const plan::ApprovedPlan& plan, const Transfer& transfer, const std::string& origin);

/// Failure(incomplete) that names what has changed where the plan is not the approved one to the digest. The
/// account is looked at as it was before runs of that very plan, so that one that did not come to its end is
/// finished.
void require_approved(const Context& context, const Transfer& transfer, const plan::ApprovedPlan& approved,
                      const Secret& key, const std::vector<webhook::Webhook>& present,
                      const ledger::KnownOfAccount& known, const std::vector<ledger::LedgerRun>& last_runs);

}  // namespace hookferry::commands
