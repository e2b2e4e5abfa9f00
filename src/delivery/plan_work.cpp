#include "delivery/run.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "webhook/differences.hpp"

namespace hookferry::delivery {
namespace {

using State = plan::WebhookOutcome::State;
using Outcome = Delivery::Outcome;

ledger::LedgerEntry entry_of(const plan::PlannedWebhook& planned, std::size_t n, bool is_undo) {
  ledger::LedgerEntry out;
  out.n = n;
  out.source_id = planned.source_id;
  out.source_uuid = planned.source_uuid;
  out.identity = planned.webhook.identity;
  out.action = planned.action;
  if (planned.existing) out.destination_id = planned.existing->id;
  if (planned.existing) out.destination_uuid = planned.existing->uuid;
  if (planned.webhook.defect.empty()) out.content = webhook::content_digest(planned.webhook);
  // What an undo deletes is in the ledger already: the run that it reverts wrote it.
  if (planned.action == ledger::Action::update || (planned.action == ledger::Action::remove && !is_undo))
    out.before = planned.existing->text.str();
  return out;
}

Task task_of(const plan::PlannedWebhook& planned, std::size_t n) {
  using Kind = Operation::Kind;
  const bool removal = planned.action == ledger::Action::remove;
  const bool update = planned.action == ledger::Action::update;
  const auto& subject = removal ? *planned.existing : planned.webhook;
  Task out;
  out.n = n;
  if (!removal) out.body = &planned.webhook;
  out.operation.kind = removal ? Kind::remove : update ? Kind::update : Kind::create;
  out.operation.identity = subject.identity;
  out.operation.content = webhook::digest_of(subject);
  if (removal || update) out.operation.id = planned.existing->id;
  if (update) out.operation.before = webhook::digest_of(*planned.existing);
  if (out.operation.id) out.operation.updated_at = planned.existing->updated_at;
  return out;
}

/// Of a planned webhook; that of one that something is sent for is replaced.
plan::WebhookOutcome untouched_outcome(const plan::PlannedWebhook& planned) {
  plan::WebhookOutcome out;
  if (planned.existing) out.destination_id = planned.existing->id;
  if (planned.existing) out.destination_uuid = planned.existing->uuid;
  out.altered = planned.altered;
  if (planned.action == ledger::Action::unchanged) out.state = State::unchanged;
  if (planned.action == ledger::Action::invalid) {
    out.state = State::invalid;
    out.error = planned.webhook.defect;
  }
  if (planned.action == ledger::Action::conflict) {
    out.state = planned.ambiguous ? State::failed : State::conflict;
    if (planned.ambiguous)
      out.error = fmt::format(
          "an earlier run sent it, and it is unknown whether the webhook with id {} is it; not sent again",
          planned.existing->id.value_or(0));
  }
  return out;
}

/// The webhook that the account holds where something has arrived with other content than was sent; nullptr
/// if the last snapshot does not show it.
using FindStored = std::function<const webhook::Webhook*(const Arrival&)>;

plan::WebhookOutcome outcome_of(const plan::PlannedWebhook& planned, const Task& task,
                                const Delivery::Result& result, const FindStored& find_stored,
                                bool interrupted, bool undo, webhook::DifferenceRoom& room) {
  plan::WebhookOutcome out;
  const bool removal = planned.action == ledger::Action::remove;
  out.error = result.reason;
  if (result.outcome == Outcome::ambiguous)
    out.error = fmt::format("{} (id {})", result.reason.str(), fmt::join(result.candidates, ", "));
  if (result.outcome == Outcome::not_tried) {
    out.state = State::not_sent;
    out.not_tried =
        result.not_tried.value_or(interrupted ? plan::NotTried::interrupted : plan::NotTried::run_ended);
    out.error =
        fmt::format("not {}: {}", removal || undo ? "tried" : "sent", plan::reason_of(*out.not_tried));
  }
  if (removal) {
    if (result.outcome == Outcome::removed) out = {};
    if (result.outcome == Outcome::removed) out.state = State::deleted;
    out.destination_id = planned.existing->id;
    out.destination_uuid = planned.existing->uuid;
    return out;
  }
  if (undo && planned.existing) out.destination_id = planned.existing->id;
  if (result.outcome != Outcome::arrived) return out;
  if (undo && !is_done(result, task.operation)) {
    if (out.error.empty())
      out.error = result.arrival->evidence == Evidence::changed
                      ? "another client changed it right after"
                      : "the server confirmed it, but it is as it was before";
    return out;
  }
  out.state = result.arrival->evidence == Evidence::existed ? State::unchanged
              : planned.action == ledger::Action::update    ? State::updated
                                                            : State::created;
  out.destination_id = result.arrival->id;
  out.destination_uuid = result.arrival->uuid;
  out.error.clear();
  const bool as_sent =
      result.arrival->content == task.operation.content || result.arrival->evidence == Evidence::changed;
  const auto* now = as_sent ? nullptr : find_stored(*result.arrival);
  if (now == nullptr) return out;
  out.server_changes = webhook::differences(&planned.webhook, *now);
  out.altered = webhook::something_is_lost(out.server_changes);
  room.limit(out.server_changes);
  return out;
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
  out.nothing_was_applied = executed.nothing_was_applied;
  out.skipped = plan.skipped.size();
  std::map<std::int64_t, const webhook::Webhook*> changed_by_server;
  for (const auto& webhook : executed.server_changes) changed_by_server[webhook.id.value_or(0)] = &webhook;
  std::unordered_map<Sha256, const webhook::Webhook*, HashOfSha256> sent;  // filled when it is first needed
  const FindStored find_stored = [&](const Arrival& arrival) {
    const auto changed = changed_by_server.find(arrival.id);
    if (changed != changed_by_server.end()) return changed->second;
    // It may be just what was sent for another webhook.
    if (sent.empty())
      for (const auto& task : work.tasks)
        if (task.body != nullptr) sent.emplace(*task.operation.content, task.body);
    const auto found = sent.find(arrival.content);
    return found == sent.end() ? nullptr : found->second;
  };
  for (const auto& planned : plan.webhooks) out.webhooks.push_back(untouched_outcome(planned));
  bool all_done = true;
  webhook::DifferenceRoom room;
  for (std::size_t k = 0; k < work.tasks.size(); ++k) {
    const auto& task = work.tasks[k];
    const auto& planned = plan.webhooks[task.n];
    const auto& result = executed.results[k];
    auto& one = out.webhooks[task.n];
    one = outcome_of(planned, task, result, find_stored, executed.interrupted, plan.is_undo, room);
    if (one.state == State::failed || one.state == State::not_sent) all_done = false;
    if (!result.arrival) continue;
    const auto find = [&](std::string_view what) {
      out.findings.push_back(
          fmt::format("{} with id {} {}", webhook::describe(planned.webhook), result.arrival->id, what));
    };
    if (plan.is_undo && one.altered) find("is there again, but the server has altered it");
    if (!plan.is_undo && result.outcome == Outcome::arrived && result.arrival->evidence == Evidence::changed)
      find("was changed by someone right after it was written");
  }
  // An id that the server uses again had another name before the run.
  std::map<std::int64_t, const webhook::Webhook*> before, after;
  if (!executed.findings.empty()) {
    for (const auto& planned : plan.webhooks)
      if (planned.existing && planned.existing->id) before[*planned.existing->id] = &planned.webhook;
    after = before;
    for (std::size_t k = 0; k < work.tasks.size(); ++k)
      if (const auto& arrival = executed.results[k].arrival)
        after[arrival->id] = &plan.webhooks[work.tasks[k].n].webhook;
  }
  for (const auto& [kind, id, identity] : executed.findings) {
    const auto& its_names = kind == Delivery::VerificationFinding::Kind::gone ? before : after;
    const auto named = its_names.find(id);
    const auto where = fmt::format(
        "{} with id {}",
        named != its_names.end() ? webhook::describe(*named->second) : webhook::describe(identity), id);
    switch (kind) {
      case Delivery::VerificationFinding::Kind::gone:
        out.findings.push_back(where + " was there before the run and is gone");
        break;
      case Delivery::VerificationFinding::Kind::changed:
        out.findings.push_back(where + " was changed by someone during the run");
        break;
      case Delivery::VerificationFinding::Kind::copy:
        out.findings.push_back(where +
                               " is a copy that came up during the run and is not this run's; was a "
                               "request applied twice?");
    }
  }
  out.interrupted = executed.interrupted && !all_done;
  return out;
}

plan::Outcome outcome_of_none(const plan::Plan& plan) {
  const auto work = work_of(plan);
  Executed none;
  none.results.resize(work.tasks.size());
  none.interrupted = true;
  return outcome_of(plan, work, none);
}

}  // namespace hookferry::delivery
