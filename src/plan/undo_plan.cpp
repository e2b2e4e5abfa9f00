#include "plan/plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "webhook/kinds.hpp"

namespace hookferry::plan {
namespace {

using State = ledger::LedgerEntry::State;

/// Webhooks of the account that may be deleted ones: recreated by an undo that was killed before it recorded
/// that, or by another client. Each stands for one deleted webhook, and for none deleted while it was there.
class RecreationCandidates {
 public:
  /// `there`: id → digest of the content.
  RecreationCandidates(const std::vector<ledger::LedgerRun>& runs, std::map<std::int64_t, std::string> there,
                       const ledger::KnownOfAccount& known)
      : runs_(runs), ambiguous_(known.ambiguous) {
    for (auto& [id, content] : there) {
      places_.emplace(id, candidates_.size());
      candidates_.push_back({id, {std::move(content)}});
    }
    for (const auto& alteration : known.alterations) {
      const auto found = places_.find(alteration.id);
      if (found == places_.end()) continue;
      auto& stands_for = candidates_[found->second].stands_for;
      if (stands_for.front() == alteration.stored) stands_for.push_back(alteration.sent);
    }
  }

  /// Takes the first one that is there as it was sent, or as an earlier run has found it stored.
  bool take(std::size_t run, const std::string& sent) {
    const auto candidate =
        next(seen_by(run).candidates[sent], [&](std::size_t c) { return is_left(run, c); });
    if (candidate) candidates_[*candidate].taken = true;
    return candidate.has_value();
  }

  /// Takes what was sent, and may be one of those that came up.
  bool take_ambiguous(std::size_t run, const std::string& sent) {
    const auto may_be_there = [&](std::size_t u) {
      const auto& candidates = ambiguous_[u].candidates;
      return !ambiguous_taken_.contains(u) &&
             std::any_of(candidates.begin(), candidates.end(), [&](std::int64_t id) {
               const auto found = places_.find(id);
               return found != places_.end() && is_left(run, found->second);
             });
    };
    const auto ambiguous = next(seen_by(run).ambiguous[sent], may_be_there);
    if (ambiguous) ambiguous_taken_.insert(*ambiguous);
    return ambiguous.has_value();
  }

 private:
  struct Candidate {
    std::int64_t id;
    std::vector<std::string> stands_for;  ///< digests of what was sent: its own, then what was stored so
    bool taken = false;
  };
  /// Places in their order. One that is out of question once is so for good, and not looked at again.
  struct Queue {
    std::vector<std::size_t> places;
    std::size_t next = 0;
  };
  /// What a run leaves in question, by what was sent.
  struct SeenByRun {
    std::set<std::int64_t> present;
    std::map<std::string, Queue> candidates, ambiguous;
  };

  template <class InQuestion>
  static std::optional<std::size_t> next(Queue& queue, InQuestion in_question) {
    while (queue.next < queue.places.size())
      if (const auto place = queue.places[queue.next++]; in_question(place)) return place;
    return std::nullopt;
  }

  SeenByRun& seen_by(std::size_t run) {
    const auto [found, is_first] = seen_.try_emplace(run);
    auto& out = found->second;
    if (!is_first) return out;
    const auto& present = runs_[run].header.present;
    out.present = {present.begin(), present.end()};
    for (std::size_t c = 0; c < candidates_.size(); ++c)
      for (const auto& sent : candidates_[c].stands_for)
        if (is_left(run, c)) out.candidates[sent].places.push_back(c);
    for (std::size_t u = 0; u < ambiguous_.size(); ++u) out.ambiguous[ambiguous_[u].sent].places.push_back(u);
    return out;
  }

  /// What was there before the run is not what it deleted.
  bool is_left(std::size_t run, std::size_t c) const {
    return !candidates_[c].taken && !seen_.at(run).present.contains(candidates_[c].id);
  }

  const std::vector<ledger::LedgerRun>& runs_;
  std::vector<Candidate> candidates_;  ///< by id
  std::map<std::int64_t, std::size_t> places_;
  std::vector<ledger::KnownAmbiguous> ambiguous_;
  std::set<std::size_t> ambiguous_taken_;
  std::map<std::size_t, SeenByRun> seen_;
};

class UndoPlanner {
 public:
  UndoPlanner(const std::vector<ledger::LedgerRun>& runs, const std::vector<webhook::Webhook>& reading,
              const std::vector<OtherRun>& others)
      : runs_(runs) {
    plan_.is_undo = true;
    const auto learn_new_ids = [&](const ledger::LedgerRun& run) {
      for (const auto& entry : run.entries)
        if (entry.recreated && entry.destination_id) new_ids_[*entry.destination_id] = *entry.recreated;
    };
    for (const auto& run : runs) learn_new_ids(run);
    for (const auto& other : others) learn_new_ids(other.run);
    for (const auto& other : others) {
      if (other.run.is_undo()) continue;
      for (const auto& entry : other.run.entries)
        if (entry.destination_id) by_others_[id_of(entry)].push_back({&other, &entry});
    }
    for (const auto& run : runs) {
      if (run.is_undo()) continue;  // what an undo recreated stays
      for (const auto& entry : run.entries)
        if (entry.action == ledger::Action::create && entry.destination_id) made_here_.insert(id_of(entry));
    }
    for (const auto& webhook : reading)
      if (webhook.id) now_.emplace(*webhook.id, webhook);
  }

  void take_back(LedgerPlace place, const ledger::LedgerEntry& entry) {
    if (entry.state == State::ambiguous) {
      for (const auto id : entry.candidates)
        if (now_.contains(id) && skipped_.insert(id).second)
          plan_.skipped.push_back({entry.identity, id, "may be this run's or another client's; skipped"});
      return;
    }
    const bool undone = entry.state == State::undone;
    const bool written = undone || entry.state == State::arrived || entry.state == State::accepted ||
                         entry.state == State::removed;
    if (!written || !entry.destination_id) return;
    // A webhook that was skipped for a newer run is skipped for an older one, too.
    if (skipped_.contains(id_of(entry))) return;
    const auto found = now_.find(id_of(entry));
    auto* now = found == now_.end() ? nullptr : &found->second;
    // The account decides, not the record: a webhook that is still there as it was written was not deleted
    // after all. A run of another ledger may have made an update again.
    if (entry.action == ledger::Action::create) {
      // Few servers reuse an id; where one does, the webhook is the newest run's.
      if (created_.insert(id_of(entry)).second) remove(place, entry, now);
      return;
    }
    if (undone) ++plan_.already_undone;
    if (entry.action == ledger::Action::update && !undone) return restore(place, entry, now);
    if (entry.action == ledger::Action::remove && !undone && now == nullptr) return recreate(place, entry);
  }

  Plan finish(const ledger::KnownOfAccount& known) {
    std::set<std::int64_t> going;
    for (const auto& removal : removals_) going.insert(*removal.existing->id);
    // A webhook that will be deleted need not be restored first.
    std::erase_if(plan_.webhooks, [&](const PlannedWebhook& planned) {
      return planned.existing && planned.existing->id && going.contains(*planned.existing->id);
    });
    skip_recreated(known);
    std::ranges::move(removals_, std::back_inserter(plan_.webhooks));
    return std::move(plan_);
  }

 private:
  /// A webhook that was deleted and that an undo recreated has another id now.
  std::int64_t id_of(const ledger::LedgerEntry& entry) const {
    auto id = *entry.destination_id;
    for (auto steps = new_ids_.size(); steps > 0 && new_ids_.contains(id); --steps) id = new_ids_.at(id);
    return id;
  }

  static bool as_written(const ledger::LedgerEntry& entry, const webhook::Webhook& now) {
    if (entry.changed) return false;
    const auto digest = webhook::content_digest(now);
    if (!entry.stored.empty()) return digest == entry.stored;
    if (digest == entry.content) return true;
    if (entry.action != ledger::Action::create || now.identity != entry.identity) return false;
    // The run was killed before it read back what the server had stored. The server's own stamps say whether
    // the webhook was written once only.
    const auto document = json::Document::over(now.text.view());
    const webhook::WebhookMembers members(document.root(), now.form);
    return members.created_at && members.updated_at && !now.modified_after_creation;
  }

  /// The newest run of another ledger that came later and did that to the webhook.
  template <class Did>
  const OtherRun* newer_run(LedgerPlace place, std::int64_t id, Did did) const {
    const OtherRun* out = nullptr;
    const auto found = by_others_.find(id);
    if (found == by_others_.end()) return out;
    for (const auto& [other, entry] : found->second) {
      if (other->run.order <= runs_[place.run].order) continue;
      if (out != nullptr && other->run.order < out->run.order) continue;
      if (did(*entry)) out = other;
    }
    return out;
  }

  void skip(const ledger::LedgerEntry& entry, const std::string& why) {
    skipped_.insert(id_of(entry));
    plan_.skipped.push_back({entry.identity, id_of(entry), why});
  }

  void skip_changed(LedgerPlace place, const ledger::LedgerEntry& entry, const webhook::Webhook& now) {
    const auto digest = webhook::content_digest(now);
    const auto* newer = newer_run(place, id_of(entry), [&](const ledger::LedgerEntry& its) {
      return its.state == State::arrived && its.stored == digest;
    });
    skip(entry, newer == nullptr
                    ? std::string("was changed by another client since; skipped")
                    : "was overwritten by a newer run; undo that one first (" + newer->ledger + ")");
  }

  void remove(LedgerPlace place, const ledger::LedgerEntry& entry, const webhook::Webhook* now) {
    const bool used_again = now != nullptr && entry.state == State::undone && !as_written(entry, *now);
    if (now == nullptr || used_again) {
      ++plan_.already_undone;
    } else if (as_written(entry, *now)) {
      PlannedWebhook planned;
      planned.action = ledger::Action::remove;
      // `now` is what an older run left where a newer update was reverted on the way.
      const auto restore = restore_of_.find(id_of(entry));
      planned.existing = restore != restore_of_.end() ? plan_.webhooks[restore->second].existing
                                                      : std::make_shared<const webhook::Webhook>(*now);
      planned.webhook = *planned.existing;
      planned.webhook.identity = entry.identity;  // as the run wrote it, and as its report called it
      planned.takes_back = {place};
      removals_.push_back(std::move(planned));
    } else {
      skip_changed(place, entry, *now);
    }
  }

  void restore(LedgerPlace place, const ledger::LedgerEntry& entry, webhook::Webhook* now) {
    const auto before = webhook_before(entry);
    if (now == nullptr) {
      // One that this ledger made, too, was to go in any case.
      if (made_here_.contains(id_of(entry))) return;
      const auto* newer = newer_run(
          place, id_of(entry), [](const ledger::LedgerEntry& its) { return its.state == State::removed; });
      return skip(entry, newer == nullptr
                             ? std::string("is gone; it is not recreated")
                             : "was deleted by a newer run; undo that one first (" + newer->ledger + ")");
    }
    if (webhook::content_digest(*now) == webhook::content_digest(before)) {
      ++plan_.already_undone;
      return;
    }
    if (!as_written(entry, *now)) return skip_changed(place, entry, *now);
    add_restore(place, id_of(entry), before, now);
    *now = before;  // what an older run of the same ledger will find
  }

  /// One that these runs made, too, was to go in any case.
  void recreate(LedgerPlace place, const ledger::LedgerEntry& entry) {
    if (made_here_.contains(id_of(entry))) {
      ++plan_.already_undone;
      return;
    }
    const auto before = webhook_before(entry);
    add_restore(place, id_of(entry), before, nullptr);
    now_.emplace(id_of(entry), before);  // what an older run will find
  }

  /// `now`: nothing where it is gone, and so is made again; its old id stands for the one of the source then.
  void add_restore(LedgerPlace place, std::int64_t id, const webhook::Webhook& before,
                   const webhook::Webhook* now) {
    const auto stripped = transform::transform({before}, {}).front().webhook;
    const auto [found, is_first] = restore_of_.emplace(id, plan_.webhooks.size());
    if (is_first) {
      auto& planned = plan_.webhooks.emplace_back();
      planned.action = now != nullptr ? ledger::Action::update : ledger::Action::create;
      if (now != nullptr) planned.existing = std::make_shared<const webhook::Webhook>(*now);
      if (now == nullptr) planned.source_id = id;
    }
    plan_.webhooks[found->second].webhook = stripped;
    plan_.webhooks[found->second].takes_back.push_back(place);
  }

  void skip_recreated(const ledger::KnownOfAccount& known) {
    std::set<std::int64_t> new_ids;
    for (const auto& [id, new_id] : new_ids_) new_ids.insert(new_id);
    std::map<std::int64_t, std::string> possible;
    for (const auto& [id, webhook] : now_)
      if (!made_here_.contains(id) && !restore_of_.contains(id) && !new_ids.contains(id))
        possible.emplace(id, webhook::content_digest(webhook));
    RecreationCandidates candidates(runs_, std::move(possible), known);
    // std::erase_if may ask in any order, and a candidate goes to the first webhook that asks for it.
    std::vector<PlannedWebhook> kept;
    for (auto& planned : plan_.webhooks) {
      const auto sent = webhook::content_digest(planned.webhook);
      const auto run = planned.takes_back.front().run;
      if (planned.action == ledger::Action::create && candidates.take(run, sent))
        plan_.already_undone += planned.takes_back.size();
      else if (planned.action == ledger::Action::create && candidates.take_ambiguous(run, sent))
        plan_.skipped.push_back({planned.webhook.identity, planned.source_id.value_or(0),
                                 "may have been recreated by an earlier undo; not recreated", true});
      else
        kept.push_back(std::move(planned));
    }
    plan_.webhooks = std::move(kept);
  }

  const std::vector<ledger::LedgerRun>& runs_;
  /// What runs of other ledgers did to a webhook, in their order.
  std::map<std::int64_t, std::vector<std::pair<const OtherRun*, const ledger::LedgerEntry*>>> by_others_;
  std::map<std::int64_t, std::int64_t> new_ids_;  ///< of webhooks that were deleted and recreated
  std::map<std::int64_t, webhook::Webhook> now_;
  std::map<std::int64_t, std::size_t> restore_of_;
  std::set<std::int64_t> made_here_;
  std::set<std::int64_t> created_;  ///< those of made_here_ that were looked at
  std::set<std::int64_t> skipped_;
  std::vector<PlannedWebhook> removals_;  ///< they come last in the plan
  Plan plan_;
};

/// What these runs know, and what is known beside.
ledger::KnownOfAccount with_those_of(const std::vector<ledger::LedgerRun>& runs,
                                     const ledger::KnownOfAccount& known) {
  ledger::KnownOfAccount out{ledger::known_alterations(runs), ledger::known_ambiguous(runs)};
  out.alterations.insert(out.alterations.end(), known.alterations.begin(), known.alterations.end());
  std::set<std::string> of_runs;
  for (const auto& one : out.ambiguous) of_runs.insert(one.sent);
  for (const auto& one : known.ambiguous)
    if (!of_runs.contains(one.sent)) out.ambiguous.push_back(one);
  return out;
}

}  // namespace

Plan make_undo_plan(const std::vector<ledger::LedgerRun>& runs, const std::vector<webhook::Webhook>& reading,
                    const ledger::KnownOfAccount& known, const std::vector<OtherRun>& others) {
  UndoPlanner planner(runs, reading, others);
  for (std::size_t run = runs.size(); run-- > 0;) {
    if (runs[run].is_undo()) continue;
    for (const auto& entry : runs[run].entries) planner.take_back({run, entry.n}, entry);
  }
  return planner.finish(with_those_of(runs, known));
}

}  // namespace hookferry::plan
