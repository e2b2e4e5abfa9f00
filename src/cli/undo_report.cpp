#include "cli/undo_report.hpp"

#include <algorithm>

namespace hookferry {
namespace {

const UndoFailure* failure_of(const UndoOutcome* outcome, std::int64_t id) {
  if (outcome == nullptr) return nullptr;
  const auto found = std::find_if(outcome->failed.begin(), outcome->failed.end(),
                                  [&](const UndoFailure& failure) { return failure.id == id; });
  return found == outcome->failed.end() ? nullptr : &*found;
}

ReportWebhook row_of(const Identity& identity, std::int64_t id) {
  ReportWebhook out;
  out.alias = identity.alias;
  out.type = type_name(identity.type);
  out.destination_id = id;
  return out;
}

void set_fate(ReportWebhook& row, const char* planned, const char* done, const UndoOutcome* outcome) {
  row.action = outcome != nullptr ? done : planned;
  if (const auto* failure = failure_of(outcome, *row.destination_id)) {
    row.action = "failed";
    row.error = failure->reason;
  }
}

}  // namespace

std::string describe(const UndoFailure& failure) {
  return describe(failure.identity) + " with id " + std::to_string(failure.id) + " is not " +
         (failure.removal ? "deleted: " : "restored: ") + failure.reason;
}

std::string undo_plan_text(const UndoPlan& plan) {
  std::string out;
  for (const auto& removal : plan.removals)
    out += "- delete    " + describe(removal.identity) + "  id " + std::to_string(removal.id) + "\n";
  for (const auto& restore : plan.restores.webhooks)
    out +=
        "~ restore   " + describe(restore.webhook) + "  id " + std::to_string(*restore.existing->id) + "\n";
  for (const auto& left : plan.left) out += "! " + describe(left) + "\n";
  return out + "Undo: " + std::to_string(plan.removals.size()) + " to delete, " +
         std::to_string(plan.restores.webhooks.size()) + " to restore, " + std::to_string(plan.left.size()) +
         " left as they are, " + std::to_string(plan.already) + " taken back already.\n";
}

std::string undo_outcome_text(const UndoPlan& plan, const UndoOutcome& outcome) {
  std::string out;
  for (const auto& failed : outcome.failed) out += "x " + describe(failed) + "\n";
  out += (outcome.interrupted ? "Interrupted: " : "Done: ") + std::to_string(outcome.removed) + " deleted, " +
         std::to_string(outcome.restored) + " restored, " + std::to_string(plan.left.size()) +
         " left as they are, " + std::to_string(outcome.failed.size()) + " failed.\n";
  if (!outcome.failed.empty()) out += "Run the same command again to finish.\n";
  return out;
}

Report undo_report(const UndoPlan& plan, const UndoOutcome* outcome, const RouteEnd& account,
                   const std::string& ledger, bool show_secrets) {
  Report out;
  out.command = "undo";
  out.destination = account;
  out.ledger = ledger;
  out.carried_out = outcome != nullptr;
  out.secrets_shown = show_secrets;
  out.summary = {{outcome != nullptr ? "deleted" : "delete",
                  outcome != nullptr ? outcome->removed : plan.removals.size()},
                 {outcome != nullptr ? "restored" : "restore",
                  outcome != nullptr ? outcome->restored : plan.restores.webhooks.size()},
                 {"left", plan.left.size()},
                 {"already", plan.already},
                 {"failed", outcome != nullptr ? outcome->failed.size() : 0}};
  for (const auto& removal : plan.removals) {
    out.webhooks.push_back(row_of(removal.identity, removal.id));
    set_fate(out.webhooks.back(), "delete", "deleted", outcome);
  }
  for (const auto& restore : plan.restores.webhooks) {
    auto row = row_of(restore.webhook.identity, *restore.existing->id);
    set_fate(row, "restore", "restored", outcome);
    for (auto& difference : differences(&*restore.existing, restore.webhook))
      row.changes.push_back(show_secrets ? std::move(difference) : masked(std::move(difference)));
    out.webhooks.push_back(std::move(row));
  }
  for (const auto& left : plan.left) {
    auto row = row_of(left.identity, left.id);
    row.action = "left";
    row.error = left.why;
    out.webhooks.push_back(std::move(row));
  }
  if (outcome == nullptr) return out;
  out.interrupted = outcome->interrupted;
  if (outcome->ended_by) out.ended_by = outcome->ended_by->what();
  return out;
}

}  // namespace hookferry
