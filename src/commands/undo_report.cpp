#include "commands/undo_report.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "report/report.hpp"

namespace hookferry::commands {
namespace {

using Kind = delivery::Operation::Kind;

/// Shown where there are any, since few runs delete.
std::string made_again_text(std::size_t count, const char* what) {
  return count > 0 ? fmt::format("{} {}, ", count, what) : std::string();
}

/// Rows, of which only so many are listed.
class List {
 public:
  explicit List(std::size_t most) : most_(most) {}
  void add(const std::string& line) {
    if (count_++ < most_) text_ += (most_ == everything ? line : report::cut_in_the_middle(line, 80)) + "\n";
  }
  /// What says why is not cut.
  void add_whole(const std::string& line) {
    if (count_++ < most_) text_ += line + "\n";
  }
  std::string text() const {
    return count_ > most_ ? fmt::format("{}… and {} more (-v lists all)\n", text_, count_ - most_) : text_;
  }

 private:
  std::size_t most_, count_ = 0;
  std::string text_;
};

/// What became of the webhooks of an undo, by the id that the plan has of each.
struct Fates {
  explicit Fates(const delivery::UndoOutcome* outcome) : known(outcome != nullptr) {
    if (outcome == nullptr) return;
    for (const auto& failure : outcome->failed)
      if (const auto id = failure.kind == Kind::create ? failure.old_id : failure.id)
        failures.emplace(*id, &failure);
    for (const auto& one : outcome->recreated) new_ids[one.old_id] = one.new_id;
  }

  bool known;  ///< false: nothing was carried out yet
  std::map<std::int64_t, const delivery::UndoFailure*> failures;
  std::map<std::int64_t, std::int64_t> new_ids;
};

report::ReportWebhook row_of(const webhook::Identity& identity, std::int64_t id) {
  report::ReportWebhook out;
  out.alias = identity.alias;
  out.type = webhook::type_name(identity.type);
  out.destination_id = id;
  return out;
}

void set_fate(report::ReportWebhook& row, std::int64_t id, const char* planned, const char* done,
              const Fates& fates) {
  row.action = fates.known ? done : planned;
  const auto failed = fates.failures.find(id);
  if (failed == fates.failures.end()) return;
  row.action = failed->second->not_tried ? "not_tried" : "failed";
  row.error = failed->second->reason;
}

/// Its old id stands where a migration has that of the source: it is what alerts refer to.
report::ReportWebhook made_again_row(const plan::PlannedWebhook& planned, const Fates& fates) {
  const auto old_id = planned.source_id.value_or(0);
  auto out = row_of(planned.webhook.identity, old_id);
  out.source_id = old_id;
  out.destination_id.reset();
  set_fate(out, old_id, "make again", "made again", fates);
  const auto made = fates.new_ids.find(old_id);
  if (made != fates.new_ids.end()) out.destination_id = made->second;
  return out;
}

report::ReportWebhook restored_row(const plan::PlannedWebhook& planned, const Fates& fates) {
  const auto id = *planned.existing->id;
  auto out = row_of(planned.webhook.identity, id);
  set_fate(out, id, "restore", "restored", fates);
  return out;
}

report::ReportWebhook restore_row(const plan::PlannedWebhook& planned, const Fates& fates,
                                  bool show_secrets) {
  auto out = planned.existing ? restored_row(planned, fates) : made_again_row(planned, fates);
  for (auto& difference :
       webhook::differences(planned.existing ? &*planned.existing : nullptr, planned.webhook))
    out.changes.push_back(show_secrets ? std::move(difference) : webhook::masked(std::move(difference)));
  return out;
}

std::vector<std::pair<std::string, std::size_t>> summary_of(const plan::UndoPlan& plan,
                                                            const delivery::UndoOutcome* outcome) {
  std::vector<std::pair<std::string, std::size_t>> out;
  if (outcome != nullptr)
    out = {{"deleted", outcome->removed},
           {"restored", outcome->restored},
           {"made again", outcome->recreated.size()}};
  else
    out = {{"delete", plan.removals.size()},
           {"restore", plan.restores.count(ledger::Action::update)},
           {"make again", plan.restores.count(ledger::Action::create)}};
  out.emplace_back("left", plan.left.size());
  out.emplace_back("already", plan.already);
  const auto failed = outcome != nullptr ? outcome->failed : std::vector<delivery::UndoFailure>();
  const auto tried = static_cast<std::size_t>(std::count_if(
      failed.begin(), failed.end(), [](const delivery::UndoFailure& failure) { return !failure.not_tried; }));
  out.emplace_back("failed", tried);
  out.emplace_back("not_tried", failed.size() - tried);
  return out;
}

}  // namespace

std::string undo_plan_text(const plan::UndoPlan& plan, std::size_t most) {
  List out(most);
  for (const auto& removal : plan.removals)
    out.add(fmt::format("- delete    {}  id {}", webhook::describe(removal.identity), removal.id));
  for (const auto& restore : plan.restores.webhooks) {
    if (restore.existing)
      out.add(
          fmt::format("~ restore   {}  id {}", webhook::describe(restore.webhook), *restore.existing->id));
    else
      out.add(fmt::format("+ create    {}  was id {}, gets a new one", webhook::describe(restore.webhook),
                          restore.source_id.value_or(0)));
  }
  for (const auto& left : plan.left) out.add_whole("! " + plan::describe(left));
  return fmt::format("{}Undo: {} to delete, {} to restore, {}{} left as they are, {} taken back already.\n",
                     out.text(), plan.removals.size(), plan.restores.count(ledger::Action::update),
                     made_again_text(plan.restores.count(ledger::Action::create), "to make again"),
                     plan.left.size(), plan.already);
}

std::string undo_outcome_text(const plan::UndoPlan& plan, const delivery::UndoOutcome& outcome,
                              std::size_t most) {
  List rows(most);
  for (const auto& one : outcome.recreated)
    rows.add(fmt::format("+ made again {}  id {} (was {})", webhook::describe(one.identity), one.new_id,
                         one.old_id));
  std::size_t not_tried = 0;
  std::string_view why_not;
  for (const auto& failed : outcome.failed) {
    if (!failed.not_tried || most == everything) rows.add_whole("x " + delivery::describe(failed));
    if (!failed.not_tried) continue;
    ++not_tried;
    why_not = plan::reason_of(*failed.not_tried);
  }
  std::string out = outcome.ended_by ? std::string("Stopped: ") + outcome.ended_by->what() + "\n" : "";
  out += rows.text();
  out += fmt::format("{}: {} deleted, {} restored, {}{} left as they are, {} failed{}.\n",
                     outcome.interrupted ? "Interrupted" : "Done", outcome.removed, outcome.restored,
                     made_again_text(outcome.recreated.size(), "made again"), plan.left.size(),
                     outcome.failed.size() - not_tried,
                     not_tried > 0 ? fmt::format(", {} not tried", not_tried) : "");
  for (const auto& surprise : outcome.findings) out += "Not as planned: " + surprise + "\n";
  if (not_tried > 0) out += fmt::format("{} not tried: {} (-v lists them).\n", not_tried, why_not);
  if (!outcome.failed.empty()) out += "Run the same command again to finish.\n";
  return out;
}

report::Report undo_report(const plan::UndoPlan& plan, const delivery::UndoOutcome* outcome,
                           const report::RouteEnd& account, const std::string& ledger, bool show_secrets) {
  report::Report out;
  out.command = "undo";
  out.is_undo = true;
  out.destination = account;
  out.ledger = ledger;
  out.carried_out = outcome != nullptr;
  out.secrets_shown = show_secrets;
  out.summary = summary_of(plan, outcome);
  const Fates fates(outcome);
  for (const auto& removal : plan.removals) {
    out.webhooks.push_back(row_of(removal.identity, removal.id));
    set_fate(out.webhooks.back(), removal.id, "delete", "deleted", fates);
  }
  for (const auto& restore : plan.restores.webhooks)
    out.webhooks.push_back(restore_row(restore, fates, show_secrets));
  for (const auto& left : plan.left) {
    auto row = row_of(left.identity, left.id);
    row.action = "left";
    row.error = left.why;
    out.webhooks.push_back(std::move(row));
  }
  if (outcome == nullptr) return out;
  out.not_as_planned = outcome->findings;
  out.interrupted = outcome->interrupted;
  if (outcome->ended_by) out.ended_by = outcome->ended_by->what();
  return out;
}

report::Report joined(const std::vector<report::Report>& reports) {
  auto out = reports.front();
  for (std::size_t i = 1; i < reports.size(); ++i) {
    const auto& more = reports[i];
    // Two accounts have no region, address or company in common.
    out.destination = {out.destination.name + ", " + more.destination.name, "", "", ""};
    for (std::size_t k = 0; k < out.summary.size(); ++k) out.summary[k].second += more.summary[k].second;
    out.webhooks.insert(out.webhooks.end(), more.webhooks.begin(), more.webhooks.end());
    out.not_as_planned.insert(out.not_as_planned.end(), more.not_as_planned.begin(),
                              more.not_as_planned.end());
    if (out.ended_by.empty()) out.ended_by = more.ended_by;
    out.interrupted = out.interrupted || more.interrupted;
  }
  return out;
}

}  // namespace hookferry::commands
