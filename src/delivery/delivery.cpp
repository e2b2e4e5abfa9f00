#include "delivery/delivery.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace hookferry::delivery {
namespace {

/// Cut into pieces of `size`, at most; the order stays.
std::vector<Batch> cut(const Batch& batch, std::size_t size) {
  std::vector<Batch> out;
  for (std::size_t at = 0; at < batch.items.size(); at += size) {
    const auto end = std::min(at + size, batch.items.size());
    Batch part;
    part.attempt = batch.attempt;
    for (std::size_t i = at; i < end; ++i) part.items.push_back(batch.items[i]);
    out.push_back(std::move(part));
  }
  return out;
}

}  // namespace

BatchQueue::BatchQueue(const std::vector<std::size_t>& items, std::size_t batch_size) : limit_(batch_size) {
  for (auto& batch : cut({items, 0}, limit_)) queue_.push_back(std::move(batch));
}

std::optional<Batch> BatchQueue::pop() {
  if (queue_.empty()) return std::nullopt;
  auto batch = std::move(queue_.front());
  queue_.pop_front();
  auto parts = cut(batch, limit_);
  for (auto part = parts.rbegin(); part + 1 != parts.rend(); ++part) queue_.push_front(std::move(*part));
  return std::move(parts.front());
}

void BatchQueue::again(Batch batch) { queue_.push_front(std::move(batch)); }

bool BatchQueue::too_large(Batch batch) {
  if (batch.items.size() < 2) return false;
  limit_ = std::min(limit_, (batch.items.size() + 1) / 2);
  queue_.push_front(std::move(batch));
  return true;
}

void BatchQueue::in_parts(const Batch& batch) {
  constexpr std::size_t few = 9;
  const auto root = std::ceil(std::sqrt(static_cast<double>(batch.items.size())));
  auto parts = cut(batch, batch.items.size() <= few ? 1 : static_cast<std::size_t>(root));
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) queue_.push_front(std::move(*part));
}

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
    if (operations[n]->kind == Kind::remove)
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
  if (phase_ == Phase::writing) send_ready_batches();
  if (phase_ == Phase::writing && !rests()) {
    if (!open_.empty()) return look();
    if (!queue_.empty() && !stopping()) return;  // it pauses
    phase_ = Phase::verifying;
    if (!sent_any()) start_removing();
  }
  if (phase_ == Phase::removing) send_ready_deletions();
  if (phase_ == Phase::removing && !rests()) {
    if (!removals_.empty() && !stopping()) return;
    phase_ = Phase::verifying_removals;
  }
  if (!rests()) look();
}

bool Delivery::in_doubt() const {
  return std::any_of(open_.begin(), open_.end(), [](const OpenBatch& open) {
    return open.verdict.failure != api::FailureClass::refused;
  });
}

bool Delivery::sent_any() const {
  return std::any_of(items_.begin(), items_.end(), [](const Item& item) { return item.ever_sent; });
}

void Delivery::send_ready_batches() {
  while (in_flight_.size() < options_.concurrency && !stopping() && !in_doubt()) {
    if (moment_.now < not_before_ && !queue_.empty()) return instructions_.push_back(Pause{not_before_});
    auto batch = queue_.pop();
    if (!batch) return;
    // A reading that was made for another batch may have shown that a webhook has arrived after all, or that
    // somebody has changed one since the plan was made. Neither is sent.
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
  if (verdict.in_doubt && verdict.failure != api::FailureClass::unknown &&
      verdict.failure != api::FailureClass::interrupted) {
    end_run(verdict, false);
    return leave_open(std::move(batch), verdict);
  }
  switch (verdict.failure) {
    case api::FailureClass::none:
      if (sent.ids.size() == batch.items.size()) return confirm(batch, sent);
      return leave_open(std::move(batch), verdict);
    case api::FailureClass::unknown:
    case api::FailureClass::interrupted:
      return leave_open(std::move(batch), verdict);
    case api::FailureClass::not_sent:
    case api::FailureClass::slow_down:
      return retry_later(std::move(batch), verdict);
    case api::FailureClass::too_large:
      not_applied(batch.items, verdict.reason);
      if (batch.items.size() > 1) {
        queue_.too_large(std::move(batch));
      } else {
        items_[batch.items.front()].state = State::refused;
        items_[batch.items.front()].reason =
            "the server finds this webhook too large (" + verdict.reason + ")";
      }
      return;
    case api::FailureClass::refused:
      // Part of a batch may have been applied all the same; of a single webhook there is no part.
      if (batch.items.size() > 1) return leave_open(std::move(batch), verdict);
      not_applied(batch.items, verdict.reason);
      items_[batch.items.front()].state = State::refused;
      items_[batch.items.front()].reason = "refused by the server: " + verdict.text();
      return;
    case api::FailureClass::key_refused:
    case api::FailureClass::not_this_api:
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

void Delivery::pause_before_sending(std::size_t attempt, const api::Verdict& verdict) {
  const auto delay = api::retry_delay(attempt, verdict.retry_after, moment_.jitter);
  not_before_ = std::max(not_before_, moment_.now + delay.count());
}

void Delivery::retry_later(Batch batch, const api::Verdict& verdict) {
  not_applied(batch.items, verdict.reason);
  const bool give_up = batch.attempt >= options_.retries || !budget_.spend();
  if (give_up) end_run(verdict, false);
  if (!give_up) pause_before_sending(batch.attempt++, verdict);
  queue_.again(std::move(batch));
}

void Delivery::leave_open(Batch batch, const api::Verdict& verdict) {
  for (const auto n : batch.items) items_[n].state = State::open;
  open_.push_back({std::move(batch), verdict});
}

void Delivery::end_run(const api::Verdict& verdict, bool deleting) {
  if (!ending_) ending_ = Ending{Ending::Why::server, verdict, deleting, {}, 0};
}

Delivery::Result Delivery::result(std::size_t operation) const {
  const auto& item = items_[operation];
  Result out{Fate::not_tried, item.arrival, item.reason, item.candidates, item.held_back};
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
      out.fate = item.may_be_removed ? Fate::open : Fate::failed;
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
           (item.may_be_removed && item.state != State::removed);
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
    number(item.ever_sent + 2 * item.confirmed + 4 * item.may_be_removed + 8 * item.altered);
    number(item.answered_id.value_or(-1));
    number(static_cast<std::int64_t>(item.attempt));
    number(item.arrival ? item.arrival->id : -1);
    if (item.arrival) out += text_of(item.arrival->content) + std::string(name_of(item.arrival->evidence));
    for (const auto id : item.candidates) number(id);
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
  for (const auto& surprise : findings_) number(surprise.id);
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

// The part of delivery that reads the account back: after an open outcome, and to verify at the end.

namespace {

using Kind = Operation::Kind;

constexpr Milliseconds first_pause{100};
constexpr Milliseconds longest_pause{1'000};

std::set<std::int64_t> ids_of(const std::vector<SnapshotEntry>& reading) {
  std::set<std::int64_t> out;
  for (const auto& seen : reading) out.insert(seen.id);
  return out;
}

/// What each webhook of a reading lacks, of those that lack anything.
using MissingContent = std::multimap<std::int64_t, const std::vector<Sha256>*>;

MissingContent lacking_of(const std::vector<SnapshotEntry>& reading) {
  MissingContent out;
  for (const auto& seen : reading)
    if (!seen.missing_content_of.empty()) out.emplace(seen.id, &seen.missing_content_of);
  return out;
}

bool misses_content(const MissingContent& lacking, const Arrival& arrival, const Sha256& sent) {
  const auto [first, last] = lacking.equal_range(arrival.id);
  return std::any_of(first, last, [&](const auto& one) {
    return std::find(one.second->begin(), one.second->end(), sent) != one.second->end();
  });
}

}  // namespace

void Delivery::look() {
  if (moment_.now < round_.not_before) return instructions_.push_back(Pause{round_.not_before});
  reading_ = true;
  instructions_.emplace_back(Read{});
}

void Delivery::happened(const WasRead& read) {
  reading_ = false;
  const auto& [began, webhooks] = read.reading;
  if (!round_.first) round_ = {began, first_pause, 0};
  const auto certain_from = *round_.first + options_.settle.count();
  const bool final = began >= certain_from || !rules_.agreeing_readings;
  take_arrivals(webhooks, final);
  skip_changed_targets(webhooks);
  const auto shown = ids_of(webhooks);
  seen_.insert(shown.begin(), shown.end());
  if (awaits_more_arrivals(shown) && !final) {
    round_.not_before = std::min(moment_.now + round_.pause.count(), certain_from);
    round_.pause = std::min(2 * round_.pause, longest_pause);
    return;
  }
  round_ = {};
  conclude_round(webhooks, shown);
}

void Delivery::conclude_round(const std::vector<SnapshotEntry>& reading,
                              const std::set<std::int64_t>& shown) {
  const bool whole = !rules_.whole_readings || (not_shown(shown).empty() && unseen() == 0);
  const bool something_is_open = std::any_of(items_.begin(), items_.end(), [&](const Item& item) {
    return item.state == State::open || (item.state == State::accepted && phase_ != Phase::writing);
  });
  if (!whole && something_is_open && !ending_)
    ending_ = Ending{Ending::Why::not_whole, {}, false, not_shown(shown), unseen()};
  if (phase_ == Phase::writing) return settle(whole);
  if (phase_ == Phase::verifying) return conclude_verification(reading, shown, whole);
  conclude_removals(reading, shown, whole);
}

/// Known to be there: what the plan's reading showed, and what has been seen since, whosever it is.
std::vector<std::int64_t> Delivery::not_shown(const std::set<std::int64_t>& shown) const {
  std::set<std::int64_t> known = seen_;
  for (const auto id : before_.gone) known.erase(id);
  for (const auto& [id, content] : before_.present) known.insert(id);
  for (const auto& item : items_) {
    if (item.operation->kind == Kind::remove && item.ever_sent) known.erase(*item.operation->id);
    if (item.arrival) known.insert(item.arrival->id);
  }
  std::vector<std::int64_t> out;
  std::set_difference(known.begin(), known.end(), shown.begin(), shown.end(), std::back_inserter(out));
  return out;
}

/// Confirmed by an answer, and not to be seen all the same.
std::size_t Delivery::unseen() const {
  return static_cast<std::size_t>(std::count_if(items_.begin(), items_.end(), [](const Item& item) {
    return item.state == State::accepted && item.operation->kind != Kind::remove && item.candidates.empty();
  }));
}

bool Delivery::awaits(const Item& item, const std::set<std::int64_t>& shown) const {
  const bool removal = item.operation->kind == Kind::remove;
  switch (phase_) {
    case Phase::writing:
      return item.state == State::open;
    case Phase::verifying:
      return !removal && (item.state == State::accepted || item.state == State::open ||
                          (item.state == State::arrived && !shown.contains(item.arrival->id)));
    case Phase::removing:
    case Phase::verifying_removals:
      if (!removal || !item.ever_sent) return false;
      if (item.state == State::accepted) return shown.contains(*item.operation->id);
      // That what the server did not confirm is gone takes a second reading.
      return item.may_be_removed || !shown.contains(*item.operation->id);
    case Phase::finished:
      break;
  }
  return false;
}

bool Delivery::awaits_more_arrivals(const std::set<std::int64_t>& shown) const {
  if (std::any_of(items_.begin(), items_.end(), [&](const Item& item) { return awaits(item, shown); }))
    return true;
  if (phase_ == Phase::verifying_removals) return !not_shown(shown).empty();
  return phase_ == Phase::verifying &&
         !std::includes(shown.begin(), shown.end(), before_.relied_on.begin(), before_.relied_on.end());
}

void Delivery::take_arrivals(const std::vector<SnapshotEntry>& reading, bool final) {
  std::vector<std::size_t> places;
  std::vector<SentWebhook> sent;
  std::set<std::int64_t> taken;
  places.reserve(items_.size());
  sent.reserve(items_.size());
  for (std::size_t n = 0; n < items_.size(); ++n) {
    const auto& item = items_[n];
    if (item.arrival) taken.insert(item.arrival->id);
    if (!item.ever_sent || item.arrival || item.operation->kind == Kind::remove) continue;
    const auto& operation = *item.operation;
    places.push_back(n);
    sent.push_back({operation.identity, *operation.content, item.answered_id, item.confirmed,
                    operation.kind == Kind::update ? operation.id : std::nullopt, operation.before});
  }
  const auto ours = [&](std::int64_t id) {
    // A reading that lags may still show what was deleted; once it is certain, an id has been used again.
    return !before_.present.contains(id) && !taken.contains(id) && (final || !before_.gone.contains(id));
  };
  const auto attribution = attribute(sent, ours, reading, final);
  const auto lacking = lacking_of(reading);
  for (std::size_t k = 0; k < places.size(); ++k) {
    auto& item = items_[places[k]];
    item.candidates = attribution.candidates[k];
    auto arrival = attribution.arrivals[k];
    if (!rules_.evidence && final && !arrival && !item.candidates.empty())
      arrival = Arrival{item.candidates.front(), *item.operation->content, Evidence::content};
    if (!arrival) continue;
    item.state = State::arrived;
    item.arrival = arrival;
    item.altered = misses_content(lacking, *arrival, *item.operation->content);
    item.reason.clear();
    instructions_.emplace_back(RecordArrived{places[k], *arrival});
  }
}

/// What was to be written over or deleted, and has been changed by somebody since the plan, is left alone.
void Delivery::skip_changed_targets(const std::vector<SnapshotEntry>& reading) {
  const auto may_be_withdrawn = [](const Item& item) {
    return !item.ever_sent && item.state == State::waiting && item.operation->id;
  };
  if (std::none_of(items_.begin(), items_.end(), may_be_withdrawn)) return;
  std::map<std::int64_t, const Sha256*> contents;
  for (const auto& seen : reading) contents[seen.id] = &seen.content;
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    const auto& operation = *item.operation;
    if (!may_be_withdrawn(item)) continue;
    const auto seen = contents.find(*operation.id);
    const auto& expected = operation.kind == Kind::update ? operation.before : operation.content;
    if (seen == contents.end() || !expected || *seen->second == *expected) continue;
    item.state = State::failed;
    item.reason = "somebody has changed it since the plan was made; left as it is";
  }
  std::erase_if(removals_, [&](std::size_t n) { return items_[n].state == State::failed; });
}

void Delivery::mark_ambiguous(std::size_t n) {
  auto& item = items_[n];
  item.state = State::unclear;
  item.reason = item.operation->kind == Kind::update
                    ? "it has changed, but neither into what was sent nor back; it cannot be told by whom"
                    : "a webhook of this alias and type is new there, with other content; it cannot be told "
                      "whether it is this one; not sent again";
  instructions_.emplace_back(RecordUnclear{n, item.candidates});
}

void Delivery::settle(bool whole) {
  auto open = std::move(open_);
  open_.clear();
  for (auto& batch : open) {
    std::erase_if(batch.batch.items, [&](std::size_t n) { return items_[n].state == State::arrived; });
    if (!whole) continue;
    std::erase_if(batch.batch.items, [&](std::size_t n) {
      if (!items_[n].candidates.empty()) mark_ambiguous(n);
      return !items_[n].candidates.empty();
    });
    if (!batch.batch.items.empty()) settle_missing(batch);
  }
  if (ending_ && ending_->why == Ending::Why::not_whole) phase_ = Phase::finished;
}

void Delivery::settle_missing(const OpenBatch& open) {
  const auto& [batch, verdict] = open;
  not_applied(batch.items, verdict.reason);
  if (stopping()) return queue_.again(batch);
  if (verdict.failure != api::FailureClass::refused) return send_missing_again(batch, verdict);
  queue_.in_parts(batch);
}

void Delivery::send_missing_again(Batch batch, const api::Verdict& verdict) {
  if (batch.attempt >= options_.retries) {
    for (const auto n : batch.items) {
      items_[n].state = State::failed;
      items_[n].reason = "not there after " + std::to_string(batch.attempt + 1) + " tries: " + verdict.text();
    }
    return;
  }
  if (!budget_.spend()) {
    queue_.again(std::move(batch));
    return end_run(verdict, false);
  }
  pause_before_sending(batch.attempt++, verdict);
  // One webhook that the server stumbles over must not hold back the others for ever.
  if (batch.attempt > 1) return queue_.in_parts(batch);
  queue_.again(std::move(batch));
}

void Delivery::conclude_verification(const std::vector<SnapshotEntry>& reading,
                                     const std::set<std::int64_t>& shown, bool whole) {
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (item.operation->kind == Kind::remove) continue;
    if (item.state == State::accepted && !item.candidates.empty() && whole) {
      mark_ambiguous(n);
    } else if (item.state == State::accepted) {
      item.reason = "the server accepted it, but it is not to be seen there";
    } else if (item.state == State::arrived && !shown.contains(item.arrival->id)) {
      item.state = State::failed;
      item.reason = "it arrived with id " + std::to_string(item.arrival->id) +
                    ", but is not to be seen there any more: deleted by someone?";
    }
  }
  collect_findings(reading, shown);
  start_removing();
}

/// In every reading that something goes by from the verification on.
void Delivery::collect_findings(const std::vector<SnapshotEntry>& reading,
                                const std::set<std::int64_t>& shown) {
  std::map<std::int64_t, Sha256> expected;
  std::unordered_set<Sha256, HashOfSha256> contents;
  std::set<std::pair<VerificationFinding::Kind, std::int64_t>> known;
  for (const auto& one : findings_) known.emplace(one.kind, one.id);
  const auto surprise = [&](VerificationFinding::Kind kind, std::int64_t id,
                            const webhook::Identity& identity) {
    if (known.emplace(kind, id).second) findings_.push_back({kind, id, identity});
  };
  for (const auto id : before_.relied_on) expected[id] = before_.present[id];
  for (const auto& item : items_) {
    if (item.operation->kind == Kind::remove || !item.ever_sent) continue;
    contents.insert(*item.operation->content);
    if (!item.arrival) continue;
    contents.insert(item.arrival->content);
    expected[item.arrival->id] = item.arrival->content;
  }
  for (const auto id : before_.relied_on)
    if (!shown.contains(id)) surprise(VerificationFinding::Kind::gone, id, {});
  for (const auto& seen : reading) {
    if (const auto found = expected.find(seen.id); found != expected.end()) {
      if (found->second != seen.content) surprise(VerificationFinding::Kind::changed, seen.id, seen.identity);
    } else if (!before_.present.contains(seen.id) && contents.contains(seen.content)) {
      surprise(VerificationFinding::Kind::copy, seen.id, seen.identity);
    }
  }
}

bool Delivery::all_is_well() const {
  return findings_.empty() && std::all_of(items_.begin(), items_.end(), [](const Item& item) {
           return item.operation->kind == Kind::remove || (item.state == State::arrived && !item.altered &&
                                                           item.arrival->evidence != Evidence::changed);
         });
}

// The part of delivery that deletes: each tried again until it is gone, for a DELETE may safely be repeated.

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
    items_[n].held_back = interrupted_ ? plan::NotTried::interrupted
                          : ending_    ? plan::NotTried::run_ended
                                       : plan::NotTried::not_all_arrived;
}

void Delivery::send_ready_deletions() {
  while (in_flight_.size() < options_.concurrency && !stopping() && !removals_.empty()) {
    if (moment_.now < not_before_) return instructions_.push_back(Pause{not_before_});
    const auto n = removals_.front();
    removals_.pop_front();
    items_[n].state = State::in_flight;
    items_[n].ever_sent = true;
    instructions_.emplace_back(RecordIntent{{n}});
    instructions_.emplace_back(Remove{next_ticket_, n, *items_[n].operation->id});
    Batch batch;
    batch.items = {n};
    in_flight_.emplace(next_ticket_++, std::move(batch));
  }
}

void Delivery::removal_answered(std::size_t n, const api::Verdict& verdict) {
  auto& item = items_[n];
  item.state = State::waiting;
  if (verdict.in_doubt) item.may_be_removed = true;
  switch (verdict.failure) {
    case api::FailureClass::none:
      item.state = State::accepted;
      item.may_be_removed = false;
      return budget_.refund();
    case api::FailureClass::unknown:
    case api::FailureClass::interrupted:
      item.may_be_removed = true;
      return try_removal_again(n, verdict);
    case api::FailureClass::not_sent:
    case api::FailureClass::slow_down:
      return try_removal_again(n, verdict);
    case api::FailureClass::key_refused:
    case api::FailureClass::not_this_api:
      item.reason = verdict.text();
      removals_.push_back(n);
      return end_run(verdict, true);
    case api::FailureClass::refused:
    case api::FailureClass::too_large:
      item.state = State::refused;
      item.reason = verdict.text();
  }
}

void Delivery::try_removal_again(std::size_t n, const api::Verdict& verdict) {
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

void Delivery::conclude_removals(const std::vector<SnapshotEntry>& reading,
                                 const std::set<std::int64_t>& shown, bool whole) {
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
      item.may_be_removed = false;
      instructions_.emplace_back(RecordNotApplied{{n}, item.reason});
    }
  }
  collect_findings(reading, shown);
  phase_ = Phase::finished;
}

}  // namespace hookferry::delivery
