#include "delivery/reconciliation.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <utility>

namespace hookferry::delivery {
namespace {

using State = ledger::LedgerEntry::State;

bool is_open(const ledger::LedgerEntry& entry) {
  return entry.state == State::intended || entry.state == State::accepted;
}

/// The creation or update that the entry is about.
Operation operation_of(const ledger::LedgerEntry& entry) {
  Operation out;
  out.identity = entry.identity;
  // A damaged digest matches no content. See damaged_open_entry().
  out.content = sha256_of_hex(entry.content).value_or(Sha256{});
  if (entry.action != ledger::Action::update) return out;
  out.kind = Operation::Kind::update;
  out.id = entry.destination_id;
  const auto before = webhook_before(entry);
  out.before = webhook::digest_of(before);
  out.updated_at = before.updated_at;
  return out;
}

SentWebhook sent_webhook(const ledger::LedgerRun& run, const ledger::LedgerEntry& entry,
                         const Operation& operation, const Numbers& numbers) {
  SentWebhook out;
  out.operation = &operation;
  out.sent_at = run.header.server_time;
  // Any time may have passed, so content that is neither the old one nor the sent one may be another
  // client's.
  out.confirmed = entry.state == State::accepted && !out.is_update();
  if (!out.is_update())
    out.answered_id = answered_id({entry.destination_id, entry.destination_uuid}, numbers);
  return out;
}

/// Webhooks that came up while the run's requests could be carried out, and that nothing accounts for, may be
/// as many of those that were sent and are not there, stored under another alias or type.
void suspect_newcomers(Attribution& attribution, const std::vector<SentWebhook>& sent,
                       const ledger::LedgerRun& run, const MayBeOurs& ours,
                       const std::vector<SnapshotEntry>& snapshot) {
  std::vector<std::size_t> open;
  std::vector<webhook::Identity> identities;
  std::set<std::int64_t> accounted;
  for (std::size_t k = 0; k < sent.size(); ++k) {
    const auto& candidates = attribution.candidates[k];
    if (attribution.arrivals[k]) accounted.insert(attribution.arrivals[k]->id);
    if (sent[k].is_update()) accounted.insert(*sent[k].operation->id);
    accounted.insert(candidates.begin(), candidates.end());
    if (attribution.arrivals[k] || !candidates.empty() || sent[k].confirmed) continue;
    open.push_back(k);
    identities.push_back(sent[k].identity());
  }
  if (open.empty()) return;
  constexpr std::int64_t longest_request = 600'000;
  std::optional<ServerTime> last;
  if (run.header.server_time)
    last = *run.header.server_time + std::max<std::int64_t>(0, run.last_at - run.began) + run.header.settle +
           longest_request;
  std::vector<const SnapshotEntry*> newcomers;
  for (const auto& entry : snapshot) {
    const bool in_time = !was_created_before(entry, run.header.server_time) &&
                         !(last && entry.created_at && *entry.created_at > *last);
    if (in_time && ours(entry) && !accounted.contains(entry.id)) newcomers.push_back(&entry);
  }
  const auto suspected = match_newcomers(identities, newcomers);
  for (std::size_t k = 0; k < open.size(); ++k)
    if (suspected[k]) attribution.candidates[open[k]] = {*suspected[k]};
}

/// How long a snapshot may still lag behind the run's writes.
std::int64_t fresh_for(const ledger::LedgerRun& run, Milliseconds settle, std::int64_t now) {
  if (!run.begun()) return 0;
  const auto since = run.last_activity ? now - *run.last_activity : 0;
  return std::clamp<std::int64_t>(settle.count() - since, 0, settle.count());
}

}  // namespace

ExpectedState expectations(const std::vector<ledger::LedgerRun>& runs, Milliseconds settle,
                           std::int64_t now) {
  ExpectedState out;
  out.settle = settle;
  if (runs.empty()) return out;
  auto longest = settle;
  for (const auto& run : runs) {
    if (run.begun() && !run.settled) out.open.push_back(run);
    longest = std::max(longest, Milliseconds(run.header.settle));
  }

  // The last run counts, except while a snapshot may lag behind an earlier one: the runs since that one wrote
  // nothing and do not record what it left.
  const auto wrote =
      std::find_if(runs.rbegin(), runs.rend(), [](const ledger::LedgerRun& run) { return run.begun(); });
  // A run of unknown age counts as that only where none came after it.
  const bool hides = wrote != runs.rend() && wrote->last_activity && fresh_for(*wrote, longest, now) > 0;
  const auto& last = hides ? *wrote : runs.back();
  if (last.begun() || !out.open.empty()) out.settle = longest;
  out.fresh = Milliseconds(fresh_for(last, out.settle, now));

  for (const auto id : last.header.present) out.left.emplace(id, std::nullopt);
  for (const auto& entry : last.entries) {
    // A snapshot has shown the candidates, no matter which client created them.
    for (const auto id : entry.candidates)
      if (entry.state == State::ambiguous) out.left.emplace(id, std::nullopt);
    if (!entry.destination_id) continue;
    if (entry.state == State::arrived)
      out.left[*entry.destination_id] = entry.changed ? std::nullopt : sha256_of_hex(entry.stored);
    // An open deletion says nothing about whether its webhook is there.
    const bool deletion = entry.action == ledger::Action::remove;
    if (deletion && (entry.state == State::removed || is_open(entry))) out.left.erase(*entry.destination_id);
    if (deletion && entry.state == State::removed) out.gone.insert(*entry.destination_id);
  }

  // In ledgers of version 1, what an undo deleted is recorded only at the runs that created it.
  for (const auto& run : runs) {
    for (const auto& entry : run.entries) {
      if (entry.state != State::undone || entry.action != ledger::Action::create || !entry.destination_id)
        continue;
      out.left.erase(*entry.destination_id);
      if (runs.back().is_undo()) out.gone.insert(*entry.destination_id);
    }
  }
  return out;
}

const ledger::LedgerEntry* damaged_open_entry(const std::vector<ledger::LedgerRun>& open) {
  for (const auto& run : open) {
    for (const auto& entry : run.entries) {
      const bool sent = entry.action == ledger::Action::remove || sha256_of_hex(entry.content);
      const bool written_over = entry.action != ledger::Action::update || !entry.before.empty();
      if (is_open(entry) && !(sent && written_over)) return &entry;
    }
  }
  return nullptr;
}

Recovery recover(const ledger::LedgerRun& run, const std::vector<SnapshotEntry>& snapshot) {
  Recovery out;
  std::set<std::int64_t> shown;
  for (const auto& entry : snapshot) shown.insert(entry.id);
  std::vector<std::size_t> places, missing;
  std::deque<Operation> operations;
  std::vector<SentWebhook> sent;
  const auto numbers = numbers_in(snapshot);
  for (const auto& entry : run.entries) {
    if (!is_open(entry)) continue;
    if (entry.action == ledger::Action::remove) {
      if (shown.contains(entry.destination_id.value_or(0)))
        missing.push_back(entry.n);
      else
        out.records.push_back(RecordRemoved{entry.n});
      continue;
    }
    places.push_back(entry.n);
    sent.push_back(sent_webhook(run, entry, operations.emplace_back(operation_of(entry)), numbers));
  }
  std::set<std::int64_t> arrived;
  for (const auto& entry : run.entries)
    if (entry.destination_id && entry.state == State::arrived) arrived.insert(*entry.destination_id);
  const std::set<std::int64_t> present(run.header.present.begin(), run.header.present.end());
  std::map<std::int64_t, std::optional<Sha256>> unchanged;
  for (const auto& entry : run.entries)
    if (entry.action == ledger::Action::unchanged && entry.destination_id)
      unchanged.emplace(*entry.destination_id, sha256_of_hex(entry.content));
  // The id of a webhook of before is in use again if the server created what has that id since. The times of
  // the server are not that exact, so a webhook that is as the plan knows it is the one of before.
  const auto ours = [&](const SnapshotEntry& entry) {
    if (arrived.contains(entry.id)) return false;
    if (!present.contains(entry.id)) return true;
    const auto known = unchanged.find(entry.id);
    return was_created_since(entry, run.header.server_time) &&
           (known == unchanged.end() || known->second != entry.content);
  };
  auto attribution = attribute(sent, ours, snapshot, true);
  suspect_newcomers(attribution, sent, run, ours, snapshot);
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (attribution.arrivals[k]) {
      out.records.push_back(RecordArrived{places[k], *attribution.arrivals[k]});
    } else if (!attribution.candidates[k].empty()) {
      out.records.push_back(RecordAmbiguous{places[k], attribution.candidates[k]});
    } else {
      missing.push_back(places[k]);
      if (sent[k].confirmed) ++out.unseen;
    }
  }
  if (!missing.empty())
    out.records.push_back(RecordNotApplied{missing, "not there when a later run read the account"});
  return out;
}

Reconciliation::Reconciliation(ExpectedState expected, bool accept_shrunk)
    : expected_(std::move(expected)), accept_shrunk_(accept_shrunk), may_vanish_(expected_.gone) {
  for (const auto& run : expected_.open)
    for (const auto& entry : run.entries)
      if (entry.action == ledger::Action::remove && entry.destination_id)
        may_vanish_.insert(*entry.destination_id);
}

Instructions Reconciliation::step(Moment moment, const Event& event) {
  moment_ = moment;
  instructions_.clear();
  if (finished_) return {};
  if (std::holds_alternative<Started>(event)) started_ = moment.now;
  if (std::holds_alternative<Unreadable>(event)) end(Stop::Why::unreadable);
  if (const auto* snapshot = std::get_if<Snapshot>(&event)) {
    reading_ = false;
    std::set<std::int64_t> known = seen_, shown;
    for (const auto& [id, content] : expected_.left) known.insert(id);
    for (const auto& entry : snapshot->webhooks) {
      shown.insert(entry.id);
      if (!may_vanish_.contains(entry.id)) seen_.insert(entry.id);
    }
    missing_.clear();
    std::ranges::set_difference(known, shown, std::back_inserter(missing_));
    if (expected_.open.empty() && !expected_.wait_for_others)
      judge_settled(*snapshot);
    else
      judge_open(*snapshot);
  }
  if (const auto* asked = std::get_if<Asked>(&event)) handle(asked->presence);
  if (!finished_ && !reading_ && instructions_.empty()) {
    reading_ = moment.now >= window_.next_look;
    if (reading_)
      instructions_.emplace_back(Read{});
    else
      instructions_.emplace_back(Pause{window_.next_look});
  }
  return std::move(instructions_);
}

/// Requests of a killed run may still have been under way when this run started. So a snapshot counts only if
/// it was requested a whole settle time later.
void Reconciliation::judge_open(const Snapshot& snapshot) {
  window_.certain_from = started_ + expected_.settle.count();
  if (!std::exchange(looked_, true) || !window_.proves_absence(snapshot)) {
    waiting_ = Waiting::open_outcomes;
    window_.next_look = window_.certain_from;
    return;
  }
  unseen_ = 0;
  for (const auto& run : expected_.open) unseen_ += recover(run, snapshot.webhooks).unseen;
  const bool whole = missing_.empty() && unseen_ == 0;
  end(whole || accept_shrunk_ ? std::nullopt : std::optional(Stop::Why::not_whole));
}

/// A webhook is missing for certain only if two snapshots at least the settle time apart do not show it, nor
/// any between them. An account that lists other webhooks each time is not waited for without end.
void Reconciliation::judge_settled(const Snapshot& snapshot) {
  const auto settle = expected_.settle.count();
  std::erase_if(absent_since_, [&](const auto& one) {
    return !std::binary_search(missing_.begin(), missing_.end(), one.first);
  });
  bool all_were_missing = true;  // A single snapshot proves no absence, even without a settle time.
  for (const auto id : missing_) all_were_missing &= !absent_since_.try_emplace(id, snapshot.began).second;
  if (!first_ && !missing_.empty()) first_ = snapshot.began;

  // While the last run's writes are fresh, a snapshot may still show what was there before them.
  const auto fresh_until = started_ + expected_.fresh.count();
  const bool stale =
      snapshot.began < fresh_until && std::ranges::any_of(snapshot.webhooks, [&](const SnapshotEntry& entry) {
        const auto left = expected_.left.find(entry.id);
        return expected_.gone.contains(entry.id) ||
               (left != expected_.left.end() && left->second && *left->second != entry.content);
      });
  if (missing_.empty() && !stale) return end(std::nullopt);

  window_.certain_from = fresh_until;
  for (const auto& [id, since] : absent_since_)
    window_.certain_from = std::max(window_.certain_from, since + settle);
  if (!all_were_missing || !window_.proves_absence(snapshot)) {
    const auto settled_at = std::max(fresh_until, first_.value_or(0) + settle);
    const bool changing = first_ && snapshot.began >= settled_at + settle;
    if (changing && !accept_shrunk_) return end(Stop::Why::unsure);
    waiting_ = Waiting::stale_reading;
    return window_.look_again(moment_.now);
  }
  if (missing_.empty() || accept_shrunk_) return end(std::nullopt);
  const auto shown = expected_.left.size() - left_of(missing_).size();
  if (2 * shown < expected_.left.size()) return end(Stop::Why::shrunk);
  instructions_.emplace_back(Ask{missing_.front()});
}

/// No plan is made from a list if a webhook that it does not show is there, or may be.
void Reconciliation::handle(api::Presence presence) {
  if (presence == api::Presence::there) return end(Stop::Why::short_of);
  if (presence == api::Presence::unknown) return end(Stop::Why::unsure);
  if (++asked_ == missing_.size()) return end(std::nullopt);
  instructions_.emplace_back(Ask{missing_[asked_]});
}

std::vector<std::int64_t> Reconciliation::left_of(std::vector<std::int64_t> ids) const {
  std::erase_if(ids, [&](std::int64_t id) { return !expected_.left.contains(id); });
  return ids;
}

void Reconciliation::end(std::optional<Stop::Why> why) {
  finished_ = true;
  if (!why) {
    deleted_ = left_of(missing_);
    return;
  }
  stop_ = Stop{*why, missing_, expected_.left.size(), unseen_};
  if (*why == Stop::Why::short_of) stop_->not_shown = {missing_[asked_]};
  if (*why == Stop::Why::shrunk) stop_->not_shown = left_of(missing_);
}

}  // namespace hookferry::delivery
