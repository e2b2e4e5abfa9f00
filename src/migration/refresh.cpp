#include "migration/refresh.hpp"

#include <algorithm>
#include <set>

namespace hookferry {
namespace {

constexpr Milliseconds longest_pause{1'000};

/// A deletion of theirs may still be carried out.
bool may_be_deleting(const std::vector<LedgerRun>& open, std::int64_t id) {
  return std::any_of(open.begin(), open.end(), [&](const LedgerRun& run) {
    return std::any_of(run.entries.begin(), run.entries.end(), [&](const LedgerEntry& entry) {
      return entry.action == Action::remove && entry.destination_id == id;
    });
  });
}

}  // namespace

/// Left by the last run, or shown by an earlier reading of this one.
std::vector<std::int64_t> Refresh::missing_of(const Reading& reading) const {
  std::set<std::int64_t> known = seen_, shown;
  for (const auto& [id, content] : expected_.left) known.insert(id);
  for (const auto& seen : reading.webhooks) shown.insert(seen.id);
  std::vector<std::int64_t> out;
  std::set_difference(known.begin(), known.end(), shown.begin(), shown.end(), std::back_inserter(out));
  return out;
}

Refresh::Refresh(Expectations expected, bool accept_shrunk)
    : expected_(std::move(expected)), accept_shrunk_(accept_shrunk) {}

Instructions Refresh::step(Moment moment, const Event& event) {
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

void Refresh::look() {
  if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
  reading_ = true;
  instructions_.emplace_back(Read{});
}

void Refresh::happened(const Reading& reading) {
  missing_ = missing_of(reading);
  for (const auto& seen : reading.webhooks)
    if (!expected_.gone.contains(seen.id) && !may_be_deleting(expected_.open, seen.id)) seen_.insert(seen.id);
  expected_.open.empty() && !expected_.wait_for_others ? judge_settled(reading) : judge_open(reading);
}

/// Those of them that the last run left there.
std::vector<std::int64_t> Refresh::left_of(std::vector<std::int64_t> ids) const {
  std::erase_if(ids, [&](std::int64_t id) { return !expected_.left.contains(id); });
  return ids;
}

/// What was sent last may have been under way when its run was killed: the reading that counts begins a whole
/// settle time after this run did.
void Refresh::judge_open(const Reading& reading) {
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
bool Refresh::as_left(const Reading& reading) const {
  return std::none_of(reading.webhooks.begin(), reading.webhooks.end(), [&](const Seen& seen) {
    if (expected_.gone.contains(seen.id)) return true;
    const auto found = expected_.left.find(seen.id);
    return found != expected_.left.end() && found->second && *found->second != seen.content;
  });
}

void Refresh::note_lacked(Time began) {
  std::map<std::int64_t, Time> now;
  for (const auto id : missing_) {
    const auto before = lacked_since_.find(id);
    now[id] = before == lacked_since_.end() ? began : before->second;
  }
  lacked_since_ = std::move(now);
  if (!first_ && !missing_.empty()) first_ = began;
}

void Refresh::wait_until(Time certain_from) {
  waiting_ = Waiting::stale_reading;
  not_before_ = std::min(moment_.now + pause_.count(), certain_from);
  pause_ = std::min(2 * pause_, longest_pause);
}

/// That one is not there takes two readings that lack it, the settle time apart, and none between them that
/// shows it. An account whose list is another one each time is not waited for without end.
void Refresh::judge_settled(const Reading& reading) {
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
void Refresh::answered(Presence presence) {
  if (presence == Presence::there) return end(Stop::Why::short_of);
  if (presence == Presence::unknown) return end(Stop::Why::unsure);
  ++asked_;
  ask_on();
}

/// A list that lacks what is there all the same is no list to plan from.
void Refresh::ask_on() {
  if (asked_ < missing_.size()) return instructions_.push_back(Ask{missing_[asked_]});
  end(std::nullopt);
}

void Refresh::end(std::optional<Stop::Why> why) {
  finished_ = true;
  if (why) {
    stop_ = Stop{*why, missing_, expected_.left.size(), unseen_};
    if (*why == Stop::Why::short_of) stop_->not_shown = {missing_[asked_]};
    if (*why == Stop::Why::shrunk) stop_->not_shown = left_of(missing_);
  } else {
    deleted_ = left_of(missing_);
  }
}

std::string Refresh::fingerprint(Time now) const {
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

}  // namespace hookferry
