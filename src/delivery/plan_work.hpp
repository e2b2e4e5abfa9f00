// What a plan means for an account, and what became of it. Pure.
#pragma once

#include <set>
#include <vector>

#include "delivery/execution.hpp"
#include "ledger/ledger.hpp"
#include "plan/plan.hpp"
#include "plan/undo_plan.hpp"

namespace hookferry::delivery {

/// Points into the plan, which must outlive it.
struct PlanWork {
  std::vector<ledger::LedgerEntry> entries;
  std::vector<Task> tasks;
  std::set<std::int64_t> relied_on;  ///< unchanged ones
};

PlanWork work_of(const plan::Plan& plan);
plan::Outcome outcome_of(const plan::Plan& plan, const PlanWork& work, const Executed& executed);

/// `present`: what the undo plan was made from.
PlanWork work_of(const plan::UndoPlan& plan, const std::vector<webhook::Webhook>& present);

struct UndoFailure {
  webhook::Identity identity;
  std::optional<std::int64_t> id;  ///< none of what was to be made again
  Operation::Kind kind;
  std::string reason;
  std::optional<std::int64_t> old_id = std::nullopt;       ///< of what was to be made again
  std::optional<plan::NotTried> not_tried = std::nullopt;  ///< its turn never came
};
/// One safe line.
std::string describe(const UndoFailure& failure);

struct UndoOutcome {
  struct Done {
    plan::LedgerPlace place;
    std::int64_t id;  ///< of what was deleted, restored or made again
  };
  struct MadeAgain {
    webhook::Identity identity;
    std::int64_t old_id, new_id;
  };
  std::vector<Done> done;  ///< to be noted in the ledgers
  std::size_t removed = 0;
  std::size_t restored = 0;
  std::vector<MadeAgain> recreated;
  std::vector<UndoFailure> failed;
  std::vector<std::string> findings;  ///< taken back, but not as planned
  std::optional<Failure> ended_by;
  bool interrupted = false;
};
UndoOutcome outcome_of(const plan::UndoPlan& plan, const PlanWork& work, const Executed& executed);
/// Of one whose turn never came, since somebody wanted an end.
UndoOutcome not_tried(const plan::UndoPlan& plan);

}  // namespace hookferry::delivery
