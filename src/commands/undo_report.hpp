// What undo plans and has done, in words and as a report. Pure: lines are safe to print.
#pragma once

#include <string>
#include <vector>

#include "delivery/plan_work.hpp"
#include "report/report.hpp"

namespace hookferry::commands {

/// At most so many rows are listed, and what was not tried only with `everything`.
inline constexpr std::size_t everything = std::string::npos;
inline constexpr std::size_t longest_undo_list = 100;
std::string undo_plan_text(const plan::UndoPlan& plan, std::size_t most = everything);
std::string undo_outcome_text(const plan::UndoPlan& plan, const delivery::UndoOutcome& outcome,
                              std::size_t most = everything);

/// `outcome`: nothing for a plan. `ledger`: that of the newest run, in which the undo stands.
report::Report undo_report(const plan::UndoPlan& plan, const delivery::UndoOutcome* outcome,
                           const report::RouteEnd& account, const std::string& ledger, bool show_secrets);

/// Those of several accounts, at least one, as one: for a page.
report::Report joined(const std::vector<report::Report>& reports);

}  // namespace hookferry::commands
