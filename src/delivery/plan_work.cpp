#include "delivery/run.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "webhook/differences.hpp"

namespace hookferry::delivery {
namespace {

using State = plan::WebhookOutcome::State;
using Fate = Delivery::Fate;

ledger::LedgerEntry entry_of(const plan::PlannedWebhook& planned, std::size_t n, bool is_undo) {
  ledger::LedgerEntry out;
  out.n = n;
  out.source_id = planned.source_id;
  out.identity = planned.webhook.identity;
  out.action = planned.action;
  if (planned.existing) out.destination_id = planned.existing->id;
  if (planned.webhook.defect.empty()) out.content = webhook::content_digest(planned.webhook);
  // What an undo deletes is in the ledger already: the run that it reverts wrote it.
  if (planned.action == ledger::Action::update || (planned.action == ledger::Action::remove && !is_undo))
    out.before = planned.existing->text.str();
  return out;
}

Task task_of(const plan::PlannedWebhook& planned, std::size_t n) {
  if (planned.action == ledger::Action::remove) {
    const auto& now = *planned.existing;
    return {
        {Operation::Kind::remove, now.identity, webhook::digest_of(now), now.id, std::nullopt}, nullptr, n};
  }
  Task out;
  out.n = n;
  out.body = &planned.webhook;
  out.operation.identity = planned.webhook.identity;
  out.operation.content = webhook::digest_of(planned.webhook);
  if (planned.action == ledger::Action::update) {
    out.operation.kind = Operation::Kind::update;
    out.operation.id = planned.existing->id;
    out.operation.before = webhook::digest_of(*planned.existing);
  }
  return out;
}

/// Of a planned webhook that nothing is sent for.
plan::WebhookOutcome untouched_outcome(const plan::PlannedWebhook& planned) {
  plan::WebhookOutcome out;
  if (planned.existing) out.destination_id = planned.existing->id;
  out.altered = planned.altered;
  switch (planned.action) {
    case ledger::Action::unchanged:
      out.state = State::unchanged;
      break;
    case ledger::Action::conflict:
      out.state = planned.ambiguous ? State::failed : State::conflict;
      if (planned.ambiguous)
        out.error = "an earlier run sent it, and it is unknown whether the webhook with id " +
                    std::to_string(planned.existing->id.value_or(0)) + " is it; not sent again";
      break;
    case ledger::Action::invalid:
      out.state = State::invalid;
      out.error = planned.webhook.defect;
      break;
    case ledger::Action::create:
    case ledger::Action::update:
    case ledger::Action::remove:
      break;
  }
  return out;
}

/// What stands in the account where something has arrived with other content than was sent.
class Stored {
 public:
  Stored(const Executed& executed, const PlanWork& work) : work_(work) {
    for (const auto& webhook : executed.server_changes) by_id_[webhook.id.value_or(0)] = &webhook;
  }

  /// Nothing where the last reading does not show it.
  const webhook::Webhook* find(const Arrival& arrival) const {
    if (const auto found = by_id_.find(arrival.id); found != by_id_.end()) return found->second;
    // It may be just what was sent for another one.
    if (sent_.empty())
      for (const auto& task : work_.tasks)
        if (task.body != nullptr) sent_.emplace(*task.operation.content, task.body);
    const auto sent = sent_.find(arrival.content);
    return sent == sent_.end() ? nullptr : sent->second;
  }

 private:
  const PlanWork& work_;
  std::map<std::int64_t, const webhook::Webhook*> by_id_;
  mutable std::unordered_map<Sha256, const webhook::Webhook*, HashOfSha256>
      sent_;  ///< made when it is first asked for
};

std::string ids_text(const std::vector<std::int64_t>& ids) {
  std::string out;
  for (const auto id : ids) out += (out.empty() ? "" : ", ") + std::to_string(id);
  return out;
}

std::optional<plan::NotTried> not_tried(const Delivery::Result& result, bool interrupted) {
  if (result.fate != Fate::not_tried) return std::nullopt;
  return result.not_tried.value_or(interrupted ? plan::NotTried::interrupted : plan::NotTried::run_ended);
}

std::string reason_of(const Delivery::Result& result, std::string_view not_tried_text, bool interrupted) {
  if (result.fate == Fate::unclear) return result.reason + " (id " + ids_text(result.candidates) + ")";
  const auto why = not_tried(result, interrupted);
  return why ? std::string(not_tried_text) + std::string(plan::reason_of(*why)) : result.reason;
}

plan::WebhookOutcome outcome_of(const plan::PlannedWebhook& planned, const Task& task,
                                const Delivery::Result& result, const Stored& stored, bool interrupted,
                                bool undo) {
  plan::WebhookOutcome out;
  const bool removal = planned.action == ledger::Action::remove;
  out.error = reason_of(result, removal || undo ? "not tried: " : "not sent: ", interrupted);
  out.not_tried = not_tried(result, interrupted);
  if (out.not_tried) out.state = State::not_sent;
  if (removal) {
    out.destination_id = planned.existing->id;
    if (result.fate == Fate::removed) out = {State::deleted, planned.existing->id, "", {}, false};
    return out;
  }
  if (undo && planned.existing) out.destination_id = planned.existing->id;
  if (result.fate != Fate::arrived) return out;
  if (undo && !is_done(result, task.operation)) {
    if (out.error.empty())
      out.error = result.arrival->evidence == Evidence::changed
                      ? "another client changed it right after"
                      : "the server confirmed it, but it is as it was before";
    return out;
  }
  out.state = planned.action == ledger::Action::update ? State::updated : State::created;
  out.destination_id = result.arrival->id;
  out.error.clear();
  const bool as_sent =
      result.arrival->content == task.operation.content || result.arrival->evidence == Evidence::changed;
  const auto* now = as_sent ? nullptr : stored.find(*result.arrival);
  if (now == nullptr) return out;
  out.server_changes = webhook::differences(&planned.webhook, *now);
  out.altered = webhook::something_is_lost(out.server_changes);
  return out;
}

std::string describe_surprise(const Delivery::VerificationFinding& surprise,
                              const std::map<std::int64_t, std::string>& names) {
  const auto found = names.find(surprise.id);
  const auto where = (found != names.end() ? found->second : webhook::describe(surprise.identity)) +
                     " with id " + std::to_string(surprise.id);
  switch (surprise.kind) {
    case Delivery::VerificationFinding::Kind::gone:
      return where + " was there before the run and is gone";
    case Delivery::VerificationFinding::Kind::changed:
      return where + " was changed by someone during the run";
    case Delivery::VerificationFinding::Kind::copy:
      return where +
             " is a copy that came up during the run and is not this run's; was a request applied twice?";
  }
  return {};
}

}  // namespace

PlanWork work_of(const plan::Plan& plan) {
  PlanWork out;
  out.entries.reserve(plan.webhooks.size());
  out.tasks.reserve(plan.changes());
  for (std::size_t n = 0; n < plan.webhooks.size(); ++n) {
    const auto& planned = plan.webhooks[n];
    out.entries.push_back(entry_of(planned, n, plan.is_undo));
    if (planned.action == ledger::Action::create || planned.action == ledger::Action::update ||
        planned.action == ledger::Action::remove)
      out.tasks.push_back(task_of(planned, n));
    if (planned.action == ledger::Action::unchanged && planned.existing->id)
      out.relied_on.insert(*planned.existing->id);
  }
  return out;
}

plan::Outcome outcome_of(const plan::Plan& plan, const PlanWork& work, const Executed& executed) {
  plan::Outcome out;
  out.ended_by = executed.ended_by;
  out.settled = executed.settled;
  out.skipped = plan.skipped.size();
  const Stored stored(executed, work);
  std::map<std::int64_t, std::string> names;
  for (const auto& planned : plan.webhooks) {
    out.webhooks.push_back(untouched_outcome(planned));
    if (planned.existing && planned.existing->id)
      names[*planned.existing->id] = webhook::describe(planned.webhook);
  }
  bool all_done = true;
  for (std::size_t k = 0; k < work.tasks.size(); ++k) {
    const auto& task = work.tasks[k];
    const auto& planned = plan.webhooks[task.n];
    const auto& result = executed.results[k];
    auto& one = out.webhooks[task.n];
    one = outcome_of(planned, task, result, stored, executed.interrupted, plan.is_undo);
    if (one.state == State::failed || one.state == State::not_sent) all_done = false;
    if (!result.arrival) continue;
    const auto name = webhook::describe(planned.webhook);
    names[result.arrival->id] = name;
    const auto where = name + " with id " + std::to_string(result.arrival->id);
    if (plan.is_undo && one.altered)
      out.findings.push_back(where + " is there again, but the server has altered it");
    if (!plan.is_undo && result.fate == Fate::arrived && result.arrival->evidence == Evidence::changed)
      out.findings.push_back(where + " was changed by someone right after it was written");
  }
  for (const auto& surprise : executed.findings) out.findings.push_back(describe_surprise(surprise, names));
  out.interrupted = executed.interrupted && !all_done;
  return out;
}

plan::Outcome outcome_of_none(const plan::Plan& plan) {
  plan::Outcome out;
  out.skipped = plan.skipped.size();
  out.interrupted = plan.writes();
  for (const auto& planned : plan.webhooks) {
    auto& one = out.webhooks.emplace_back();
    one.state = State::not_sent;
    one.not_tried = plan::NotTried::interrupted;
    one.error = "not tried: " + std::string(plan::reason_of(*one.not_tried));
    if (planned.existing) one.destination_id = planned.existing->id;
  }
  return out;
}

}  // namespace hookferry::delivery
