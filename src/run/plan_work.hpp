// What a plan means for an account, and what became of it. Pure.
#pragma once

#include <set>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/outcome.hpp"
#include "migration/plan.hpp"
#include "migration/undo_plan.hpp"
#include "run/execution.hpp"

namespace hookferry {

/// Points into the plan, which must outlive it.
struct PlanWork {
  std::vector<LedgerEntry> entries;
  std::vector<Task> tasks;
  std::set<std::int64_t> relied_on;  ///< unchanged ones
};

PlanWork work_of(const Plan& plan);
Outcome outcome_of(const Plan& plan, const PlanWork& work, const Executed& executed);

/// `present`: what the undo plan was made from.
PlanWork work_of(const UndoPlan& plan, const std::vector<Webhook>& present);

}  // namespace hookferry
