#include "plan/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/bulk.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"
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

  /// The webhook with that id, unless an equal one was matched with it. Several may have the same candidate.
  /// One of another alias or type can still be matched with its own namesake.
  Existing take_candidate(std::int64_t id, const webhook::Identity& identity) {
    return found(by_id_.find(id, [&](std::size_t i) {
      const bool free = !taken_[i] || candidates_.contains(i);
      if (free) candidates_.insert(i);
      if (webhooks_[i].identity == identity) taken_[i] = true;
      return free;
    }));
  }

  /// The webhook with that id, if it is still as the earlier run found it.
  Existing take_altered(const ledger::KnownAlteration& known) {
    return found(by_id_.find(known.id, [&](std::size_t i) {
      return !taken_[i] && webhook::content_digest(webhooks_[i]) == known.stored && take(i);
    }));
  }

  std::vector<webhook::Webhook> rest() const {
    std::vector<webhook::Webhook> out;
    for (std::size_t i = 0; i < webhooks_.size(); ++i)
      if (!taken_[i] && !candidates_.contains(i)) out.push_back(webhooks_[i]);
    return out;
  }

 private:
  bool take(std::size_t i) {
    const bool free = !taken_[i];
    taken_[i] = true;
    return free;
  }
  Existing found(std::optional<std::size_t> i) const {
    return i ? std::make_shared<const webhook::Webhook>(webhooks_[*i]) : nullptr;
  }

  const std::vector<webhook::Webhook>& webhooks_;
  std::vector<bool> taken_;
  std::set<std::size_t> candidates_;
  MultiIndex<Sha256, HashOfSha256> by_content_;
  MultiIndex<webhook::Identity, webhook::HashOfIdentity> by_identity_;
  MultiIndex<std::int64_t, std::hash<std::int64_t>> by_id_;
};

/// A webhook that an earlier run sent, and that may be there already, is not created a second time. It is
/// written over its candidate only if there is just one: of several, another could be the right one.
void match_ambiguous(Plan& plan, Unmatched& unmatched, const std::vector<ledger::KnownAmbiguous>& known,
                     ConflictPolicy policy) {
  std::multimap<std::string, ledger::KnownAmbiguous> by_sent;
  for (const auto& ambiguous : known) by_sent.emplace(ambiguous.sent, ambiguous);
  if (by_sent.empty()) return;
  std::map<webhook::Identity, std::set<std::int64_t>> candidates;
  std::vector<PlannedWebhook*> ambiguous;
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto [first, last] = by_sent.equal_range(webhook::content_digest(planned.webhook));
    const auto found = std::find_if(first, last, [&](const auto& one) {
      for (const auto id : one.second.candidates) {
        const auto there = unmatched.take_candidate(id, planned.webhook.identity);
        if (!there) continue;
        planned.existing = there;
        candidates[planned.webhook.identity].insert(id);
      }
      return planned.existing != nullptr;
    });
    if (found == last) continue;
    planned.action = ledger::Action::conflict;
    planned.ambiguous = true;
    planned.warnings.push_back(
        "an earlier run sent it and could not tell whether this is it, stored differently");
    ambiguous.push_back(&planned);
    by_sent.erase(found);
  }
  if (policy != ConflictPolicy::update) return;
  std::set<std::int64_t> written_over;
  for (auto* planned : ambiguous) {
    auto& its = candidates[planned->webhook.identity];
    if (its.size() != 1 || planned->existing->identity != planned->webhook.identity) continue;
    if (!written_over.insert(*its.begin()).second) continue;
    planned->action = ledger::Action::update;
    planned->ambiguous = false;
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

/// In conflict: what `newer` decides, with the reason where it cannot.
ConflictPolicy decide_by_time(PlannedWebhook& planned) {
  const auto [source, destination] = last_changes_of(planned);
  if (source && destination) return *source > *destination ? ConflictPolicy::update : ConflictPolicy::skip;
  planned.warnings.push_back(std::string("skipped, because it is not known when the ") +
                             (source ? "destination's" : "source's") + " webhook was last changed");
  return ConflictPolicy::skip;
}

}  // namespace

LastChanges last_changes_of(const PlannedWebhook& planned) {
  return {planned.provenance.updated_at, planned.existing ? planned.existing->updated_at : std::nullopt};
}

void decide_conflict(PlannedWebhook& planned, ConflictPolicy decision) {
  if (decision == ConflictPolicy::update) planned.action = ledger::Action::update;
  if (decision != ConflictPolicy::duplicate) return;
  planned.warnings.push_back("creates a duplicate: " +
                             (planned.existing->id ? "webhook " + std::to_string(*planned.existing->id)
                                                   : std::string("another webhook")) +
                             " has the same alias and type");
  planned.action = ledger::Action::create;
  planned.existing = nullptr;
}

std::size_t Plan::count(ledger::Action action) const {
  return static_cast<std::size_t>(std::ranges::count(webhooks, action, &PlannedWebhook::action));
}

std::size_t Plan::altered() const {
  return static_cast<std::size_t>(std::ranges::count(webhooks, true, &PlannedWebhook::altered));
}

Plan make_plan(const std::vector<transform::TransformedWebhook>& source,
               const std::vector<webhook::Webhook>& destination, ConflictPolicy policy,
               const ledger::KnownOfAccount& known) {
  Plan plan;
  Unmatched unmatched(destination);
  plan.webhooks.reserve(source.size());
  for (const auto& transformed : source) {
    auto& planned = plan.webhooks.emplace_back();
    planned.webhook = transformed.webhook;
    planned.source_id = transformed.source_id;
    planned.source_uuid = transformed.source_uuid;
    planned.warnings = transformed.warnings;
    planned.provenance = transformed.provenance;
    auto& defect = planned.webhook.defect;
    // A mask in an exported file would take the place of a secret that works.
    if (defect.empty() && secrets::holds_redaction(planned.webhook.text.view()))
      defect = "a secret in it was redacted, and no overlay sets it";
    if (!defect.empty()) {
      planned.action = ledger::Action::invalid;
    } else if (auto equal = unmatched.take_equal(planned.webhook)) {
      planned.action = ledger::Action::unchanged;
      planned.existing = std::move(equal);
    }
  }
  match_known_alterations(plan, unmatched, known.alterations);
  match_ambiguous(plan, unmatched, known.ambiguous, policy);

  // Only now, with all equal pairs out of the way, is a namesake a conflict.
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    auto namesake = unmatched.take_namesake(planned.webhook);
    if (!namesake) continue;
    planned.action = ledger::Action::conflict;
    planned.existing = std::move(namesake);
    decide_conflict(planned, policy == ConflictPolicy::newer ? decide_by_time(planned) : policy);
  }
  plan.extra = unmatched.rest();
  return plan;
}

std::size_t DeleteLimit::of(std::size_t present) const {
  return percent ? (present * number + 99) / 100 : number;
}

std::string DeleteLimit::text() const { return std::to_string(number) + (percent ? "%" : ""); }

std::optional<DeleteLimit> parse_delete_limit(std::string_view text) {
  DeleteLimit out;
  out.percent = text.ends_with('%');
  if (out.percent) text.remove_suffix(1);
  const std::size_t most = out.percent ? 100 : 1'000'000'000;
  const auto number = number_in<std::size_t>(text);
  if (!number || *number > most) return std::nullopt;
  out.number = *number;
  return out;
}

std::vector<std::string> plan_deletions(Plan& plan,
                                        const std::function<bool(const webhook::Webhook&)>& selected,
                                        const ledger::KnownOfAccount& known) {
  std::set<std::int64_t> candidates;
  for (const auto& one : known.ambiguous) candidates.insert(one.candidates.begin(), one.candidates.end());
  // Of an invalid webhook, nothing but the alias is certain.
  std::set<std::string> invalid;
  for (const auto& planned : plan.webhooks)
    if (planned.action == ledger::Action::invalid) invalid.insert(planned.webhook.identity.alias);
  invalid.erase("");
  const auto reason_to_stay = [&](const webhook::Webhook& extra) -> std::string {
    if (!extra.defect.empty()) return "is not a webhook that could be recreated (" + extra.defect.str() + ")";
    if (candidates.contains(extra.id.value_or(0))) return "may be what an earlier run sent";
    if (invalid.contains(extra.identity.alias)) return "has the alias of an invalid webhook of the source";
    return {};
  };
  std::vector<std::string> out;
  std::vector<webhook::Webhook> left;
  for (const auto& extra : plan.extra) {
    if (!selected(extra)) continue;
    if (const auto reason = reason_to_stay(extra); !reason.empty()) {
      left.push_back(extra);
      out.push_back(fmt::format("{} with id {} {}; not deleted", webhook::describe(extra),
                                extra.id.value_or(0), reason));
      continue;
    }
    auto& deletion = plan.webhooks.emplace_back();
    deletion.webhook = extra;
    deletion.action = ledger::Action::remove;
    deletion.existing = std::make_shared<const webhook::Webhook>(extra);
  }
  plan.extra = std::move(left);
  return out;
}

std::optional<Failure> check_delete_limit(const Plan& plan, const DeleteLimit& limit) {
  const auto deletions = plan.count(ledger::Action::remove);
  const auto allowed = limit.of(plan.in_scope);
  if (deletions <= allowed) return std::nullopt;
  return Failure(Cause::incomplete,
                 fmt::format("this plan deletes {} of {}; the limit is {} (--max-delete {})", deletions,
                             plural(plan.in_scope, "webhook"), allowed, limit.text()),
                 fmt::format("if intended, rerun with --max-delete {}", deletions));
}

std::optional<Failure> check_source_not_shrunk(const std::string& source, std::size_t now,
                                               std::optional<std::size_t> before) {
  if (now > 0 && (!before || 2 * now >= *before)) return std::nullopt;
  return Failure(Cause::incomplete,
                 fmt::format("{} lists {}{}; nothing was changed", printable(source),
                             now == 0 ? "no webhooks" : "only " + plural(now, "webhook"),
                             before ? fmt::format("; it had {} at the last mirror", *before) : ""),
                 "check the key and the account; if that is expected, pass --accept-shrunk");
}

void warn_of_shared_uuids(Plan& plan, const std::vector<webhook::Webhook>& present) {
  std::map<std::string, const webhook::Webhook*> holders;
  for (const auto& webhook : present)
    if (auto uuid = transform::uuid_of(webhook); !uuid.empty()) holders.emplace(std::move(uuid), &webhook);
  if (holders.empty()) return;
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto found = holders.find(transform::uuid_of(planned.webhook));
    if (found == holders.end()) continue;
    const auto& holder = *found->second;
    planned.warnings.push_back("has the UUID of " + webhook::describe(holder) +
                               (holder.id ? " with id " + std::to_string(*holder.id) : std::string()) +
                               " there; for one of its own: --fresh-uuids");
  }
}

std::string_view reason_of(NotTried why) {
  constexpr std::array<std::string_view, 3> reasons = {"interrupted", "the run ended before its turn",
                                                       "not everything else arrived as planned"};
  return reasons.at(static_cast<std::size_t>(why));
}

std::string_view name_of(WebhookOutcome::State state) {
  constexpr std::array<std::string_view, 8> names = {"created", "updated", "unchanged", "conflict",
                                                     "invalid", "deleted", "failed",    "not_sent"};
  static_assert(names.size() == static_cast<std::size_t>(WebhookOutcome::State::not_sent) + 1);
  return names.at(static_cast<std::size_t>(state));
}

std::size_t Outcome::count(WebhookOutcome::State state) const {
  return static_cast<std::size_t>(std::ranges::count(webhooks, state, &WebhookOutcome::state));
}

std::size_t Outcome::altered() const {
  return static_cast<std::size_t>(std::ranges::count(webhooks, true, &WebhookOutcome::altered));
}

std::optional<Cause> Outcome::shortfall() const {
  if (interrupted) return Cause::interrupted;
  if (ended_by) return ended_by->cause;
  using State = WebhookOutcome::State;
  const auto not_done = count(State::failed) + count(State::not_sent) + count(State::invalid);
  // What this run found altered is in its exit code, and not in those of later runs.
  const bool newly_altered = std::ranges::any_of(
      webhooks, [](const auto& webhook) { return webhook.altered && webhook.state != State::unchanged; });
  if (not_done + findings.size() + skipped > 0 || newly_altered) return Cause::incomplete;
  return std::nullopt;
}

Exit exit_of(const Outcome& outcome) {
  if (const auto shortfall = outcome.shortfall()) return *shortfall;
  return outcome.count(WebhookOutcome::State::conflict) > 0 ? Exit::differences : Exit::done;
}

Exit exit_of(const Plan& plan) {
  if (plan.writes() || plan.count(ledger::Action::conflict) > 0) return Exit::differences;
  const auto not_done = plan.count(ledger::Action::invalid) + plan.skipped.size();
  return not_done > 0 ? Exit::incomplete : Exit::done;
}

std::string describe(const SkippedUndo& skipped) {
  return webhook::describe(skipped.identity) +
         fmt::format(fmt::runtime(skipped.gone ? ", which had the id {}, {}" : " with id {} {}"), skipped.id,
                     skipped.why);
}

}  // namespace hookferry::plan
