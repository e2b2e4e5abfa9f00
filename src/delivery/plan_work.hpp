// What a plan means for an account, and what became of it. Pure.
#pragma once

#include <set>
#include <vector>

#include "delivery/execution.hpp"
#include "ledger/ledger.hpp"
#include "plan/plan.hpp"

namespace hookferry::delivery {

/// Points into the plan, which must outlive it.
struct PlanWork {
  std::vector<ledger::LedgerEntry> entries;
  std::vector<Task> tasks;
  std::set<std::int64_t> relied_on;  ///< unchanged ones
};

PlanWork work_of(const plan::Plan& plan);
plan::Outcome outcome_of(const plan::Plan& plan, const PlanWork& work, const Executed& executed);
/// The outcome of an undo that was not begun: nothing was to be written, or a signal came first.
plan::Outcome outcome_of_none(const plan::Plan& plan);

}  // namespace hookferry::delivery
