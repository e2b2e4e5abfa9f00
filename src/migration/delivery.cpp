#include "migration/delivery.hpp"

#include <algorithm>

namespace hookferry {

using Kind = Operation::Kind;

std::string_view name_of(Evidence evidence) {
  switch (evidence) {
    case Evidence::id:
      return "id";
    case Evidence::content:
      return "content";
    case Evidence::changed:
      return "changed";
  }
  return {};
}

namespace {

std::vector<const Operation*> places_of(const std::vector<Operation>& operations) {
  std::vector<const Operation*> out;
  for (const auto& operation : operations) out.push_back(&operation);
  return out;
}

std::string text_of(const Sha256& digest) { return {digest.begin(), digest.end()}; }

}  // namespace

Delivery::Delivery(std::vector<Operation> operations, AccountBefore before, DeliveryOptions options,
                   DeliveryRules rules)
    : Delivery(places_of(operations), std::move(before), options, rules) {
  operations_ =
      std::make_shared<const std::vector<Operation>>(std::move(operations));  // nothing of them moves
}

Delivery::Delivery(const std::vector<const Operation*>& operations, AccountBefore before,
                   DeliveryOptions options, DeliveryRules rules)
    : before_(std::move(before)),
      options_(options),
      rules_(rules),
      queue_({}, options.batch_size),
      budget_(options.retries) {
  std::vector<std::size_t> writes;
  items_.resize(operations.size());
  for (std::size_t n = 0; n < items_.size(); ++n) {
    items_[n].operation = operations[n];
    (items_[n].operation->kind == Kind::remove ? removals_ : writes).push_back(n);
  }
  queue_ = BatchQueue(writes, options_.batch_size);
}

Instructions Delivery::step(Moment moment, const Event& event) {
  moment_ = moment;
  instructions_.clear();
  if (finished()) return {};
  if (const auto* sent = std::get_if<Sent>(&event)) happened(*sent);
  if (const auto* read = std::get_if<WasRead>(&event)) happened(*read);
  if (std::holds_alternative<Interrupted>(event)) interrupted_ = true;
  if (std::holds_alternative<LedgerLost>(event) && !ending_)
    ending_ = Ending{Ending::Why::ledger, {}, false, {}, 0};
  if (std::holds_alternative<Unreadable>(event)) {
    reading_ = false;
    if (!ending_) ending_ = Ending{Ending::Why::unreadable, {}, false, {}, 0};
    phase_ = Phase::finished;
  }
  go_on();
  return std::move(instructions_);
}

void Delivery::happened(const Sent& sent) {
  auto batch = std::move(in_flight_.at(sent.ticket));
  in_flight_.erase(sent.ticket);
  if (phase_ == Phase::removing) return removal_answered(batch.items.front(), sent.verdict);
  answered(std::move(batch), sent);
}

/// Something is under way whose end has to come first.
bool Delivery::rests() const { return finished() || reading_ || !in_flight_.empty(); }

void Delivery::go_on() {
  if (finished() || reading_) return;
  if (phase_ == Phase::writing) send_what_may_be_sent();
  if (phase_ == Phase::writing && !rests()) {
    if (!open_.empty()) return look();
    if (!queue_.empty() && !stopping()) return;  // it pauses
    phase_ = Phase::verifying;
    if (!sent_any()) start_removing();
  }
  if (phase_ == Phase::removing) remove_what_may_be_removed();
  if (phase_ == Phase::removing && !rests()) {
    if (!removals_.empty() && !stopping()) return;
    phase_ = Phase::verifying_removals;
  }
  if (!rests()) look();
}

bool Delivery::in_doubt() const {
  return std::any_of(open_.begin(), open_.end(),
                     [](const OpenBatch& open) { return open.verdict.failure != FailureClass::refused; });
}

bool Delivery::sent_any() const {
  return std::any_of(items_.begin(), items_.end(), [](const Item& item) { return item.ever_sent; });
}

void Delivery::send_what_may_be_sent() {
  while (in_flight_.size() < options_.concurrency && !stopping() && !in_doubt()) {
    if (moment_.now < not_before_ && !queue_.empty()) return instructions_.push_back(Pause{not_before_});
    auto batch = queue_.pop();
    if (!batch) return;
    // A reading made for another batch may have found what was thought not to have arrived.
    // Another has been changed by somebody since.
    std::erase_if(batch->items, [&](std::size_t n) {
      return items_[n].state == State::arrived || items_[n].state == State::failed;
    });
    if (batch->items.empty()) continue;
    for (const auto n : batch->items) {
      items_[n].state = State::in_flight;
      items_[n].reason.clear();
      items_[n].ever_sent = true;
    }
    instructions_.emplace_back(RecordIntent{batch->items});
    instructions_.emplace_back(Send{next_ticket_, batch->items});
    in_flight_.emplace(next_ticket_++, std::move(*batch));
  }
}

void Delivery::answered(Batch batch, const Sent& sent) {
  const auto& verdict = sent.verdict;
  if (verdict.outcome_open && verdict.failure != FailureClass::unknown &&
      verdict.failure != FailureClass::interrupted) {
    end_run(verdict, false);
    return leave_open(std::move(batch), verdict);
  }
  switch (verdict.failure) {
    case FailureClass::none:
      if (sent.ids.size() == batch.items.size()) return confirm(batch, sent);
      return leave_open(std::move(batch), verdict);
    case FailureClass::unknown:
    case FailureClass::interrupted:
      return leave_open(std::move(batch), verdict);
    case FailureClass::not_sent:
    case FailureClass::slow_down:
      return retry_later(std::move(batch), verdict);
    case FailureClass::too_large:
      not_applied(batch.items, verdict.reason);
      if (batch.items.size() > 1) {
        queue_.too_large(std::move(batch));
      } else {
        items_[batch.items.front()].state = State::refused;
        items_[batch.items.front()].reason =
            "the server finds this webhook too large (" + verdict.reason + ")";
      }
      return;
    case FailureClass::refused:
      // Part of a batch may have been applied all the same; of a single webhook there is no part.
      if (batch.items.size() > 1) return leave_open(std::move(batch), verdict);
      not_applied(batch.items, verdict.reason);
      items_[batch.items.front()].state = State::refused;
      items_[batch.items.front()].reason = "refused by the server: " + verdict.text();
      return;
    case FailureClass::key_refused:
    case FailureClass::not_this_api:
      not_applied(batch.items, verdict.reason);
      queue_.again(std::move(batch));
      return end_run(verdict, false);
  }
}

void Delivery::confirm(const Batch& batch, const Sent& sent) {
  for (std::size_t k = 0; k < batch.items.size(); ++k) {
    auto& item = items_[batch.items[k]];
    item.state = State::accepted;
    item.confirmed = true;
    if (sent.ids[k] && !before_.present.contains(*sent.ids[k])) item.answered_id = sent.ids[k];
  }
  instructions_.emplace_back(RecordAccepted{batch.items, sent.ids});
  budget_.refund();
}

void Delivery::not_applied(const std::vector<std::size_t>& items, const std::string& reason) {
  for (const auto n : items) {
    items_[n].state = State::waiting;
    items_[n].reason = "not applied: " + reason;
  }
  instructions_.emplace_back(RecordNotApplied{items, reason});
}

void Delivery::pause_before_sending(std::size_t attempt, const Verdict& verdict) {
  const auto delay = retry_delay(attempt, verdict.retry_after, moment_.chance);
  not_before_ = std::max(not_before_, moment_.now + delay.count());
}

void Delivery::retry_later(Batch batch, const Verdict& verdict) {
  not_applied(batch.items, verdict.reason);
  const bool give_up = batch.attempt >= options_.retries || !budget_.spend();
  if (give_up) end_run(verdict, false);
  if (!give_up) pause_before_sending(batch.attempt++, verdict);
  queue_.again(std::move(batch));
}

void Delivery::leave_open(Batch batch, const Verdict& verdict) {
  for (const auto n : batch.items) items_[n].state = State::open;
  open_.push_back({std::move(batch), verdict});
}

void Delivery::end_run(const Verdict& verdict, bool deleting) {
  if (!ending_) ending_ = Ending{Ending::Why::server, verdict, deleting, {}, 0};
}

Delivery::Result Delivery::result(std::size_t operation) const {
  const auto& item = items_[operation];
  Result out{Fate::not_tried, item.arrival, item.reason, item.perhaps, item.held_back};
  switch (item.state) {
    case State::waiting:
      if (item.ever_sent) out.fate = Fate::failed;
      break;
    case State::in_flight:
    case State::accepted:
    case State::open:
      out.fate = Fate::open;
      if (out.reason.empty()) out.reason = "sent, but it could not be established whether it arrived";
      break;
    case State::arrived:
      out.fate = Fate::arrived;
      break;
    case State::removed:
      out.fate = Fate::removed;
      break;
    case State::refused:
      out.fate = Fate::refused;
      break;
    case State::failed:
      out.fate = item.may_yet_be_gone ? Fate::open : Fate::failed;
      break;
    case State::unclear:
      out.fate = Fate::unclear;
      break;
  }
  return out;
}

bool Delivery::settled() const {
  return std::none_of(items_.begin(), items_.end(), [](const Item& item) {
    return item.state == State::in_flight || item.state == State::accepted || item.state == State::open ||
           (item.may_yet_be_gone && item.state != State::removed);
  });
}

std::size_t Delivery::done() const {
  return static_cast<std::size_t>(std::count_if(items_.begin(), items_.end(), [](const Item& item) {
    return item.state != State::waiting && item.state != State::in_flight && item.state != State::open;
  }));
}

std::string Delivery::fingerprint(Time now) const {
  std::string out;
  const auto number = [&](std::int64_t value) { out += std::to_string(value) + ","; };
  const auto batch_text = [&](const Batch& batch) {
    number(static_cast<std::int64_t>(batch.attempt));
    for (const auto n : batch.items) number(static_cast<std::int64_t>(n));
    out += ";";
  };
  number(static_cast<std::int64_t>(phase_));
  number(reading_);
  number(interrupted_);
  number(ending_ ? static_cast<std::int64_t>(ending_->why) : -1);
  number(std::max<Time>(0, not_before_ - now));
  number(round_.first ? now - *round_.first : -1);
  number(round_.pause.count());
  number(std::max<Time>(0, round_.not_before - now));
  for (const auto& item : items_) {
    number(static_cast<std::int64_t>(item.state));
    number(item.ever_sent + 2 * item.confirmed + 4 * item.may_yet_be_gone + 8 * item.altered);
    number(item.answered_id.value_or(-1));
    number(static_cast<std::int64_t>(item.attempt));
    number(item.arrival ? item.arrival->id : -1);
    if (item.arrival) out += text_of(item.arrival->content) + std::string(name_of(item.arrival->evidence));
    for (const auto id : item.perhaps) number(id);
    out += ";";
  }
  for (const auto& [ticket, batch] : in_flight_) batch_text(batch);
  out += "|";
  for (const auto& open : open_) {
    number(static_cast<std::int64_t>(open.verdict.failure));
    batch_text(open.batch);
  }
  out += "|";
  for (const auto& batch : queue_.waiting()) batch_text(batch);
  number(static_cast<std::int64_t>(queue_.limit()));
  out += "|";
  for (const auto n : removals_) number(static_cast<std::int64_t>(n));
  out += "|";
  for (const auto id : seen_) number(id);
  out += "|";
  for (const auto& [id, content] : before_.present) out += std::to_string(id) + text_of(content) + ",";
  for (const auto& surprise : surprises_) number(surprise.id);
  number(static_cast<std::int64_t>(budget_.left()));
  return out;
}

bool is_done(const Delivery::Result& result, const Operation& operation) {
  using Fate = Delivery::Fate;
  if (operation.kind == Kind::remove) return result.fate == Fate::removed;
  if (result.fate != Fate::arrived) return false;
  if (operation.kind == Kind::create) return true;
  const auto& arrival = *result.arrival;
  const bool as_before = arrival.content == operation.before && arrival.content != operation.content;
  return arrival.evidence != Evidence::changed && !as_before;
}

}  // namespace hookferry
