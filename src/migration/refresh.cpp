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
      return entry.action == "delete" && entry.destination_id == id;
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
    if (asked->presence == Presence::there) {
      end(Stop::Why::short_of);
    } else {
      ++asked_;
      ask_on();
    }
    return std::move(instructions_);
  }
  if (!finished_ && !reading_ && instructions_.empty()) look();
  return std::move(instructions_);
}

void Refresh::look() {
  if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
  reading_ = true;
  instructions_.push_back(Read{});
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
    return found != expected_.left.end() && !found->second.empty() && found->second != seen.content;
  });
}

void Refresh::judge_settled(const Reading& reading) {
  const auto fresh_until = started_ + expected_.fresh.count();
  const bool stale = reading.began < fresh_until && !as_left(reading);
  if (missing_.empty() && !stale) return end(std::nullopt);
  if (!first_) first_ = reading.began;
  const auto certain_from =
      missing_.empty() ? fresh_until : std::max(fresh_until, *first_ + expected_.settle.count());
  if (reading.began < certain_from) {
    waiting_ = Waiting::stale_reading;
    not_before_ = std::min(moment_.now + pause_.count(), certain_from);
    pause_ = std::min(2 * pause_, longest_pause);
    return;
  }
  if (missing_.empty() || accept_shrunk_) return end(std::nullopt);
  const auto shown = expected_.left.size() - left_of(missing_).size();
  if (2 * shown < expected_.left.size() || (shown == 0 && !expected_.left.empty()))
    return end(Stop::Why::shrunk);
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
  for (const auto id : seen_) number(id);
  return out;
}

}  // namespace hookferry
