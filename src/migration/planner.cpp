#include "migration/planner.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "migration/chains.hpp"
#include "webhook/differences.hpp"
#include "webhook/redaction.hpp"

namespace hookferry {
namespace {

/// The destination's webhooks that nothing is matched with yet.
class Unmatched {
 public:
  explicit Unmatched(const std::vector<Webhook>& destination)
      : webhooks_(destination),
        taken_(destination.size()),
        by_content_(destination, [](const Webhook& one) { return std::optional(digest_of(one)); }),
        by_identity_(destination,
                     [](const Webhook& one) {
                       return one.defect.empty() ? std::optional(one.identity) : std::nullopt;
                     }),
        by_id_(destination, [](const Webhook& one) { return one.id; }) {}

  Existing take_equal(const Webhook& webhook) {
    return found(by_content_.take(digest_of(webhook), [&](std::size_t i) { return take(i); }));
  }
  Existing take_namesake(const Webhook& webhook) {
    return found(by_identity_.take(webhook.identity, [&](std::size_t i) { return take(i); }));
  }

  /// The one with that id, where nothing equal was found for it. It may be held for several.
  Existing hold(std::int64_t id) {
    return found(by_id_.find(id, [&](std::size_t i) {
      const bool free = take(i) || held_.contains(i);
      if (free) held_.insert(i);
      return free;
    }));
  }

  /// The one with that id, if it is still as `stored` says.
  Existing take_altered(const KnownAlteration& known) {
    return found(by_id_.find(known.id, [&](std::size_t i) {
      return !taken_[i] && content_digest(webhooks_[i]) == known.stored && take(i);
    }));
  }

  std::vector<Webhook> rest() const {
    std::vector<Webhook> out;
    for (std::size_t i = 0; i < webhooks_.size(); ++i)
      if (!taken_[i]) out.push_back(webhooks_[i]);
    return out;
  }

 private:
  /// Whether it was to be had.
  bool take(std::size_t i) {
    const bool free = !taken_[i];
    taken_[i] = true;
    return free;
  }
  Existing found(std::optional<std::size_t> place) const {
    return place ? std::make_shared<const Webhook>(webhooks_[*place]) : nullptr;
  }

  const std::vector<Webhook>& webhooks_;
  std::vector<bool> taken_;
  std::set<std::size_t> held_;
  Chains<Sha256, HashOfSha256> by_content_;
  Chains<Identity, HashOfIdentity> by_identity_;
  Chains<std::int64_t, std::hash<std::int64_t>> by_id_;
};

Action action_on_conflict(ConflictPolicy policy) {
  switch (policy) {
    case ConflictPolicy::update:
      return Action::update;
    case ConflictPolicy::duplicate:
      return Action::create;
    case ConflictPolicy::skip:
    case ConflictPolicy::fail:
      break;
  }
  return Action::conflict;
}

void plan_conflict(PlannedWebhook& planned, const Existing& existing, ConflictPolicy policy) {
  planned.action = action_on_conflict(policy);
  if (policy != ConflictPolicy::duplicate) {
    planned.existing = existing;
  } else {
    planned.warnings.push_back(
        "a second one beside the different webhook " +
        (existing->id ? "with id " + std::to_string(*existing->id) : std::string("of that alias and type")));
  }
}

/// What may be there already, sent by an earlier run, is not created a second time. It is written over what
/// it may be only where that is one webhook: of several, another could be it.
void match_unclear(Plan& plan, Unmatched& unmatched, const std::vector<KnownUnclear>& known,
                   ConflictPolicy policy) {
  std::multimap<std::string, KnownUnclear> by_sent;
  for (const auto& unclear : known) by_sent.emplace(unclear.sent, unclear);
  if (by_sent.empty()) return;
  std::map<Identity, std::set<std::int64_t>> candidates;
  std::vector<PlannedWebhook*> unclear;
  for (auto& planned : plan.webhooks) {
    if (planned.action != Action::create) continue;
    const auto [first, last] = by_sent.equal_range(content_digest(planned.webhook));
    const auto found = std::find_if(first, last, [&](const auto& one) {
      for (const auto id : one.second.perhaps) {
        const auto there = unmatched.hold(id);
        if (!there) continue;
        planned.existing = there;
        candidates[planned.webhook.identity].insert(id);
      }
      return planned.existing != nullptr;
    });
    if (found == last) continue;
    planned.action = Action::conflict;
    planned.held = true;
    planned.warnings.push_back(
        "an earlier run sent it and could not tell whether this is it, stored differently");
    unclear.push_back(&planned);
    by_sent.erase(found);
  }
  if (policy != ConflictPolicy::update) return;
  std::set<std::int64_t> written_over;
  for (auto* planned : unclear) {
    auto& its = candidates[planned->webhook.identity];
    if (its.size() != 1 || !written_over.insert(*its.begin()).second) continue;
    planned->action = Action::update;
    planned->held = false;
    its.clear();
  }
}

void match_known_alterations(Plan& plan, Unmatched& unmatched, const std::vector<KnownAlteration>& known) {
  std::multimap<std::string, KnownAlteration> by_sent;
  for (const auto& alteration : known) by_sent.emplace(alteration.sent, alteration);
  if (by_sent.empty()) return;
  for (auto& planned : plan.webhooks) {
    if (planned.action != Action::create) continue;
    const auto [first, last] = by_sent.equal_range(content_digest(planned.webhook));
    for (auto it = first; it != last && planned.action == Action::create; ++it) {
      planned.existing = unmatched.take_altered(it->second);
      if (!planned.existing) continue;
      planned.action = Action::unchanged;
      planned.altered = something_is_lost(differences(&planned.webhook, *planned.existing));
      planned.warnings.push_back(planned.altered ? "the server has altered it, as an earlier run has found"
                                                 : "the server has added to it, as an earlier run has found");
    }
  }
}

/// What was exported for the eye only would take the place of a secret that works.
void refuse_redacted(Webhook& webhook) {
  if (webhook.defect.empty() && holds_redaction(webhook.text))
    webhook.defect = "a secret in it was redacted, and no overlay sets it";
}

}  // namespace

std::size_t Plan::count(Action action) const {
  return static_cast<std::size_t>(std::count_if(
      webhooks.begin(), webhooks.end(), [&](const auto& planned) { return planned.action == action; }));
}

std::size_t Plan::altered() const {
  return static_cast<std::size_t>(
      std::count_if(webhooks.begin(), webhooks.end(), [](const auto& planned) { return planned.altered; }));
}

Plan make_plan(const std::vector<TransformedWebhook>& source, const std::vector<Webhook>& destination,
               ConflictPolicy policy, const KnownOfAccount& known) {
  Plan plan;
  Unmatched unmatched(destination);
  plan.webhooks.reserve(source.size());
  for (const auto& transformed : source) {
    PlannedWebhook planned{transformed.webhook,
                           transformed.source_id,
                           Action::create,
                           nullptr,
                           transformed.warnings,
                           false,
                           false,
                           transformed.provenance};
    refuse_redacted(planned.webhook);
    if (!planned.webhook.defect.empty()) {
      planned.action = Action::invalid;
    } else if (auto equal = unmatched.take_equal(planned.webhook)) {
      planned.action = Action::unchanged;
      planned.existing = std::move(equal);
    }
    plan.webhooks.push_back(std::move(planned));
  }
  match_known_alterations(plan, unmatched, known.alterations);
  match_unclear(plan, unmatched, known.unclear, policy);
  // Only now, with all equal pairs out of the way, is a namesake a conflict.
  for (auto& planned : plan.webhooks) {
    if (planned.action != Action::create) continue;
    if (const auto namesake = unmatched.take_namesake(planned.webhook))
      plan_conflict(planned, namesake, policy);
  }
  plan.extra = unmatched.rest();
  return plan;
}

}  // namespace hookferry
