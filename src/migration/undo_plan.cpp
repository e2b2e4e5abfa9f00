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
  const auto document = json::Document::parse(webhook.text);
  const auto created = document.root().find("created_at");
  const auto updated = document.root().find("updated_at");
  return created && updated && created->text() == updated->text();
}

class UndoPlanner {
 public:
  UndoPlanner(const std::vector<LedgerRun>& runs, const std::vector<Webhook>& reading) {
    for (const auto& run : runs)
      for (const auto& entry : run.entries)
        if (entry.action == "create" && entry.destination_id) made_here_.insert(*entry.destination_id);
    for (const auto& webhook : reading)
      if (webhook.id) now_.emplace(*webhook.id, webhook);
  }

  void take_back(LedgerPlace place, const LedgerEntry& entry) {
    if (entry.state == State::unclear) return leave_unclear(entry);
    const bool undone = entry.state == State::undone;
    const bool written = undone || entry.state == State::arrived || entry.state == State::accepted;
    if (!written || !entry.destination_id) return;
    // What was left for a newer run's sake is not that of an older one either.
    if (left_.contains(*entry.destination_id)) return;
    const auto found = now_.find(*entry.destination_id);
    auto* now = found == now_.end() ? nullptr : &found->second;
    // What the account shows decides, not what was noted: what still is there as it was written was not
    // deleted after all. An update may have been made again by a run of another ledger.
    if (entry.action == "create") {
      // Few servers use an id again; where one does, it is the newest run's.
      if (created_.insert(*entry.destination_id).second) remove(place, entry, now);
      return;
    }
    if (entry.action == "update" && undone) ++plan_.already;
    if (entry.action == "update" && !undone) return restore(place, entry, now);
  }

  UndoPlan finish() {
    // What is to go needs no restoring first.
    for (std::size_t i = plan_.restores.webhooks.size(); i-- > 0;) {
      const auto id = plan_.restores.webhooks[i].existing->id;
      if (std::none_of(plan_.removals.begin(), plan_.removals.end(),
                       [&](const Removal& removal) { return removal.id == id; }))
        continue;
      plan_.restores.webhooks.erase(plan_.restores.webhooks.begin() + static_cast<std::ptrdiff_t>(i));
      plan_.restore_places.erase(plan_.restore_places.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return std::move(plan_);
  }

 private:
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
           (entry.action == "create" && now.identity == entry.identity && never_updated(now));
  }

  void leave(const LedgerEntry& entry, const std::string& why) {
    left_.insert(*entry.destination_id);
    plan_.left.push_back({entry.identity, *entry.destination_id, why});
  }

  void remove(LedgerPlace place, const LedgerEntry& entry, const Webhook* now) {
    const bool used_again = now != nullptr && entry.state == State::undone && !as_written(entry, *now);
    if (now == nullptr || used_again) {
      ++plan_.already;
    } else if (as_written(entry, *now)) {
      plan_.removals.push_back({place, *entry.destination_id, entry.identity});
    } else {
      leave(entry, "was changed by someone since; left as it is");
    }
  }

  void restore(LedgerPlace place, const LedgerEntry& entry, Webhook* now) {
    const auto document = json::Document::parse(entry.before);
    const auto before = read_webhook(document.root());
    if (now == nullptr) {
      // One that this ledger made, too, was to go in any case.
      if (made_here_.contains(*entry.destination_id)) return;
      return leave(entry, "is gone; it is not made again");
    }
    if (content_digest(*now) == content_digest(before)) {
      ++plan_.already;
      return;
    }
    if (!as_written(entry, *now)) return leave(entry, "was changed by someone since; left as it is");
    add_restore(place, *entry.destination_id, before, *now);
    *now = before;  // what an older run of the same ledger will find
  }

  void add_restore(LedgerPlace place, std::int64_t id, const Webhook& before, const Webhook& now) {
    const auto stripped = transform({before}, {}).front().webhook;
    const auto [found, is_first] = restore_of_.emplace(id, plan_.restores.webhooks.size());
    if (is_first) {
      PlannedWebhook planned;
      planned.action = Action::update;
      planned.existing = now;
      plan_.restores.webhooks.push_back(std::move(planned));
      plan_.restore_places.emplace_back();
    }
    plan_.restores.webhooks[found->second].webhook = stripped;
    plan_.restore_places[found->second].push_back(place);
  }

  std::map<std::int64_t, Webhook> now_;
  std::map<std::int64_t, std::size_t> restore_of_;
  std::set<std::int64_t> made_here_;
  std::set<std::int64_t> created_;  ///< those of made_here_ that were looked at
  std::set<std::int64_t> left_;
  UndoPlan plan_;
};

}  // namespace

std::string describe(const LeftAlone& left) {
  return describe(left.identity) + " with id " + std::to_string(left.id) + " " + left.why;
}

UndoPlan make_undo_plan(const std::vector<LedgerRun>& runs, const std::vector<Webhook>& reading) {
  UndoPlanner planner(runs, reading);
  for (std::size_t run = runs.size(); run-- > 0;) {
    if (runs[run].header.command == "undo") continue;
    for (const auto& entry : runs[run].entries) planner.take_back({run, entry.n}, entry);
  }
  return planner.finish();
}

}  // namespace hookferry
