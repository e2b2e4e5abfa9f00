#include "migration/undo_plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "migration/transformer.hpp"

namespace hookferry {
namespace {

using State = LedgerEntry::State;

/// Written once and not touched since, by the server's own stamps. Only asked where a run was killed before
/// it read back what the server had made of its webhook.
bool never_updated(const Webhook& webhook) {
  const auto document = json::Document::over(webhook.text);
  const auto created = document.root().find("created_at");
  const auto updated = document.root().find("updated_at");
  return created && updated && created->text() == updated->text();
}

/// Ids of webhooks that were deleted, and made again by an undo under another id.
class NewIds {
 public:
  void learn(const LedgerRun& run) {
    for (const auto& entry : run.entries)
      if (entry.made_again && entry.destination_id) new_ids_[*entry.destination_id] = *entry.made_again;
  }
  std::int64_t now(std::int64_t id) const {
    for (auto steps = new_ids_.size(); steps > 0 && new_ids_.contains(id); --steps) id = new_ids_.at(id);
    return id;
  }
  /// Whether that webhook is known to stand for one that was deleted.
  bool is_new(std::int64_t id) const {
    return std::any_of(new_ids_.begin(), new_ids_.end(), [&](const auto& one) { return one.second == id; });
  }

 private:
  std::map<std::int64_t, std::int64_t> new_ids_;
};

class UndoPlanner {
 public:
  UndoPlanner(const std::vector<LedgerRun>& runs, const std::vector<Webhook>& reading,
              const std::vector<OtherRun>& others)
      : runs_(runs), others_(others) {
    for (const auto& run : runs) new_ids_.learn(run);
    for (const auto& other : others) new_ids_.learn(other.run);
    for (const auto& run : runs) {
      if (run.is_undo()) continue;  // what that made again is to stay
      for (const auto& entry : run.entries)
        if (entry.action == Action::create && entry.destination_id) made_here_.insert(id_of(entry));
    }
    for (const auto& webhook : reading)
      if (webhook.id) now_.emplace(*webhook.id, webhook);
  }

  void take_back(LedgerPlace place, const LedgerEntry& entry) {
    if (entry.state == State::unclear) return leave_unclear(entry);
    const bool undone = entry.state == State::undone;
    const bool written = undone || entry.state == State::arrived || entry.state == State::accepted ||
                         entry.state == State::removed;
    if (!written || !entry.destination_id) return;
    // What was left for a newer run's sake is not that of an older one either.
    if (left_.contains(id_of(entry))) return;
    const auto found = now_.find(id_of(entry));
    auto* now = found == now_.end() ? nullptr : &found->second;
    // What the account shows decides, not what was noted: what still is there as it was written was not
    // deleted after all. An update may have been made again by a run of another ledger.
    if (entry.action == Action::create) {
      // Few servers use an id again; where one does, it is the newest run's.
      if (created_.insert(id_of(entry)).second) remove(place, entry, now);
      return;
    }
    if (undone) ++plan_.already;
    if (entry.action == Action::update && !undone) return restore(place, entry, now);
    if (entry.action == Action::remove && !undone && now == nullptr) return make_again(place, entry);
  }

  UndoPlan finish(const KnownOfAccount& known) {
    // What is to go needs no restoring first.
    for (std::size_t i = plan_.restores.webhooks.size(); i-- > 0;) {
      const auto& existing = plan_.restores.webhooks[i].existing;
      const bool goes =
          existing && std::any_of(plan_.removals.begin(), plan_.removals.end(),
                                  [&](const Removal& removal) { return removal.id == existing->id; });
      if (goes) drop_restore(i);
    }
    leave_what_was_made_again(known);
    return std::move(plan_);
  }

 private:
  std::int64_t id_of(const LedgerEntry& entry) const { return new_ids_.now(*entry.destination_id); }

  void drop_restore(std::size_t i) {
    plan_.restores.webhooks.erase(plan_.restores.webhooks.begin() + static_cast<std::ptrdiff_t>(i));
    plan_.restore_places.erase(plan_.restore_places.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void leave_unclear(const LedgerEntry& entry) {
    for (const auto id : entry.perhaps)
      if (now_.contains(id) && left_.insert(id).second)
        plan_.left.push_back({entry.identity, id, "may be this run's or someone else's; left as it is"});
  }

  static bool as_written(const LedgerEntry& entry, const Webhook& now) {
    if (entry.changed) return false;
    const auto digest = content_digest(now);
    if (!entry.stored.empty()) return digest == entry.stored;
    return digest == entry.content ||
           (entry.action == Action::create && now.identity == entry.identity && never_updated(now));
  }

  /// The newest run of another ledger that came later and did that to the webhook.
  template <class Did>
  const OtherRun* newer_run(LedgerPlace place, std::int64_t id, Did did) const {
    const OtherRun* out = nullptr;
    for (const auto& other : others_) {
      if (other.run.began <= runs_[place.run].began || other.run.is_undo()) continue;
      if (out != nullptr && other.run.began < out->run.began) continue;
      for (const auto& entry : other.run.entries)
        if (entry.destination_id && id_of(entry) == id && did(entry)) out = &other;
    }
    return out;
  }

  void leave(const LedgerEntry& entry, const std::string& why) {
    left_.insert(id_of(entry));
    plan_.left.push_back({entry.identity, id_of(entry), why});
  }

  void leave_changed(LedgerPlace place, const LedgerEntry& entry, const Webhook& now) {
    const auto digest = content_digest(now);
    const auto* newer = newer_run(place, id_of(entry), [&](const LedgerEntry& its) {
      return its.state == State::arrived && its.stored == digest;
    });
    leave(entry, newer == nullptr
                     ? std::string("was changed by someone since; left as it is")
                     : "was written over by a newer run; take that one back first (" + newer->ledger + ")");
  }

  void remove(LedgerPlace place, const LedgerEntry& entry, const Webhook* now) {
    const bool used_again = now != nullptr && entry.state == State::undone && !as_written(entry, *now);
    if (now == nullptr || used_again) {
      ++plan_.already;
    } else if (as_written(entry, *now)) {
      plan_.removals.push_back({place, id_of(entry), entry.identity});
    } else {
      leave_changed(place, entry, *now);
    }
  }

  void restore(LedgerPlace place, const LedgerEntry& entry, Webhook* now) {
    const auto document = json::Document::parse(entry.before);
    const auto before = read_webhook(document.root());
    if (now == nullptr) {
      // One that this ledger made, too, was to go in any case.
      if (made_here_.contains(id_of(entry))) return;
      const auto* newer =
          newer_run(place, id_of(entry), [](const LedgerEntry& its) { return its.state == State::removed; });
      return leave(entry, newer == nullptr ? std::string("is gone; it is not made again")
                                           : "was deleted by a newer run; take that one back first (" +
                                                 newer->ledger + ")");
    }
    if (content_digest(*now) == content_digest(before)) {
      ++plan_.already;
      return;
    }
    if (!as_written(entry, *now)) return leave_changed(place, entry, *now);
    add_restore(place, id_of(entry), before, now);
    *now = before;  // what an older run of the same ledger will find
  }

  /// One that these runs made, too, was to go in any case.
  void make_again(LedgerPlace place, const LedgerEntry& entry) {
    if (made_here_.contains(id_of(entry))) {
      ++plan_.already;
      return;
    }
    const auto document = json::Document::parse(entry.before);
    const auto before = read_webhook(document.root());
    add_restore(place, id_of(entry), before, nullptr);
    now_.emplace(id_of(entry), before);  // what an older run will find
  }

  /// `now`: nothing where it is gone, and so is made again; its old id stands for the one of the source then.
  void add_restore(LedgerPlace place, std::int64_t id, const Webhook& before, const Webhook* now) {
    const auto stripped = transform({before}, {}).front().webhook;
    const auto [found, is_first] = restore_of_.emplace(id, plan_.restores.webhooks.size());
    if (is_first) {
      PlannedWebhook planned;
      planned.action = now != nullptr ? Action::update : Action::create;
      if (now != nullptr) planned.existing = std::make_shared<const Webhook>(*now);
      if (now == nullptr) planned.source_id = id;
      plan_.restores.webhooks.push_back(std::move(planned));
      plan_.restore_places.emplace_back();
    }
    plan_.restores.webhooks[found->second].webhook = stripped;
    plan_.restore_places[found->second].push_back(place);
  }

  struct Candidate {
    std::int64_t id;
    std::string content;  ///< digest
    bool taken = false;
  };

  /// By an undo that was killed before it could say so, or by somebody.
  void leave_what_was_made_again(const KnownOfAccount& known) {
    std::vector<Candidate> candidates;
    for (const auto& [id, webhook] : now_)
      if (!made_here_.contains(id) && !restore_of_.contains(id) && !new_ids_.is_new(id))
        candidates.push_back({id, content_digest(webhook)});
    auto unclear = known.unclear;
    for (std::size_t i = 0; i < plan_.restores.webhooks.size();) {
      const auto& planned = plan_.restores.webhooks[i];
      const auto& places = plan_.restore_places[i];
      // What was there before the run is not what was deleted.
      const auto& before = runs_[places.front().run].header.present;
      const std::set<std::int64_t> present(before.begin(), before.end());
      const auto came_up = [&](const Candidate& one) { return !one.taken && !present.contains(one.id); };
      const auto sent = content_digest(planned.webhook);
      if (planned.action != Action::create) {
        ++i;
      } else if (take(candidates, came_up, sent, known.alterations)) {
        plan_.already += places.size();
        drop_restore(i);
      } else if (take(unclear, candidates, came_up, sent)) {
        plan_.left.push_back({planned.webhook.identity, planned.source_id.value_or(0),
                              "may have been made again by an earlier undo; not made again", true});
        drop_restore(i);
      } else {
        ++i;
      }
    }
  }

  /// The one that is there as it was sent, or as an earlier run has found it stored.
  template <class CameUp>
  static bool take(std::vector<Candidate>& candidates, CameUp came_up, const std::string& sent,
                   const std::vector<KnownAlteration>& alterations) {
    const auto stored_otherwise = [&](const Candidate& one) {
      return std::any_of(alterations.begin(), alterations.end(), [&](const KnownAlteration& known) {
        return known.sent == sent && known.id == one.id && known.stored == one.content;
      });
    };
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& one) {
      return came_up(one) && (one.content == sent || stored_otherwise(one));
    });
    if (found == candidates.end()) return false;
    found->taken = true;
    return true;
  }

  /// What was sent, and may be one of those that came up.
  template <class CameUp>
  static bool take(std::vector<KnownUnclear>& unclear, const std::vector<Candidate>& candidates,
                   CameUp came_up, const std::string& sent) {
    const auto found = std::find_if(unclear.begin(), unclear.end(), [&](const KnownUnclear& known) {
      return known.sent == sent &&
             std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) {
               return came_up(one) &&
                      std::find(known.perhaps.begin(), known.perhaps.end(), one.id) != known.perhaps.end();
             });
    });
    if (found == unclear.end()) return false;
    unclear.erase(found);
    return true;
  }

  const std::vector<LedgerRun>& runs_;
  const std::vector<OtherRun>& others_;
  NewIds new_ids_;
  std::map<std::int64_t, Webhook> now_;
  std::map<std::int64_t, std::size_t> restore_of_;
  std::set<std::int64_t> made_here_;
  std::set<std::int64_t> created_;  ///< those of made_here_ that were looked at
  std::set<std::int64_t> left_;
  UndoPlan plan_;
};

/// What these runs know, and what is known beside.
KnownOfAccount with_those_of(const std::vector<LedgerRun>& runs, const KnownOfAccount& known) {
  KnownOfAccount out{known_alterations(runs), known_unclear(runs)};
  out.alterations.insert(out.alterations.end(), known.alterations.begin(), known.alterations.end());
  const auto of_runs = out.unclear;
  for (const auto& one : known.unclear)
    if (std::none_of(of_runs.begin(), of_runs.end(),
                     [&](const KnownUnclear& other) { return other.sent == one.sent; }))
      out.unclear.push_back(one);
  return out;
}

}  // namespace

std::string describe(const LeftAlone& left) {
  const auto id = std::to_string(left.id);
  return describe(left.identity) + (left.gone ? ", which had the id " + id + ", " : " with id " + id + " ") +
         left.why;
}

UndoPlan make_undo_plan(const std::vector<LedgerRun>& runs, const std::vector<Webhook>& reading,
                        const KnownOfAccount& known, const std::vector<OtherRun>& others) {
  UndoPlanner planner(runs, reading, others);
  for (std::size_t run = runs.size(); run-- > 0;) {
    if (runs[run].is_undo()) continue;
    for (const auto& entry : runs[run].entries) planner.take_back({run, entry.n}, entry);
  }
  return planner.finish(with_those_of(runs, known));
}

}  // namespace hookferry
