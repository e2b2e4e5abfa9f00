#include "report/report.hpp"

#include <algorithm>

#include "report/changes.hpp"

namespace hookferry {
namespace {

std::vector<Difference> changes_of(const PlannedWebhook& planned, const WebhookOutcome* outcome) {
  if (outcome != nullptr && !outcome->stored_differently.empty()) return outcome->stored_differently;
  return planned_changes(planned);
}

ReportWebhook row_of(const PlannedWebhook& planned, const WebhookOutcome* outcome, bool show_secrets) {
  ReportWebhook out;
  out.alias = planned.webhook.identity.alias;
  if (planned.webhook.defect.empty()) out.type = type_name(planned.webhook.identity.type);
  out.action = outcome != nullptr ? name_of(outcome->state) : name_of(planned.action);
  out.source_id = planned.source_id;
  out.destination_id = outcome != nullptr ? outcome->destination_id
                       : planned.existing ? planned.existing->id
                                          : std::nullopt;
  for (const auto& difference : changes_of(planned, outcome))
    out.changes.push_back(shown(difference, planned, show_secrets));
  out.warnings = planned.warnings;
  if (outcome != nullptr && !outcome->stored_differently.empty())
    out.warnings.push_back(outcome->altered
                               ? "it arrived, but the server has altered it (old: sent, new: stored)"
                               : "it arrived, and the server has added to it (old: sent, new: stored)");
  out.error = outcome != nullptr ? outcome->error : planned.webhook.defect;
  return out;
}

std::vector<std::pair<std::string, std::size_t>> summary_of(const Plan& plan, const Outcome* outcome) {
  using State = WebhookOutcome::State;
  const auto count = [&](Action action, State state) {
    return outcome != nullptr ? outcome->count(state) : plan.count(action);
  };
  std::vector<std::pair<std::string, std::size_t>> out = {
      {"create", count(Action::create, State::created)},
      {"update", count(Action::update, State::updated)},
      {"unchanged", count(Action::unchanged, State::unchanged)},
      {"conflict", count(Action::conflict, State::conflict)},
      {"invalid", count(Action::invalid, State::invalid)},
      {"extra", plan.extra.size()},
      {"delete", count(Action::remove, State::deleted)},
      {"altered", outcome != nullptr ? outcome->altered() : plan.altered()},
      {"failed", outcome != nullptr ? outcome->count(State::failed) : 0}};
  if (outcome != nullptr && outcome->count(State::not_sent) > 0)
    out.emplace_back("not_sent", outcome->count(State::not_sent));
  return out;
}

RouteEnd named(RouteEnd end, const std::string& name) {
  if (end.name.empty()) end.name = name;
  return end;
}

}  // namespace

std::size_t Report::count(std::string_view action) const {
  const auto found =
      std::find_if(summary.begin(), summary.end(), [&](const auto& entry) { return entry.first == action; });
  return found == summary.end() ? 0 : found->second;
}

Report report_of(const Plan& plan, const Outcome* outcome, const Route& route, const std::string& ledger,
                 bool show_secrets) {
  Report out;
  out.source = named(route.source_account, route.source);
  out.destination = named(route.destination_account, route.destination);
  out.summary = summary_of(plan, outcome);
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    out.webhooks.push_back(
        row_of(plan.webhooks[i], outcome != nullptr ? &outcome->webhooks[i] : nullptr, show_secrets));
  out.rewritten = count_rewrites(plan.webhooks);
  out.carried_out = outcome != nullptr;
  out.ledger = ledger;
  out.secrets_shown = show_secrets;
  if (outcome == nullptr) return out;
  out.not_as_planned = outcome->surprises;
  out.interrupted = outcome->interrupted;
  if (outcome->ended_by) out.ended_by = outcome->ended_by->what();
  return out;
}

std::vector<Advice> what_to_do(const Report& report) {
  std::vector<Advice> out;
  if (report.carried_out && report.count("failed") + report.count("not_sent") > 0)
    out.push_back({std::string(report.interrupted ? "R" : "Once that is mended, r") +
                   "un the same command again: it sends only what is missing."});
  if (report.count("conflict") > 0)
    out.push_back(
        {"In conflict: same alias and type, other content. --on-conflict says what becomes of them."});
  if (report.count("altered") > 0)
    out.push_back({"The server stores some webhooks otherwise than they were sent: look at each."});
  if (report.count("invalid") > 0)
    out.push_back({"Invalid webhooks cannot be written by anyone: set them right at the source."});
  if (report.carried_out && !report.ledger.empty() && !report.is_undo)
    out.push_back({"hookferry undo " + report.ledger + " takes the run back.", true});
  return out;
}

std::vector<const ReportWebhook*> id_map(const Report& report) {
  std::vector<const ReportWebhook*> out;
  for (const auto& webhook : report.webhooks)
    if (webhook.source_id && webhook.destination_id) out.push_back(&webhook);
  return out;
}

}  // namespace hookferry
