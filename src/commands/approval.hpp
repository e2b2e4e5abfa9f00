// Plans in files: written by diff --out, compared by apply with what is planned now.
#pragma once

#include <string>

#include "commands/transfer.hpp"
#include "plan/approved_plan.hpp"

namespace hookferry::commands {

/// What the transfer's plan was made from and does, for `diff --out`, under a key of its own.
plan::ApprovedPlan approved_plan(const Context& context, const Transfer& transfer,
                                 const std::vector<webhook::Webhook>& present, const Secret& key);
Secret new_plan_key();

/// The key of a plan that was read, by the key of its source or destination, before either is connected to.
/// Failure(incomplete) where the plan was made with neither, Failure(bad_data) where the file was edited
/// since: nothing that it names may be read or sent then.
Secret key_of_plan(const plan::ApprovedPlan& plan, const Transfer& transfer, const std::string& origin);

/// Failure(incomplete) that names what has changed where the plan is not the approved one to the digest. The
/// account is compared as it was before runs of that very plan, so that an unfinished one can be finished.
void require_approved(const Context& context, const Transfer& transfer, const plan::ApprovedPlan& approved,
                      const Secret& key, const delivery::Run& run);

}  // namespace hookferry::commands
