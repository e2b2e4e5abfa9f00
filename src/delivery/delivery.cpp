#include "delivery/delivery.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>

namespace hookferry::delivery {
namespace {

using Kind = Operation::Kind;

/// Cuts the batch into parts of `size` items at most, in their order.
std::vector<Batch> cut(const Batch& batch, std::size_t size) {
  std::vector<Batch> out;
  for (std::size_t at = 0; at < batch.items.size(); at += size) {
    const auto first = batch.items.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(size, batch.items.size() - at);
    out.push_back({{first, first + static_cast<std::ptrdiff_t>(count)}, batch.attempt});
  }
  return out;
}

}  // namespace

BatchQueue::BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size) : limit_(batch_size) {
  for (auto& batch : cut({items, 0}, limit_)) queue_.push_back(std::move(batch));
}

std::optional<Batch> BatchQueue::pop() {
  if (queue_.empty()) return std::nullopt;
  const auto parts = cut(queue_.front(), limit_);
  queue_.pop_front();
  queue_.insert(queue_.begin(), parts.begin() + 1, parts.end());
  return parts.front();
}

bool BatchQueue::halve(const Batch& batch) {
  if (batch.items.size() < 2) return false;
  limit_ = std::min(limit_, (batch.items.size() + 1) / 2);
  queue_.push_front(batch);
  return true;
}

void BatchQueue::split(const Batch& batch) {
  constexpr std::size_t few = 9;
  const auto root = std::ceil(std::sqrt(static_cast<double>(batch.items.size())));
  const auto parts = cut(batch, batch.items.size() <= few ? 1 : static_cast<std::size_t>(root));
  queue_.insert(queue_.begin(), parts.begin(), parts.end());
}

std::string_view name_of(Evidence evidence) {
  constexpr std::array<std::string_view, 4> names = {"id", "content", "changed", "existed"};
  return names.at(static_cast<std::size_t>(evidence));
}

Delivery::Delivery(const std::vector<const Operation*>& operations, AccountBefore before,
                   DeliveryOptions options)
    : before_(std::move(before)),
      options_(options),
      queue_({}, options.batch_size),
      budget_(options.retries) {
  std::vector<std::size_t> writes;
  items_.resize(operations.size());
  for (std::size_t n = 0; n < items_.size(); ++n) {
    items_[n].operation = operations[n];
    items_[n].checked = before_.began;
    if (items_[n].is_removal())
      removals_.push_back(n);
    else
      writes.push_back(n);
  }
  queue_ = BatchQueue(writes, options_.batch_size);
}

Instructions Delivery::step(Moment moment, const Event& event) {
  moment_ = moment;
  instructions_.clear();
  if (finished()) return {};
  if (const auto* sent = std::get_if<Sent>(&event)) handle(*sent);
  if (const auto* snapshot = std::get_if<Snapshot>(&event)) handle(*snapshot);
  if (std::holds_alternative<Interrupted>(event)) interrupted_ = true;
  if (std::holds_alternative<LedgerLost>(event)) end_run({Ending::Why::ledger});
  if (std::holds_alternative<Unreadable>(event)) {
    reading_ = false;
    end_run({Ending::Why::unreadable});
    phase_ = Phase::finished;
  }
  proceed();
  return std::move(instructions_);
}

/// The course of a run. It goes as far as it can without a response, a snapshot or the end of a pause.
void Delivery::proceed() {
  if (finished() || reading_) return;
  // Batches are sent until none is left. While some are in doubt, snapshots settle them first.
  if (phase_ == Phase::writing) {
    send_ready_batches();
    if (reading_ || !in_flight_.empty()) return;
    if (!in_doubt_.empty() || probe_is_open()) return request_snapshot();
    if (!queue_.empty() && !stopping()) return;  // A pause comes before the next batch.
    const bool sent_any = std::ranges::any_of(items_, &Item::ever_sent);
    phase_ = sent_any ? Phase::verifying : Phase::verified;
  }
  // Snapshots verify all that was written.
  if (phase_ == Phase::verifying) return request_snapshot();
  // Deletions are held back unless the run may go on and, if they come last of all, everything arrived.
  if (phase_ == Phase::verified) {
    const bool all_is_well = findings_.empty() && std::ranges::all_of(items_, [](const Item& item) {
                               return item.is_removal() || (item.state == State::arrived && !item.altered &&
                                                            item.arrival->evidence != Evidence::changed);
                             });
    const bool too_early = options_.deletions_last_of_all && !all_is_well;
    phase_ = removals_.empty() || too_early || stopping() ? Phase::finished : Phase::removing;
    if (finished())
      for (const auto n : removals_)
        items_[n].held_back = interrupted_ ? plan::NotTried::interrupted
                              : ending_    ? plan::NotTried::run_ended
                                           : plan::NotTried::not_all_arrived;
  }
  // Webhooks are deleted, and snapshots verify that they are gone.
  if (phase_ == Phase::removing) {
    send_ready_removals();
    if (reading_ || !in_flight_.empty()) return;
    if (!removals_.empty() && !stopping()) return;  // A pause comes before the next deletion.
    phase_ = Phase::verifying_removals;
  }
  if (phase_ == Phase::verifying_removals) request_snapshot();
}

void Delivery::end_run(Ending ending) {
  if (!ending_) ending_ = std::move(ending);
}

// Sending creations and updates.

void Delivery::send_ready_batches() {
  const bool in_doubt = std::ranges::any_of(
      in_doubt_, [](const BatchInDoubt& open) { return open.verdict.failure != api::FailureClass::refused; });
  while (in_flight_.size() < options_.concurrency && !stopping() && !in_doubt && !probe_) {
    if (moment_.now < not_before_ && !queue_.empty()) return instructions_.push_back(Pause{not_before_});
    auto batch = queue_.pop();
    if (!batch) return;
    // A snapshot taken for another batch can show that some of these items have arrived after all, or that
    // another client has changed an update's target. Neither kind is sent.
    std::erase_if(batch->items, [&](std::size_t n) {
      return items_[n].state == State::arrived || items_[n].state == State::failed;
    });
    if (batch->items.empty()) continue;
    if (!std::ranges::all_of(batch->items, [this](std::size_t n) { return is_young(n); })) {
      queue_.put_back(std::move(*batch));
      return look_at_targets();
    }
    if (!resends_show_ &&
        std::ranges::any_of(batch->items, [this](auto n) { return items_[n].was_absent; })) {
      auto one = one_alone(*batch);
      if (!batch->items.empty()) queue_.put_back(std::move(*batch));
      if (!in_flight_.empty()) return queue_.put_back(std::move(one));
      batch = std::move(one);
      probe_ = batch->items.front();
    }
    for (const auto n : batch->items) {
      items_[n].state = State::in_flight;
      items_[n].reason.clear();
      items_[n].ever_sent = true;
      if (!std::exchange(items_[n].may_have_been_carried_out, true)) items_[n].sent_at = moment_.server_now;
    }
    if (!first_sent_) first_sent_ = moment_.server_now;
    instructions_.emplace_back(RecordIntent{batch->items});
    instructions_.emplace_back(Send{next_ticket_, batch->items});
    in_flight_.emplace(next_ticket_++, std::move(*batch));
  }
}

void Delivery::handle(const Sent& sent) {
  using enum api::FailureClass;
  auto batch = std::move(in_flight_.at(sent.ticket));
  in_flight_.erase(sent.ticket);
  const auto& items = batch.items;
  const auto& verdict = sent.verdict;
  const bool is_unknown = verdict.failure == unknown || verdict.failure == interrupted;
  may_be_applied_ = may_be_applied_ || verdict.failure == none || verdict.in_doubt || is_unknown;
  if (phase_ == Phase::removing) return handle_removal(items.front(), verdict);

  // A snapshot has to show what arrived if the outcome is unknown or the response confirms nothing. Part of a
  // refused batch may have been applied, too; a single webhook has no part.
  const bool confirms_nothing = verdict.failure == none && sent.ids.size() != items.size();
  const bool may_be_in_part = verdict.failure == refused && items.size() > 1;
  if (verdict.in_doubt || is_unknown || confirms_nothing || may_be_in_part) {
    if (verdict.in_doubt && !is_unknown) end_run({Ending::Why::server, verdict});
    for (const auto n : items) items_[n].state = State::in_doubt;
    in_doubt_.push_back({std::move(batch), verdict});
    return;
  }

  if (verdict.failure == none) {
    for (std::size_t k = 0; k < items.size(); ++k) {
      auto& item = items_[items[k]];
      item.state = State::accepted;
      item.confirmed = true;
      item.answered = sent.ids[k];
    }
    instructions_.emplace_back(RecordAccepted{items, sent.ids});
    return budget_.refund();
  }

  if (probe_ == items.front()) probe_.reset();  // It proves nothing, so another one is sent alone.
  not_applied(items, verdict.reason);
  for (const auto n : items) items_[n].may_have_been_carried_out = items_[n].was_absent;
  const auto refuse = [&](std::string reason) {
    items_[items.front()].state = State::refused;
    items_[items.front()].reason = std::move(reason);
  };
  switch (verdict.failure) {
    case not_sent:
    case slow_down:
      if (!spend_retry(batch.attempt, verdict)) end_run({Ending::Why::server, verdict});
      return queue_.put_back(std::move(batch));
    case key_refused:
    case not_this_api:
      end_run({Ending::Why::server, verdict});
      return queue_.put_back(std::move(batch));
    case too_large:
      if (!queue_.halve(batch)) refuse("the server finds this webhook too large (" + verdict.reason + ")");
      return;
    case refused:
      return refuse("rejected: " + verdict.text());
    case none:
    case unknown:
    case interrupted:
      break;  // They were handled above.
  }
}

void Delivery::not_applied(const std::vector<std::size_t>& items, const std::string& reason) {
  for (const auto n : items) {
    items_[n].state = State::waiting;
    items_[n].reason = "not applied: " + reason;
  }
  instructions_.emplace_back(RecordNotApplied{items, reason});
}

/// False if the request or the run has no retry left. Otherwise a pause comes before anything else is sent.
bool Delivery::spend_retry(std::size_t& attempt, const api::Verdict& verdict) {
  if (attempt >= options_.retries || !budget_.spend()) return false;
  const auto delay = api::retry_delay(attempt++, verdict.retry_after, moment_.jitter);
  not_before_ = std::max(not_before_, moment_.now + delay.count());
  for (auto& item : items_)
    if (item.is_queued_target()) item.checked.reset();
  return true;
}

// Snapshots: before targets are written, while batches are in doubt, and to verify the writes and the
// deletions.

/// Whether it can be sent without another look at its target. A creation has none.
bool Delivery::is_young(std::size_t n) const {
  const auto& [operation, checked] = std::tie(items_[n].operation, items_[n].checked);
  return !operation->id || (checked && moment_.now - *checked < options_.max_age.count());
}

/// Once no response is awaited.
void Delivery::look_at_targets() {
  if (!in_flight_.empty()) return;
  looking_ = true;
  reading_ = true;
  instructions_.emplace_back(Read{});
}

void Delivery::request_snapshot() {
  if (window_ && moment_.now < window_->next_look) return instructions_.push_back(Pause{window_->next_look});
  reading_ = true;
  instructions_.emplace_back(Read{});
}

void Delivery::handle(const Snapshot& snapshot) {
  reading_ = false;
  // The first snapshot proves no absence, even without a settle time.
  const bool certain = !looking_ && window_ && window_->proves_absence(snapshot);
  record_arrivals(snapshot.webhooks, certain);
  check_targets(snapshot);
  Ids shown;
  for (const auto& entry : snapshot.webhooks) shown.insert(entry.id);
  seen_.insert(shown.begin(), shown.end());
  if (std::exchange(looking_, false)) return;
  if (!window_) window_ = SettleWindow{snapshot.began + options_.settle.count()};
  if (!certain && awaits_more(shown)) return window_->look_again(moment_.now);
  window_.reset();

  const auto missing = not_shown(shown);
  const auto unseen = std::ranges::count_if(items_, [](const Item& item) {
    return item.state == State::accepted && !item.is_removal() && item.candidates.empty();
  });
  const bool whole = missing.empty() && unseen == 0;
  const bool something_is_open = std::ranges::any_of(items_, [&](const Item& item) {
    return item.state == State::in_doubt || (item.state == State::accepted && phase_ != Phase::writing);
  });
  if (!whole && something_is_open)
    end_run({Ending::Why::not_whole, {}, false, missing, static_cast<std::size_t>(unseen)});
  if (phase_ == Phase::writing) return settle(snapshot, whole);
  if (phase_ == Phase::verifying) {
    conclude_writes(shown, whole);
    phase_ = Phase::verified;
  } else {
    conclude_removals(shown, whole);
    phase_ = Phase::finished;
  }
  collect_findings(snapshot.webhooks, shown);
}

/// A webhook that is new since the plan, and that nothing accounts for, may be any of those in doubt, stored
/// under another alias or type. As many of them as there are such webhooks are not sent again.
void Delivery::suspect_newcomers(const Snapshot& snapshot) {
  std::vector<std::size_t> open;
  std::vector<webhook::Identity> identities;
  for (const auto& [batch, verdict] : in_doubt_)
    for (const auto n : batch.items) {
      if (items_[n].state != State::in_doubt) continue;
      if (!items_[n].candidates.empty()) {
        mark_ambiguous(n);
        continue;
      }
      open.push_back(n);
      identities.push_back(items_[n].operation->identity);
    }
  if (open.empty()) return;
  Ids accounted;
  for (const auto& item : items_) {
    if (item.operation->id && !item.is_removal()) accounted.insert(*item.operation->id);
    if (item.arrival) accounted.insert(item.arrival->id);
    accounted.insert(item.candidates.begin(), item.candidates.end());
  }
  std::vector<const SnapshotEntry*> newcomers;
  for (const auto& entry : snapshot.webhooks) {
    const auto before = before_.present.find(entry.id);
    const bool is_known = before != before_.present.end() ? before->second == entry.content
                                                          : was_created_before(entry, first_sent_);
    if (!is_known && !accounted.contains(entry.id)) newcomers.push_back(&entry);
  }
  const auto suspected = match_newcomers(identities, newcomers);
  for (std::size_t k = 0; k < open.size(); ++k) {
    if (!suspected[k]) continue;
    items_[open[k]].candidates = {*suspected[k]};
    mark_ambiguous(open[k]);
  }
}

/// Takes a random webhook out of the batch, so that another run does not begin with the same one again.
Batch Delivery::one_alone(Batch& batch) const {
  const auto last = static_cast<double>(batch.items.size() - 1);
  const auto place = batch.items.begin() + static_cast<std::ptrdiff_t>(moment_.jitter * last);
  Batch out{{*place}, batch.attempt};
  batch.items.erase(place);
  return out;
}

/// It was confirmed, no snapshot has shown it yet, and there is more to send.
bool Delivery::probe_is_open() const {
  return probe_ && items_[*probe_].state == State::accepted && !queue_.empty() && !stopping();
}

/// Whether what is sent again shows at all. If it does not, its list may hide what is sent, or the server
/// stores it as something else: then each webhook that is sent again could be there several times.
void Delivery::judge_probe() {
  const auto& item = items_[*probe_];
  const bool server_failed = std::ranges::any_of(in_doubt_, [this](const BatchInDoubt& open) {
    return open.batch.items.front() == *probe_ && open.verdict.server_failed;
  });
  const bool shows = item.state == State::arrived;
  resends_show_ = shows && item.arrival->evidence != Evidence::existed;
  if (!shows && !server_failed && !interrupted_)
    end_run({Ending::Why::never_shown, {}, false, {}, 0, *probe_});
  probe_.reset();
}

/// Decides over the batches in doubt. Only what a whole snapshot proves absent is sent again.
void Delivery::settle(const Snapshot& snapshot, bool whole) {
  if (whole) suspect_newcomers(snapshot);
  if (probe_) judge_probe();
  for (auto& [batch, verdict] : std::exchange(in_doubt_, {})) {
    std::erase_if(batch.items, [this](std::size_t n) { return items_[n].state == State::arrived; });
    if (!whole) continue;
    std::erase_if(batch.items, [this](std::size_t n) { return items_[n].state == State::ambiguous; });
    if (batch.items.empty()) continue;
    not_applied(batch.items, verdict.reason);
    for (const auto n : batch.items) items_[n].was_absent = true;
    const bool never_shown =
        ending_ && ending_->why == Ending::Why::never_shown && batch.items.front() == ending_->operation;
    if (stopping() && !never_shown) {
      queue_.put_back(std::move(batch));
    } else if (verdict.failure == api::FailureClass::refused) {
      queue_.split(batch);
    } else if (never_shown || batch.attempt >= options_.retries) {
      for (const auto n : batch.items) {
        items_[n].state = State::failed;
        items_[n].reason =
            "not there after " + std::to_string(batch.attempt + 1) + " tries: " + verdict.text();
      }
    } else if (!spend_retry(batch.attempt, verdict)) {
      end_run({Ending::Why::server, verdict});
      queue_.put_back(std::move(batch));
    } else if (batch.attempt > 1) {
      // A webhook on which the server fails must not hold back the others for ever.
      queue_.split(batch);
    } else {
      queue_.put_back(std::move(batch));
    }
  }
  if (ending_ && ending_->why == Ending::Why::not_whole) phase_ = Phase::finished;
}

void Delivery::mark_ambiguous(std::size_t n) {
  auto& item = items_[n];
  item.state = State::ambiguous;
  if (item.operation->id == item.candidates.front())
    item.reason =
        "it has changed, but does not hold what was sent; another client may have changed it; not sent again";
  else if (item.answered.number == item.candidates.back())
    item.reason =
        "the server answered with the id of a webhook that does not hold what was sent, and it is unknown "
        "whether it is this one; not sent again";
  else
    item.reason = "a webhook appeared that may be this one, stored differently; so it was not sent again";
  instructions_.emplace_back(RecordAmbiguous{n, item.candidates});
}

void Delivery::conclude_writes(const Ids& shown, bool whole) {
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (item.is_removal()) continue;
    if (item.state == State::accepted && !item.candidates.empty() && whole) {
      mark_ambiguous(n);
    } else if (item.state == State::accepted) {
      item.reason = "the server accepted it, but does not show it";
    } else if (item.state == State::arrived && !shown.contains(item.arrival->id)) {
      item.state = State::failed;
      item.reason = "it arrived with id " + std::to_string(item.arrival->id) +
                    ", but it is no longer there: was it deleted by someone?";
    }
  }
}

// Deletions. Each is tried again until the webhook is gone, after a look at it: its id may be in use again.

void Delivery::send_ready_removals() {
  while (in_flight_.size() < options_.concurrency && !stopping() && !removals_.empty()) {
    if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
    const auto n = removals_.front();
    if (!is_young(n)) return look_at_targets();
    removals_.pop_front();
    items_[n].state = State::in_flight;
    items_[n].ever_sent = true;
    instructions_.emplace_back(RecordIntent{{n}});
    instructions_.emplace_back(Remove{next_ticket_, n, *items_[n].operation->id});
    in_flight_.emplace(next_ticket_++, Batch{{n}, 0});
  }
}

void Delivery::handle_removal(std::size_t n, const api::Verdict& verdict) {
  using enum api::FailureClass;
  auto& item = items_[n];
  item.state = State::waiting;
  if (verdict.in_doubt || verdict.failure == unknown || verdict.failure == interrupted)
    item.may_be_removed = true;
  switch (verdict.failure) {
    case none:
      item.state = State::accepted;
      item.may_be_removed = false;
      return budget_.refund();
    case unknown:
    case interrupted:
    case not_sent:
    case slow_down:
      item.reason = "still there after " + std::to_string(item.attempt + 1) +
                    (item.attempt == 0 ? " try: " : " tries: ") + verdict.text();
      if (spend_retry(item.attempt, verdict)) return removals_.push_back(n);
      item.state = State::failed;
      return;
    case key_refused:
    case not_this_api:
      item.reason = verdict.text();
      removals_.push_back(n);
      return end_run({Ending::Why::server, verdict, true});
    case refused:
    case too_large:
      item.state = State::refused;
      item.reason = verdict.text();
  }
}

void Delivery::conclude_removals(const Ids& shown, bool whole) {
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (!item.is_removal() || !item.ever_sent) continue;
    const bool gone = !shown.contains(*item.operation->id);
    if (gone && whole) {
      item.state = State::removed;
      instructions_.emplace_back(RecordRemoved{n});
    } else if (gone) {
      item.state = State::in_doubt;
      item.reason = "unknown whether it was deleted";
    } else {
      if (item.state == State::accepted) item.reason = "the server confirmed it, but still shows the webhook";
      item.state = State::failed;
      item.may_be_removed = false;
      instructions_.emplace_back(RecordNotApplied{{n}, item.reason});
    }
  }
}

// Results.

Delivery::Result Delivery::result(std::size_t operation) const {
  const auto& item = items_[operation];
  const auto outcome = [&] {
    switch (item.state) {
      case State::waiting:
        // After an interrupt, nothing has been found against the members of a batch that was refused.
        return item.ever_sent && !interrupted_ ? Outcome::failed : Outcome::not_tried;
      case State::arrived:
        return Outcome::arrived;
      case State::removed:
        return Outcome::removed;
      case State::refused:
        return Outcome::refused;
      case State::failed:
        return item.may_be_removed ? Outcome::in_doubt : Outcome::failed;
      case State::ambiguous:
        return Outcome::ambiguous;
      case State::in_flight:
      case State::accepted:
      case State::in_doubt:
        break;
    }
    return Outcome::in_doubt;
  }();
  Result out{outcome, item.arrival, item.reason, item.candidates, item.held_back};
  if (outcome == Outcome::in_doubt && out.reason.empty()) out.reason = "sent; unknown whether it arrived";
  return out;
}

bool Delivery::settled() const {
  return std::ranges::none_of(items_, [](const Item& item) {
    return item.state == State::in_flight || item.state == State::accepted || item.state == State::in_doubt ||
           (item.may_be_removed && item.state != State::removed);
  });
}

std::size_t Delivery::done() const {
  return static_cast<std::size_t>(std::ranges::count_if(items_, [](const Item& item) {
    return item.state != State::waiting && item.state != State::in_flight && item.state != State::in_doubt;
  }));
}

bool is_done(const Delivery::Result& result, const Operation& operation) {
  if (operation.kind == Kind::remove) return result.outcome == Delivery::Outcome::removed;
  if (result.outcome != Delivery::Outcome::arrived) return false;
  if (operation.kind == Kind::create) return true;
  const auto& arrival = *result.arrival;
  const bool as_before = arrival.content == operation.before && arrival.content != operation.content;
  return arrival.evidence != Evidence::changed && !as_before;
}

}  // namespace hookferry::delivery
