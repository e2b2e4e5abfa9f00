#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/multi_index.hpp"
#include "json/document.hpp"
#include "ledger/known.hpp"
#include "plan/plan.hpp"
#include "secrets/secrets.hpp"
#include "transform/transformer.hpp"
#include "webhook/differences.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::plan {
namespace {

/// The destination's webhooks that nothing is matched with yet.
class Unmatched {
 public:
  explicit Unmatched(const std::vector<webhook::Webhook>& destination)
      : webhooks_(destination),
        taken_(destination.size()),
        by_content_(destination,
                    [](const webhook::Webhook& one) { return std::optional(webhook::digest_of(one)); }),
        by_identity_(destination,
                     [](const webhook::Webhook& one) {
                       return one.defect.empty() ? std::optional(one.identity) : std::nullopt;
                     }),
        by_id_(destination, [](const webhook::Webhook& one) { return one.id; }) {}

  Existing take_equal(const webhook::Webhook& webhook) {
    return found(by_content_.take(webhook::digest_of(webhook), [&](std::size_t i) { return take(i); }));
  }
  Existing take_namesake(const webhook::Webhook& webhook) {
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
  Existing take_altered(const ledger::KnownAlteration& known) {
    return found(by_id_.find(known.id, [&](std::size_t i) {
      return !taken_[i] && webhook::content_digest(webhooks_[i]) == known.stored && take(i);
    }));
  }

  std::vector<webhook::Webhook> rest() const {
    std::vector<webhook::Webhook> out;
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
    return place ? std::make_shared<const webhook::Webhook>(webhooks_[*place]) : nullptr;
  }

  const std::vector<webhook::Webhook>& webhooks_;
  std::vector<bool> taken_;
  std::set<std::size_t> held_;
  MultiIndex<Sha256, HashOfSha256> by_content_;
  MultiIndex<webhook::Identity, webhook::HashOfIdentity> by_identity_;
  MultiIndex<std::int64_t, std::hash<std::int64_t>> by_id_;
};

ledger::Action action_on_conflict(ConflictPolicy policy) {
  switch (policy) {
    case ConflictPolicy::update:
      return ledger::Action::update;
    case ConflictPolicy::duplicate:
      return ledger::Action::create;
    case ConflictPolicy::skip:
    case ConflictPolicy::fail:
      break;
  }
  return ledger::Action::conflict;
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
void match_unclear(Plan& plan, Unmatched& unmatched, const std::vector<ledger::KnownUnclear>& known,
                   ConflictPolicy policy) {
  std::multimap<std::string, ledger::KnownUnclear> by_sent;
  for (const auto& unclear : known) by_sent.emplace(unclear.sent, unclear);
  if (by_sent.empty()) return;
  std::map<webhook::Identity, std::set<std::int64_t>> candidates;
  std::vector<PlannedWebhook*> unclear;
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto [first, last] = by_sent.equal_range(webhook::content_digest(planned.webhook));
    const auto found = std::find_if(first, last, [&](const auto& one) {
      for (const auto id : one.second.candidates) {
        const auto there = unmatched.hold(id);
        if (!there) continue;
        planned.existing = there;
        candidates[planned.webhook.identity].insert(id);
      }
      return planned.existing != nullptr;
    });
    if (found == last) continue;
    planned.action = ledger::Action::conflict;
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
    planned->action = ledger::Action::update;
    planned->held = false;
    its.clear();
  }
}

void match_known_alterations(Plan& plan, Unmatched& unmatched,
                             const std::vector<ledger::KnownAlteration>& known) {
  std::multimap<std::string, ledger::KnownAlteration> by_sent;
  for (const auto& alteration : known) by_sent.emplace(alteration.sent, alteration);
  if (by_sent.empty()) return;
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto [first, last] = by_sent.equal_range(webhook::content_digest(planned.webhook));
    for (auto it = first; it != last && planned.action == ledger::Action::create; ++it) {
      planned.existing = unmatched.take_altered(it->second);
      if (!planned.existing) continue;
      planned.action = ledger::Action::unchanged;
      planned.altered = webhook::something_is_lost(webhook::differences(&planned.webhook, *planned.existing));
      planned.warnings.push_back(planned.altered ? "the server has altered it, as an earlier run has found"
                                                 : "the server has added to it, as an earlier run has found");
    }
  }
}

/// What was exported for the eye only would take the place of a secret that works.
void refuse_redacted(webhook::Webhook& webhook) {
  if (webhook.defect.empty() && secrets::holds_redaction(webhook.text.view()))
    webhook.defect = "a secret in it was redacted, and no overlay sets it";
}

}  // namespace

std::size_t Plan::count(ledger::Action action) const {
  return static_cast<std::size_t>(std::count_if(
      webhooks.begin(), webhooks.end(), [&](const auto& planned) { return planned.action == action; }));
}

std::size_t Plan::altered() const {
  return static_cast<std::size_t>(
      std::count_if(webhooks.begin(), webhooks.end(), [](const auto& planned) { return planned.altered; }));
}

Plan make_plan(const std::vector<transform::TransformedWebhook>& source,
               const std::vector<webhook::Webhook>& destination, ConflictPolicy policy,
               const ledger::KnownOfAccount& known) {
  Plan plan;
  Unmatched unmatched(destination);
  plan.webhooks.reserve(source.size());
  for (const auto& transformed : source) {
    PlannedWebhook planned{transformed.webhook,
                           transformed.source_id,
                           ledger::Action::create,
                           nullptr,
                           transformed.warnings,
                           false,
                           false,
                           transformed.provenance};
    refuse_redacted(planned.webhook);
    if (!planned.webhook.defect.empty()) {
      planned.action = ledger::Action::invalid;
    } else if (auto equal = unmatched.take_equal(planned.webhook)) {
      planned.action = ledger::Action::unchanged;
      planned.existing = std::move(equal);
    }
    plan.webhooks.push_back(std::move(planned));
  }
  match_known_alterations(plan, unmatched, known.alterations);
  match_unclear(plan, unmatched, known.unclear, policy);
  // Only now, with all equal pairs out of the way, is a namesake a conflict.
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    if (const auto namesake = unmatched.take_namesake(planned.webhook))
      plan_conflict(planned, namesake, policy);
  }
  plan.extra = unmatched.rest();
  return plan;
}

namespace {

/// The alias is all that is sure of a webhook that the API could not take.
std::set<std::string> aliases_of_invalid(const Plan& plan) {
  std::set<std::string> out;
  for (const auto& planned : plan.webhooks)
    if (planned.action == ledger::Action::invalid) out.insert(planned.webhook.identity.alias);
  out.erase("");
  return out;
}

std::string with_id(const webhook::Webhook& webhook) {
  return webhook::describe(webhook) + " with id " + std::to_string(webhook.id.value_or(0));
}

PlannedWebhook deletion_of(const webhook::Webhook& extra) {
  PlannedWebhook out;
  out.webhook = extra;
  out.action = ledger::Action::remove;
  out.existing = std::make_shared<const webhook::Webhook>(extra);
  return out;
}

}  // namespace

std::size_t DeleteLimit::of(std::size_t held) const { return percent ? (held * number + 99) / 100 : number; }

std::string DeleteLimit::text() const { return std::to_string(number) + (percent ? "%" : ""); }

std::optional<DeleteLimit> parse_delete_limit(std::string_view text) {
  DeleteLimit out;
  out.percent = text.ends_with('%');
  if (out.percent) text.remove_suffix(1);
  const std::size_t most = out.percent ? 100 : 1'000'000'000;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out.number);
  const bool whole = !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && out.number <= most ? std::optional(out) : std::nullopt;
}

std::vector<std::string> plan_deletions(Plan& plan,
                                        const std::function<bool(const webhook::Webhook&)>& selected,
                                        const ledger::KnownOfAccount& known) {
  std::set<std::int64_t> unclear;
  for (const auto& one : known.unclear) unclear.insert(one.candidates.begin(), one.candidates.end());
  const auto invalid = aliases_of_invalid(plan);
  const auto reason_to_stay = [&](const webhook::Webhook& extra) -> std::string {
    if (!extra.defect.empty()) return "is no webhook that could be made again (" + extra.defect + ")";
    if (unclear.contains(extra.id.value_or(0))) return "may be what an earlier run sent";
    if (invalid.contains(extra.identity.alias)) return "has the alias of an invalid webhook of the source";
    return {};
  };
  std::vector<std::string> out;
  std::vector<webhook::Webhook> left;
  for (const auto& extra : plan.extra) {
    if (!selected(extra)) continue;
    const auto reason = reason_to_stay(extra);
    if (reason.empty()) {
      plan.webhooks.push_back(deletion_of(extra));
    } else {
      left.push_back(extra);
      out.push_back(with_id(extra) + " " + reason + "; not deleted");
    }
  }
  plan.extra = std::move(left);
  return out;
}

bool source_has_shrunk(std::size_t now, std::optional<std::size_t> before) {
  return now == 0 || (before && 2 * now < *before);
}

namespace {

std::string uuid_of(const webhook::Webhook& webhook) {
  if (webhook.text.view().find("uuid") == std::string_view::npos) return {};
  const auto document = json::Document::try_over(webhook.text.view());
  const auto fields = document ? document->root().find(webhook::member::fields) : std::nullopt;
  return fields && fields->is(json::Kind::string) ? transform::uuid_in(fields->string()) : std::string();
}

}  // namespace

void warn_of_shared_uuids(Plan& plan, const std::vector<webhook::Webhook>& present) {
  std::map<std::string, const webhook::Webhook*> holders;
  for (const auto& webhook : present)
    if (auto uuid = uuid_of(webhook); !uuid.empty()) holders.emplace(std::move(uuid), &webhook);
  if (holders.empty()) return;
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto found = holders.find(uuid_of(planned.webhook));
    if (found == holders.end()) continue;
    const auto& holder = *found->second;
    planned.warnings.push_back("has the UUID of " + webhook::describe(holder) +
                               (holder.id ? " with id " + std::to_string(*holder.id) : std::string()) +
                               " there; for one of its own: --fresh-uuids");
  }
}

}  // namespace hookferry::plan
