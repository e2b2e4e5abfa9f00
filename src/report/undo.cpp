// The undo of runs as a report and as text.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "report/report.hpp"

namespace hookferry::report {
namespace {

using State = plan::WebhookOutcome::State;

/// How reports call each action of an undo, before and after it was carried out.
struct Names {
  const char* planned;
  const char* done;
  const char* not_done;  ///< "is not ..."
};
Names names_of(ledger::Action action) {
  if (action == ledger::Action::remove) return {"delete", "deleted", "deleted"};
  if (action == ledger::Action::update) return {"restore", "restored", "restored"};
  return {"make again", "made again", "recreated"};
}

/// Deletions come first, since they are what a reader looks for.
std::vector<std::size_t> rows_of(const plan::Plan& plan) {
  std::vector<std::size_t> out(plan.webhooks.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_partition(out.begin(), out.end(),
                        [&](std::size_t i) { return plan.webhooks[i].action == ledger::Action::remove; });
  return out;
}

/// Lines of a list, of which only the first `most` are shown.
class List {
 public:
  explicit List(std::size_t most) : most_(most) {}
  void add(const std::string& line) { add_whole(most_ == all_rows ? line : cut_in_the_middle(line, 80)); }
  /// Lines that give a reason are not cut.
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

/// "2 recreated, ": left out where there are none, since few runs delete.
std::string recreated_text(std::size_t count, const char* what) {
  return count > 0 ? fmt::format("{} {}, ", count, what) : std::string();
}

}  // namespace

Report undo_report_of(const plan::Plan& plan, const plan::Outcome* outcome, const ledger::Account& account,
                      const std::string& ledger, bool show_secrets) {
  auto out = begin_report(outcome, ledger, show_secrets);
  out.is_undo = true;
  out.destination = account;
  using ledger::Action;
  for (const auto& [action, state] :
       {std::pair{Action::remove, State::deleted}, std::pair{Action::update, State::updated},
        std::pair{Action::create, State::created}}) {
    const auto names = names_of(action);
    out.summary.emplace_back(outcome != nullptr ? names.done : names.planned,
                             outcome != nullptr ? outcome->count(state) : plan.count(action));
  }
  out.summary.emplace_back("left", plan.skipped.size());
  out.summary.emplace_back("already", plan.already_undone);
  out.summary.emplace_back("failed", outcome != nullptr ? outcome->count(State::failed) : 0);
  out.summary.emplace_back("not_tried", outcome != nullptr ? outcome->count(State::not_sent) : 0);
  const auto row_for = [&](const webhook::Identity& identity) -> ReportWebhook& {
    auto& row = out.webhooks.emplace_back();
    row.alias = shown_alias(identity, show_secrets);
    row.type = webhook::type_name(identity.type);
    return row;
  };
  webhook::DifferenceRoom room;
  for (const auto i : rows_of(plan)) {
    const auto& planned = plan.webhooks[i];
    const auto* one = outcome != nullptr ? &outcome->webhooks[i] : nullptr;
    auto& row = row_for(planned.webhook.identity);
    const auto names = names_of(planned.action);
    row.action = one == nullptr                  ? names.planned
                 : one->state == State::not_sent ? "not_tried"
                 : one->state == State::failed   ? "failed"
                                                 : names.done;
    if (planned.action == ledger::Action::remove) row.url = shown_url(planned, show_secrets);
    row.source_id = planned.source_id;  // of a recreated webhook: the id that alerts refer to
    row.destination_id = one != nullptr     ? one->destination_id
                         : planned.existing ? planned.existing->id
                                            : std::nullopt;
    auto changes = planned_changes(planned);
    room.limit(changes);
    for (const auto& difference : changes) row.changes.push_back(shown(difference, planned, show_secrets));
    if (one != nullptr) row.error = one->error;
  }
  for (const auto& skipped : plan.skipped) {
    auto& row = row_for(skipped.identity);
    row.action = "left";
    row.destination_id = skipped.id;
    row.error = skipped.why;
  }
  return out;
}

Report joined(const std::vector<Report>& reports) {
  auto out = reports.front();
  for (std::size_t i = 1; i < reports.size(); ++i) {
    const auto& more = reports[i];
    // Two accounts have no region, address or company in common.
    out.destination = {out.destination.name + ", " + more.destination.name};
    for (std::size_t k = 0; k < out.summary.size(); ++k) out.summary[k].second += more.summary[k].second;
    std::ranges::copy(more.webhooks, std::back_inserter(out.webhooks));
    std::ranges::copy(more.undoes, std::back_inserter(out.undoes));
    std::ranges::copy(more.not_as_planned, std::back_inserter(out.not_as_planned));
    if (!out.ended_by) out.ended_by = more.ended_by;
    out.interrupted = out.interrupted || more.interrupted;
  }
  return out;
}

std::string render_undo_plan(const plan::Plan& plan, std::size_t most) {
  List out(most);
  for (const auto i : rows_of(plan)) {
    const auto& planned = plan.webhooks[i];
    const auto name = webhook::describe(planned.webhook.identity);
    if (!planned.existing)
      out.add(fmt::format("+ create    {}  was id {}, gets a new one", name, planned.source_id.value_or(0)));
    else
      out.add(fmt::format("{} {:<9} {}  id {}", planned.action == ledger::Action::remove ? '-' : '~',
                          names_of(planned.action).planned, name, *planned.existing->id));
  }
  for (const auto& skipped : plan.skipped) out.add_whole("! " + plan::describe(skipped));
  return fmt::format("{}Undo: {} to delete, {} to restore, {}{} skipped, {} already undone.\n", out.text(),
                     plan.count(ledger::Action::remove), plan.count(ledger::Action::update),
                     recreated_text(plan.count(ledger::Action::create), "to recreate"), plan.skipped.size(),
                     plan.already_undone);
}

std::string describe_undo_failure(const plan::PlannedWebhook& planned, const plan::WebhookOutcome& outcome) {
  const auto id = planned.existing ? fmt::format(" with id {}", *planned.existing->id) : std::string();
  return fmt::format("{}{} is not {}: {}", webhook::describe(planned.webhook.identity), id,
                     names_of(planned.action).not_done, outcome.error.str());
}

std::string render_undo_outcome(const plan::Plan& plan, const plan::Outcome& outcome, std::size_t most) {
  List rows(most);
  std::string_view why_not_tried;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    if (outcome.webhooks[i].state == State::created)
      rows.add(fmt::format(
          "+ recreated {}  id {} (was {})", webhook::describe(plan.webhooks[i].webhook.identity),
          outcome.webhooks[i].destination_id.value_or(0), plan.webhooks[i].source_id.value_or(0)));
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& one = outcome.webhooks[i];
    if (one.not_tried) why_not_tried = plan::reason_of(*one.not_tried);
    if (one.state == State::failed || (one.state == State::not_sent && most == all_rows))
      rows.add_whole("x " + describe_undo_failure(plan.webhooks[i], one));
  }
  const auto not_tried = outcome.count(State::not_sent);
  const auto failed = outcome.count(State::failed);
  std::string out = outcome.ended_by ? std::string("Stopped: ") + outcome.ended_by->what() + "\n" : "";
  out += rows.text();
  out += fmt::format("{}: {} deleted, {} restored, {}{} skipped, {} failed{}.\n",
                     outcome.interrupted                 ? "Interrupted"
                     : !outcome.settled || not_tried > 0 ? "Incomplete"
                                                         : "Done",
                     outcome.count(State::deleted), outcome.count(State::updated),
                     recreated_text(outcome.count(State::created), "recreated"), plan.skipped.size(), failed,
                     not_tried > 0 ? fmt::format(", {} not tried", not_tried) : "");
  for (const auto& finding : outcome.findings) out += "Not as planned: " + finding + "\n";
  if (not_tried > 0) out += fmt::format("{} not tried: {} (-v lists them).\n", not_tried, why_not_tried);
  if (failed + not_tried > 0) out += "To finish, rerun the command; it continues where it stopped.\n";
  return out;
}

}  // namespace hookferry::report
