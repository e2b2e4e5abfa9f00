#include "cli/undo_report.hpp"

#include "core/printable.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

std::string number(std::size_t count) { return std::to_string(count); }

std::string list(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + json::encode(value);
  return out + "]";
}

std::string made_again_json(const std::vector<UndoOutcome::MadeAgain>& made_again) {
  std::string out = "[";
  for (const auto& one : made_again)
    out += (out.size() > 1 ? "," : "") + ("{\"alias\":" + json::encode(one.identity.alias)) +
           ",\"type\":" + json::encode(type_name(one.identity.type)) +
           ",\"old_id\":" + std::to_string(one.old_id) + ",\"new_id\":" + std::to_string(one.new_id) + "}";
  return out + "]";
}

/// Shown where there are any, since few runs delete.
std::string made_again_text(std::size_t count, const std::string& what) {
  return count > 0 ? number(count) + what : std::string();
}

}  // namespace

std::string undo_plan_text(const UndoPlan& plan) {
  std::string out;
  for (const auto& removal : plan.removals)
    out += "- delete    " + describe(removal.identity) + "  id " + std::to_string(removal.id) + "\n";
  for (const auto& restore : plan.restores.webhooks) {
    if (restore.existing)
      out +=
          "~ restore   " + describe(restore.webhook) + "  id " + std::to_string(*restore.existing->id) + "\n";
    else
      out += "+ create    " + describe(restore.webhook) + "  was id " +
             std::to_string(restore.source_id.value_or(0)) + ", gets a new one\n";
  }
  for (const auto& left : plan.left) out += "! " + left + "\n";
  return out + "Undo: " + number(plan.removals.size()) + " to delete, " +
         number(plan.restores.count(Action::update)) + " to restore, " +
         made_again_text(plan.restores.count(Action::create), " to make again, ") + number(plan.left.size()) +
         " left as they are, " + number(plan.already) + " taken back already.\n";
}

std::string undo_outcome_text(const UndoPlan& plan, const UndoOutcome& outcome) {
  std::string out;
  for (const auto& one : outcome.made_again)
    out += "+ made again " + describe(one.identity) + "  id " + std::to_string(one.new_id) + " (was " +
           std::to_string(one.old_id) + ")\n";
  for (const auto& failed : outcome.failed) out += "x " + failed + "\n";
  out += (outcome.interrupted ? "Interrupted: " : "Done: ") + number(outcome.removed) + " deleted, " +
         number(outcome.restored) + " restored, " +
         made_again_text(outcome.made_again.size(), " made again, ") + number(plan.left.size()) +
         " left as they are, " + number(outcome.failed.size()) + " failed.\n";
  for (const auto& surprise : outcome.surprises) out += "Not as planned: " + surprise + "\n";
  if (!outcome.failed.empty()) out += "Run the same command again to finish.\n";
  return out;
}

std::string undo_plan_json(const UndoPlan& plan, const std::string& destination) {
  return "{\"destination\":" + json::encode(destination) + ",\"delete\":" + number(plan.removals.size()) +
         ",\"restore\":" + number(plan.restores.count(Action::update)) +
         ",\"make_again\":" + number(plan.restores.count(Action::create)) +
         ",\"already\":" + number(plan.already) + ",\"left\":" + list(plan.left) + "}";
}

std::string undo_outcome_json(const UndoPlan& plan, const UndoOutcome& outcome,
                              const std::string& destination) {
  return "{\"destination\":" + json::encode(destination) + ",\"deleted\":" + number(outcome.removed) +
         ",\"restored\":" + number(outcome.restored) +
         ",\"made_again\":" + made_again_json(outcome.made_again) + ",\"already\":" + number(plan.already) +
         ",\"left\":" + list(plan.left) + ",\"failed\":" + list(outcome.failed) +
         ",\"not_as_planned\":" + list(outcome.surprises) + "}";
}

}  // namespace hookferry
