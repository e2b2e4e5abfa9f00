#include "planner.hpp"

#include <algorithm>

#include "plan/plan.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {
namespace {

using Kind = Operation::Kind;

std::vector<Webhook> webhooks_of(const Webhooks& reading) {
  std::vector<Webhook> out;
  for (const auto& one : reading) {
    out.push_back(webhook_of(one.identity, one.content));
    out.back().id = one.id;
    out.back().modified_after_creation = one.modified_after_creation;
    out.back().updated_at = one.updated_at * server_ms;
  }
  return out;
}

Sha256 letter_of(const Webhook& webhook) {
  return symbol_digest(content_of_digest(hookferry::digest_of(webhook)));
}

void add(ModelPlan& plan, Operation operation, int slot, std::vector<Place> undoes) {
  plan.operations.push_back(std::move(operation));
  plan.slots.push_back(slot);
  plan.undoes.push_back(std::move(undoes));
}

}  // namespace

ModelPlan plan_migration(const std::vector<Source>& sources, PlanOptions options,
                         const std::vector<LedgerRun>& ledger, const Webhooks& reading) {
  std::vector<TransformedWebhook> planned;
  for (const auto& source : sources) {
    TransformedWebhook one;
    one.webhook = webhook_of(source.identity, source.content);
    planned.push_back(one);
  }
  const auto webhooks = webhooks_of(reading);
  const auto known = known_after({}, ledger, webhooks);
  auto plan =
      make_plan(planned, webhooks, options.update ? ConflictPolicy::update : ConflictPolicy::skip, known);
  if (options.mirror)
    plan_deletions(
        plan, [](const Webhook&) { return true; }, known);
  ModelPlan out;
  for (std::size_t slot = 0; slot < plan.webhooks.size(); ++slot) {
    const auto& one = plan.webhooks[slot];
    if (one.action == Action::conflict) out.conflict = true;
    if (one.action == Action::unchanged) out.relied_on.insert(*one.existing->id);
    if (one.action == Action::remove)
      add(out,
          {Kind::remove,
           one.webhook.identity,
           letter_of(one.webhook),
           one.existing->id,
           {},
           one.existing->updated_at},
          -1, {});
    if (one.action != Action::create && one.action != Action::update) continue;
    Operation operation;
    operation.identity = one.webhook.identity;
    operation.content = letter_of(one.webhook);
    if (one.action == Action::update) {
      operation.kind = Kind::update;
      operation.id = one.existing->id;
      operation.before = letter_of(*one.existing);
      operation.updated_at = one.existing->updated_at;
    }
    add(out, std::move(operation), static_cast<int>(slot), {});
  }
  return out;
}

ModelPlan plan_undo(const std::vector<LedgerRun>& ledger, const Webhooks& reading) {
  const auto webhooks = webhooks_of(reading);
  const auto plan = make_undo_plan(ledger, webhooks, known_after({}, ledger, webhooks));
  ModelPlan out;
  out.left = !plan.skipped.empty();
  for (const auto& planned : plan.webhooks) {
    std::vector<Place> places;
    for (const auto& place : planned.takes_back) places.push_back({place.run, place.n});
    Operation operation;
    operation.identity = planned.webhook.identity;
    operation.content = letter_of(planned.webhook);
    if (planned.action == Action::update) {
      operation.kind = Kind::update;
      operation.id = planned.existing->id;
      operation.before = letter_of(*planned.existing);
      operation.updated_at = planned.existing->updated_at;
    }
    if (planned.action == Action::remove) {
      const auto id = *planned.existing->id;
      const auto now = std::ranges::find(reading, id, &Stored::id);
      operation = {Kind::remove, planned.webhook.identity,   symbol_digest(now->content), id,
                   {},           now->updated_at * server_ms};
    }
    add(out, std::move(operation), -1, places);
  }
  return out;
}

}  // namespace hookferry::model
