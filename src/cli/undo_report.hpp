// What undo plans and has done, in words and as a report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "migration/undo_plan.hpp"
#include "report/report.hpp"

namespace hookferry {

struct UndoFailure {
  Identity identity;
  std::int64_t id;
  bool removal;  ///< else it was to be restored
  std::string reason;
};
/// One safe line.
std::string describe(const UndoFailure& failure);

struct UndoOutcome {
  std::size_t removed = 0;
  std::size_t restored = 0;
  std::vector<UndoFailure> failed;
  std::optional<Failure> ended_by;
  bool interrupted = false;
};

std::string undo_plan_text(const UndoPlan& plan);
std::string undo_outcome_text(const UndoPlan& plan, const UndoOutcome& outcome);

/// `outcome`: nothing for a plan.
Report undo_report(const UndoPlan& plan, const UndoOutcome* outcome, const RouteEnd& account,
                   const std::string& ledger, bool show_secrets);

}  // namespace hookferry
