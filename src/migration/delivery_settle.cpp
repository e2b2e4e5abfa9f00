// The part of delivery that reads the account back: after an open outcome, and to verify at the end.
#include <algorithm>
#include <unordered_set>

#include "migration/delivery.hpp"

namespace hookferry {
namespace {

using Kind = Operation::Kind;

constexpr Milliseconds first_pause{100};
constexpr Milliseconds longest_pause{1'000};

std::set<std::int64_t> ids_of(const std::vector<Seen>& reading) {
  std::set<std::int64_t> out;
  for (const auto& seen : reading) out.insert(seen.id);
  return out;
}

/// What each webhook of a reading lacks, of those that lack anything.
using Lacking = std::multimap<std::int64_t, const std::vector<Sha256>*>;

Lacking lacking_of(const std::vector<Seen>& reading) {
  Lacking out;
  for (const auto& seen : reading)
    if (!seen.lacks_of.empty()) out.emplace(seen.id, &seen.lacks_of);
  return out;
}

bool lacks_something(const Lacking& lacking, const Arrival& arrival, const Sha256& sent) {
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
  withdraw_what_has_changed(webhooks);
  const auto shown = ids_of(webhooks);
  seen_.insert(shown.begin(), shown.end());
  if (awaits_more(shown) && !final) {
    round_.not_before = std::min(moment_.now + round_.pause.count(), certain_from);
    round_.pause = std::min(2 * round_.pause, longest_pause);
    return;
  }
  round_ = {};
  conclude_round(webhooks, shown);
}

void Delivery::conclude_round(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown) {
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
    return item.state == State::accepted && item.operation->kind != Kind::remove && item.perhaps.empty();
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
      return item.may_yet_be_gone || !shown.contains(*item.operation->id);
    case Phase::finished:
      break;
  }
  return false;
}

bool Delivery::awaits_more(const std::set<std::int64_t>& shown) const {
  if (std::any_of(items_.begin(), items_.end(), [&](const Item& item) { return awaits(item, shown); }))
    return true;
  if (phase_ == Phase::verifying_removals) return !not_shown(shown).empty();
  return phase_ == Phase::verifying &&
         !std::includes(shown.begin(), shown.end(), before_.relied_on.begin(), before_.relied_on.end());
}

void Delivery::take_arrivals(const std::vector<Seen>& reading, bool final) {
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
    item.perhaps = attribution.perhaps[k];
    auto arrival = attribution.arrivals[k];
    if (!rules_.evidence && final && !arrival && !item.perhaps.empty())
      arrival = Arrival{item.perhaps.front(), *item.operation->content, Evidence::content};
    if (!arrival) continue;
    item.state = State::arrived;
    item.arrival = arrival;
    item.altered = lacks_something(lacking, *arrival, *item.operation->content);
    item.reason.clear();
    instructions_.emplace_back(RecordArrived{places[k], *arrival});
  }
}

/// What was to be written over or deleted, and has been changed by somebody since the plan, is left alone.
void Delivery::withdraw_what_has_changed(const std::vector<Seen>& reading) {
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

void Delivery::call_unclear(std::size_t n) {
  auto& item = items_[n];
  item.state = State::unclear;
  item.reason = item.operation->kind == Kind::update
                    ? "it has changed, but neither into what was sent nor back; it cannot be told by whom"
                    : "a webhook of this alias and type is new there, with other content; it cannot be told "
                      "whether it is this one; not sent again";
  instructions_.emplace_back(RecordUnclear{n, item.perhaps});
}

void Delivery::settle(bool whole) {
  auto open = std::move(open_);
  open_.clear();
  for (auto& batch : open) {
    std::erase_if(batch.batch.items, [&](std::size_t n) { return items_[n].state == State::arrived; });
    if (!whole) continue;
    std::erase_if(batch.batch.items, [&](std::size_t n) {
      if (!items_[n].perhaps.empty()) call_unclear(n);
      return !items_[n].perhaps.empty();
    });
    if (!batch.batch.items.empty()) settle_missing(batch);
  }
  if (ending_ && ending_->why == Ending::Why::not_whole) phase_ = Phase::finished;
}

void Delivery::settle_missing(const OpenBatch& open) {
  const auto& [batch, verdict] = open;
  not_applied(batch.items, verdict.reason);
  if (stopping()) return queue_.again(batch);
  if (verdict.failure != FailureClass::refused) return send_missing_again(batch, verdict);
  queue_.in_parts(batch);
}

void Delivery::send_missing_again(Batch batch, const Verdict& verdict) {
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

void Delivery::conclude_verification(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown,
                                     bool whole) {
  for (std::size_t n = 0; n < items_.size(); ++n) {
    auto& item = items_[n];
    if (item.operation->kind == Kind::remove) continue;
    if (item.state == State::accepted && !item.perhaps.empty() && whole) {
      call_unclear(n);
    } else if (item.state == State::accepted) {
      item.reason = "the server accepted it, but it is not to be seen there";
    } else if (item.state == State::arrived && !shown.contains(item.arrival->id)) {
      item.state = State::failed;
      item.reason = "it arrived with id " + std::to_string(item.arrival->id) +
                    ", but is not to be seen there any more: deleted by someone?";
    }
  }
  find_surprises(reading, shown);
  start_removing();
}

/// In every reading that something goes by from the verification on.
void Delivery::find_surprises(const std::vector<Seen>& reading, const std::set<std::int64_t>& shown) {
  std::map<std::int64_t, Sha256> expected;
  std::unordered_set<Sha256, HashOfSha256> contents;
  std::set<std::pair<Surprise::Kind, std::int64_t>> known;
  for (const auto& one : surprises_) known.emplace(one.kind, one.id);
  const auto surprise = [&](Surprise::Kind kind, std::int64_t id, const Identity& identity) {
    if (known.emplace(kind, id).second) surprises_.push_back({kind, id, identity});
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
    if (!shown.contains(id)) surprise(Surprise::Kind::gone, id, {});
  for (const auto& seen : reading) {
    if (const auto found = expected.find(seen.id); found != expected.end()) {
      if (found->second != seen.content) surprise(Surprise::Kind::changed, seen.id, seen.identity);
    } else if (!before_.present.contains(seen.id) && contents.contains(seen.content)) {
      surprise(Surprise::Kind::copy, seen.id, seen.identity);
    }
  }
}

bool Delivery::all_is_well() const {
  return surprises_.empty() && std::all_of(items_.begin(), items_.end(), [](const Item& item) {
           return item.operation->kind == Kind::remove || (item.state == State::arrived && !item.altered &&
                                                           item.arrival->evidence != Evidence::changed);
         });
}

}  // namespace hookferry
