// The undo of runs as a plan for the destination as it is now. Pure.
#pragma once

#include <string>
#include <vector>

#include "ledger/known.hpp"
#include "ledger/ledger.hpp"
#include "plan/plan.hpp"

namespace hookferry::plan {

/// A run of the same account that is not undone.
struct OtherRun {
  std::string ledger;  ///< as the user can name it
  ledger::LedgerRun run;
};

/// `runs`: from the oldest to the newest; they are undone from the newest on. The plan first restores what
/// they updated and recreates what they deleted, then deletes what they created. A webhook is reverted only
/// where the destination still holds what the run wrote, and a deleted one is recreated only where it is
/// absent: no webhook that appeared since has its content or may be the same by what earlier runs left in
/// doubt. `others`: where one of them wrote over a webhook later, the plan says that it has to be undone
/// first; webhooks that one of them deleted and an undo recreated are followed to their new ids.
Plan make_undo_plan(const std::vector<ledger::LedgerRun>& runs, const std::vector<webhook::Webhook>& reading,
                    const ledger::KnownOfAccount& known = {}, const std::vector<OtherRun>& others = {});

}  // namespace hookferry::plan
