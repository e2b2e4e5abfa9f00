#include "planner.hpp"

#include <algorithm>

#include "migration/planner.hpp"
#include "migration/undo_plan.hpp"

namespace hookferry::model {
namespace {

using Kind = Operation::Kind;

std::vector<Webhook> webhooks_of(const Webhooks& reading) {
  std::vector<Webhook> out;
  for (const auto& one : reading) {
    out.push_back(webhook_of(one.identity, one.content));
    out.back().id = one.id;
    out.back().touched = one.touched;
  }
  return out;
}

std::string letter_of(const Webhook& webhook) { return symbol(content_of_digest(content_digest(webhook))); }

void add(ModelPlan& plan, Operation operation, int slot, std::vector<Place> undoes) {
  plan.operations.push_back(std::move(operation));
  plan.slots.push_back(slot);
  plan.undoes.push_back(std::move(undoes));
}

KnownOfAccount known_of(const std::vector<LedgerRun>& ledger, const std::vector<Webhook>& reading) {
  KnownOfAccount out{still_true(known_alterations(ledger), reading), {}};
  auto unclear = known_unclear(ledger);
  for (auto& one : unclear)
    std::erase_if(one.perhaps, [&](Id id) {
      return std::any_of(out.alterations.begin(), out.alterations.end(),
                         [&](const KnownAlteration& known) { return known.id == id; });
    });
  out.unclear = still_true(unclear, reading);
  return out;
}

/// What is known by count alone may be the extra in question.
bool perhaps_ours(const KnownOfAccount& known, Id id) {
  return std::any_of(known.unclear.begin(), known.unclear.end(), [&](const KnownUnclear& one) {
    return std::find(one.perhaps.begin(), one.perhaps.end(), id) != one.perhaps.end();
  });
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
  const auto known = known_of(ledger, webhooks);
  const auto plan =
      make_plan(planned, webhooks, options.update ? ConflictPolicy::update : ConflictPolicy::skip, known);
  ModelPlan out;
  for (std::size_t slot = 0; slot < plan.webhooks.size(); ++slot) {
    const auto& one = plan.webhooks[slot];
    if (one.action == Action::conflict) out.conflict = true;
    if (one.action == Action::unchanged) out.relied_on.insert(*one.existing->id);
    if (one.action != Action::create && one.action != Action::update) continue;
    Operation operation;
    operation.identity = one.webhook.identity;
    operation.content = letter_of(one.webhook);
    if (one.action == Action::update) {
      operation.kind = Kind::update;
      operation.id = one.existing->id;
      operation.before = letter_of(*one.existing);
    }
    add(out, std::move(operation), static_cast<int>(slot), {});
  }
  if (!options.mirror) return out;
  for (const auto& extra : plan.extra)
    if (!perhaps_ours(known, *extra.id))
      add(out, {Kind::remove, extra.identity, letter_of(extra), extra.id, {}}, -1, {});
  return out;
}

ModelPlan plan_undo(const std::vector<LedgerRun>& ledger, const Webhooks& reading) {
  const auto plan = make_undo_plan(ledger, webhooks_of(reading));
  ModelPlan out;
  out.left = !plan.left.empty();
  for (std::size_t k = 0; k < plan.restores.webhooks.size(); ++k) {
    const auto& restore = plan.restores.webhooks[k];
    std::vector<Place> places;
    for (const auto& place : plan.restore_places[k]) places.push_back({place.run, place.n});
    add(out,
        {Kind::update, restore.webhook.identity, letter_of(restore.webhook), restore.existing->id,
         letter_of(*restore.existing)},
        -1, places);
  }
  for (const auto& removal : plan.removals) {
    const auto now =
        std::find_if(reading.begin(), reading.end(), [&](const Stored& one) { return one.id == removal.id; });
    add(out, {Kind::remove, removal.identity, symbol(now->content), removal.id, {}}, -1,
        {{removal.place.run, removal.place.n}});
  }
  return out;
}

}  // namespace hookferry::model
