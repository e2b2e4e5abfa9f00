#include "delivery/reconciliation.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hookferry::delivery {
namespace {

using State = ledger::LedgerEntry::State;

bool is_open(const ledger::LedgerEntry& entry) {
  return entry.state == State::intended || entry.state == State::accepted;
}

/// What the ledger calls a digest and is none is no content's (see damaged_open_entry()).
Sha256 digest_in_ledger(const std::string& text) { return sha256_of_hex(text).value_or(Sha256{}); }

SentWebhook sent_webhook(const ledger::LedgerEntry& entry) {
  SentWebhook out;
  out.identity = entry.identity;
  out.content = digest_in_ledger(entry.content);
  out.confirmed = entry.state == State::accepted;
  if (entry.action == ledger::Action::update) {
    // Any time may have passed: what is neither what was there nor what was sent may be anybody's.
    out.confirmed = false;
    out.update_of = entry.destination_id;
    const auto before = json::Document::parse(entry.before);
    out.content_before = webhook::digest_of(webhook::read_webhook(before.root()));
  } else {
    out.answered_id = entry.destination_id;
  }
  return out;
}

/// A deletion that is open says nothing of whether its webhook is there.
void add_left(ExpectedState& out, const ledger::LedgerRun& last) {
  for (const auto id : last.header.present) out.left.emplace(id, std::nullopt);
  for (const auto& entry : last.entries) {
    // Whosever it is, it was seen there.
    for (const auto id : entry.candidates)
      if (entry.state == State::unclear) out.left.emplace(id, std::nullopt);
    if (!entry.destination_id) continue;
    if (entry.state == State::arrived)
      out.left[*entry.destination_id] = entry.changed ? std::nullopt : sha256_of_hex(entry.stored);
    const bool deletion = entry.action == ledger::Action::remove;
    if (deletion && (entry.state == State::removed || is_open(entry))) out.left.erase(*entry.destination_id);
    if (deletion && entry.state == State::removed) out.gone.insert(*entry.destination_id);
  }
}

/// Ledgers of version 1 note deletions only where they took something back.
void add_undone(ExpectedState& out, const std::vector<ledger::LedgerRun>& runs) {
  for (const auto& run : runs) {
    for (const auto& entry : run.entries) {
      if (entry.state != State::undone || entry.action != ledger::Action::create || !entry.destination_id)
        continue;
      out.left.erase(*entry.destination_id);
      if (runs.back().is_undo()) out.gone.insert(*entry.destination_id);
    }
  }
}

/// For how long a reading may still lag behind what it wrote.
std::int64_t fresh_for(const ledger::LedgerRun& run, std::int64_t settle, std::int64_t now) {
  return run.begun() ? std::clamp<std::int64_t>(run.last_activity + settle - now, 0, settle) : 0;
}

/// The last one; or, while a reading may lag behind one that wrote, that one: those after it wrote nothing,
/// and do not say what it left.
const ledger::LedgerRun& last_relevant_run(const std::vector<ledger::LedgerRun>& runs, std::int64_t settle,
                                           std::int64_t now) {
  const auto wrote =
      std::find_if(runs.rbegin(), runs.rend(), [](const ledger::LedgerRun& run) { return run.begun(); });
  return wrote != runs.rend() && fresh_for(*wrote, settle, now) > 0 ? *wrote : runs.back();
}

}  // namespace

ExpectedState expectations(const std::vector<ledger::LedgerRun>& runs, Milliseconds settle,
                           std::int64_t now) {
  ExpectedState out;
  out.settle = settle;
  if (runs.empty()) return out;
  for (const auto& run : runs)
    if (run.begun() && !run.settled) out.open.push_back(run);
  auto longest = out.settle;
  for (const auto& run : runs) longest = std::max(longest, Milliseconds(run.header.settle));
  const auto& last = last_relevant_run(runs, longest.count(), now);
  if (last.begun() || !out.open.empty()) out.settle = longest;
  add_left(out, last);
  add_undone(out, runs);
  out.fresh = Milliseconds(fresh_for(last, out.settle.count(), now));
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

Recovery recover(const ledger::LedgerRun& run, const std::vector<SnapshotEntry>& reading) {
  Recovery out;
  std::set<std::int64_t> not_ours(run.header.present.begin(), run.header.present.end());
  std::set<std::int64_t> shown;
  for (const auto& seen : reading) shown.insert(seen.id);
  std::vector<std::size_t> places, missing;
  std::vector<SentWebhook> sent;
  for (const auto& entry : run.entries) {
    if (entry.state == State::arrived && entry.destination_id) not_ours.insert(*entry.destination_id);
    if (!is_open(entry)) continue;
    if (entry.action == ledger::Action::remove) {
      if (shown.contains(entry.destination_id.value_or(0)))
        missing.push_back(entry.n);
      else
        out.records.push_back(RecordRemoved{entry.n});
      continue;
    }
    places.push_back(entry.n);
    sent.push_back(sent_webhook(entry));
  }
  const auto ours = [&](std::int64_t id) { return !not_ours.contains(id); };
  const auto attribution = attribute(sent, ours, reading, true);
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (attribution.arrivals[k]) {
      out.records.push_back(RecordArrived{places[k], *attribution.arrivals[k]});
    } else if (!attribution.candidates[k].empty()) {
      out.records.push_back(RecordUnclear{places[k], attribution.candidates[k]});
    } else {
      missing.push_back(places[k]);
      if (sent[k].confirmed) ++out.unseen;
    }
  }
  if (!missing.empty())
    out.records.push_back(RecordNotApplied{missing, "not there when a later run read the account"});
  return out;
}

namespace {

constexpr Milliseconds longest_pause{1'000};

/// A deletion of theirs may still be carried out.
bool may_be_deleting(const std::vector<ledger::LedgerRun>& open, std::int64_t id) {
  return std::any_of(open.begin(), open.end(), [&](const ledger::LedgerRun& run) {
    return std::any_of(run.entries.begin(), run.entries.end(), [&](const ledger::LedgerEntry& entry) {
      return entry.action == ledger::Action::remove && entry.destination_id == id;
    });
  });
}

}  // namespace

/// Left by the last run, or shown by an earlier reading of this one.
std::vector<std::int64_t> Reconciliation::missing_of(const Reading& reading) const {
  std::set<std::int64_t> known = seen_, shown;
  for (const auto& [id, content] : expected_.left) known.insert(id);
  for (const auto& seen : reading.webhooks) shown.insert(seen.id);
  std::vector<std::int64_t> out;
  std::set_difference(known.begin(), known.end(), shown.begin(), shown.end(), std::back_inserter(out));
  return out;
}

Reconciliation::Reconciliation(ExpectedState expected, bool accept_shrunk)
    : expected_(std::move(expected)), accept_shrunk_(accept_shrunk) {}

Instructions Reconciliation::step(Moment moment, const Event& event) {
  moment_ = moment;
  instructions_.clear();
  if (finished_) return {};
  if (std::holds_alternative<Started>(event)) started_ = moment.now;
  if (const auto* read = std::get_if<WasRead>(&event)) {
    reading_ = false;
    happened(read->reading);
  }
  if (std::holds_alternative<Unreadable>(event)) end(Stop::Why::unreadable);
  if (const auto* asked = std::get_if<Asked>(&event)) {
    answered(asked->presence);
    return std::move(instructions_);
  }
  if (!finished_ && !reading_ && instructions_.empty()) look();
  return std::move(instructions_);
}

void Reconciliation::look() {
  if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
  reading_ = true;
  instructions_.emplace_back(Read{});
}

void Reconciliation::happened(const Reading& reading) {
  missing_ = missing_of(reading);
  for (const auto& seen : reading.webhooks)
    if (!expected_.gone.contains(seen.id) && !may_be_deleting(expected_.open, seen.id)) seen_.insert(seen.id);
  expected_.open.empty() && !expected_.wait_for_others ? judge_settled(reading) : judge_open(reading);
}

/// Those of them that the last run left there.
std::vector<std::int64_t> Reconciliation::left_of(std::vector<std::int64_t> ids) const {
  std::erase_if(ids, [&](std::int64_t id) { return !expected_.left.contains(id); });
  return ids;
}

/// What was sent last may have been under way when its run was killed: the reading that counts begins a whole
/// settle time after this run did.
void Reconciliation::judge_open(const Reading& reading) {
  const auto counts_from = started_ + expected_.settle.count();
  if (reading.began < counts_from) {
    waiting_ = Waiting::open_outcomes;
    not_before_ = counts_from;
    return;
  }
  unseen_ = 0;
  for (const auto& run : expected_.open) unseen_ += recover(run, reading.webhooks).unseen;
  const bool whole = missing_.empty() && unseen_ == 0;
  end(whole || accept_shrunk_ ? std::nullopt : std::optional(Stop::Why::not_whole));
}

/// For as long as the last run's writes are fresh.
bool Reconciliation::as_left(const Reading& reading) const {
  return std::none_of(reading.webhooks.begin(), reading.webhooks.end(), [&](const SnapshotEntry& seen) {
    if (expected_.gone.contains(seen.id)) return true;
    const auto found = expected_.left.find(seen.id);
    return found != expected_.left.end() && found->second && *found->second != seen.content;
  });
}

void Reconciliation::note_lacked(Time began) {
  std::map<std::int64_t, Time> now;
  for (const auto id : missing_) {
    const auto before = lacked_since_.find(id);
    now[id] = before == lacked_since_.end() ? began : before->second;
  }
  lacked_since_ = std::move(now);
  if (!first_ && !missing_.empty()) first_ = began;
}

void Reconciliation::wait_until(Time certain_from) {
  waiting_ = Waiting::stale_reading;
  not_before_ = std::min(moment_.now + pause_.count(), certain_from);
  pause_ = std::min(2 * pause_, longest_pause);
}

/// That one is not there takes two readings that lack it, the settle time apart, and none between them that
/// shows it. An account whose list is another one each time is not waited for without end.
void Reconciliation::judge_settled(const Reading& reading) {
  note_lacked(reading.began);
  const auto fresh_until = started_ + expected_.fresh.count();
  const bool stale = reading.began < fresh_until && !as_left(reading);
  if (missing_.empty() && !stale) return end(std::nullopt);
  auto certain_from = fresh_until;
  for (const auto& [id, since] : lacked_since_)
    certain_from = std::max(certain_from, since + expected_.settle.count());
  if (reading.began < certain_from) {
    const auto settled_at = std::max(fresh_until, first_.value_or(0) + expected_.settle.count());
    const bool changing = first_ && reading.began >= settled_at + expected_.settle.count();
    return changing && !accept_shrunk_ ? end(Stop::Why::unsure) : wait_until(certain_from);
  }
  if (missing_.empty() || accept_shrunk_) return end(std::nullopt);
  const auto shown = expected_.left.size() - left_of(missing_).size();
  if (2 * shown < expected_.left.size() || (shown == 0 && !expected_.left.empty()))
    return end(Stop::Why::shrunk);
  ask_on();
}

/// Where it cannot be told, the list may as well be short.
void Reconciliation::answered(api::Presence presence) {
  if (presence == api::Presence::there) return end(Stop::Why::short_of);
  if (presence == api::Presence::unknown) return end(Stop::Why::unsure);
  ++asked_;
  ask_on();
}

/// A list that lacks what is there all the same is no list to plan from.
void Reconciliation::ask_on() {
  if (asked_ < missing_.size()) return instructions_.push_back(Ask{missing_[asked_]});
  end(std::nullopt);
}

void Reconciliation::end(std::optional<Stop::Why> why) {
  finished_ = true;
  if (why) {
    stop_ = Stop{*why, missing_, expected_.left.size(), unseen_};
    if (*why == Stop::Why::short_of) stop_->not_shown = {missing_[asked_]};
    if (*why == Stop::Why::shrunk) stop_->not_shown = left_of(missing_);
  } else {
    deleted_ = left_of(missing_);
  }
}

std::string Reconciliation::fingerprint(Time now) const {
  std::string out = finished_ ? "f" : "r";
  const auto number = [&](std::int64_t value) { out += std::to_string(value) + ","; };
  number(reading_);
  number(now - started_);
  number(first_ ? now - *first_ : -1);
  number(std::max<Time>(0, not_before_ - now));
  number(pause_.count());
  number(static_cast<std::int64_t>(asked_));
  number(stop_ ? static_cast<std::int64_t>(stop_->why) : -1);
  for (const auto id : missing_) number(id);
  out += "|";
  for (const auto& [id, since] : lacked_since_) number(now - since);
  out += "|";
  for (const auto id : seen_) number(id);
  return out;
}

}  // namespace hookferry::delivery
