// The part of delivery that deletes: each tried again until it is gone, for a DELETE may safely be repeated.
#include <algorithm>

#include "migration/delivery.hpp"

namespace hookferry {
namespace {

using Kind = Operation::Kind;

}  // namespace

void Delivery::start_removing() {
  phase_ = Phase::finished;
  if (removals_.empty()) return;
  const bool too_early = options_.deletions_last_of_all && !all_is_well();
  if (!too_early && !stopping()) {
    phase_ = Phase::removing;
    return;
  }
  for (const auto n : removals_)
    items_[n].held_back = interrupted_ ? NotTried::interrupted
                          : ending_    ? NotTried::run_ended
                                       : NotTried::not_all_arrived;
}

void Delivery::remove_what_may_be_removed() {
  while (in_flight_.size() < options_.concurrency && !stopping() && !removals_.empty()) {
    if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
    const auto n = removals_.front();
    removals_.erase(removals_.begin());
    items_[n].state = State::in_flight;
    items_[n].ever_sent = true;
    instructions_.emplace_back(RecordIntent{{n}});
    instructions_.emplace_back(Remove{next_ticket_, n, *items_[n].operation->id});
    Batch batch;
    batch.items = {n};
    in_flight_.emplace(next_ticket_++, std::move(batch));
  }
}

void Delivery::removal_answered(std::size_t n, const Verdict& verdict) {
  auto& item = items_[n];
  item.state = State::waiting;
  if (verdict.outcome_open) item.may_yet_be_gone = true;
  switch (verdict.failure) {
    case FailureClass::none:
      item.state = State::accepted;
      item.may_yet_be_gone = false;
      return budget_.refund();
    case FailureClass::unknown:
    case FailureClass::interrupted:
      item.may_yet_be_gone = true;
      return try_removal_again(n, verdict);
    case FailureClass::not_sent:
    case FailureClass::slow_down:
      return try_removal_again(n, verdict);
    case FailureClass::key_refused:
    case FailureClass::not_this_api:
      item.reason = verdict.text();
      removals_.push_back(n);
      return end_run(verdict, true);
    case FailureClass::refused:
    case FailureClass::too_large:
      item.state = State::refused;
      item.reason = verdict.text();
  }
}

void Delivery::try_removal_again(std::size_t n, const Verdict& verdict) {
  auto& item = items_[n];
  item.reason = "still there after " + std::to_string(item.attempt + 1) +
                (item.attempt == 0 ? " try: " : " tries: ") + verdict.text();
  if (item.attempt >= options_.retries || !budget_.spend()) {
    item.state = State::failed;
    return;
  }
  pause_before_sending(item.attempt++, verdict);
  removals_.push_back(n);
}

void Delivery::conclude_removals(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown,
                                 bool whole) {
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (item.operation->kind != Kind::remove || !item.ever_sent) continue;
    const bool gone = !shown.contains(*item.operation->id);
    if (gone && whole) {
      item.state = State::removed;
      instructions_.emplace_back(RecordRemoved{n});
    } else if (gone) {
      item.state = State::open;
      item.reason = "it could not be established whether it was deleted";
    } else {
      if (item.state == State::accepted) item.reason = "the server confirmed it, but it is still to be seen";
      item.state = State::failed;
      item.may_yet_be_gone = false;
      instructions_.emplace_back(RecordNotApplied{{n}, item.reason});
    }
  }
  find_surprises(reading, shown);
  phase_ = Phase::finished;
}

}  // namespace hookferry
