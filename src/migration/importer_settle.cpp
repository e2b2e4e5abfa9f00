// The part of the importer that reads the destination back: after an open outcome, and to verify at the end.
#include <algorithm>

#include "migration/importer.hpp"
#include "migration/verifier.hpp"

namespace hookferry {
namespace {

constexpr Milliseconds first_pause{100};
constexpr Milliseconds longest_pause{1'000};

std::string seconds_text(Milliseconds time) {
  auto text = std::to_string(static_cast<double>(time.count()) / 1000.0);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " s";
}

}  // namespace

/// True as soon as a reading shows all awaited items; false when one that began after the settle time still
/// misses some.
bool Importer::read_back(const std::function<bool(const Item&)>& awaited) {
  const auto deadline = last_reply_ + options_.settle;
  auto pause = first_pause;
  while (true) {
    const auto began = Clock::now();
    last_reading_ = api_.list(WebhooksApi::Purpose::settle);
    std::vector<std::size_t> items;
    std::vector<SentWebhook> sent;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].ever_sent) continue;
      items.push_back(i);
      sent.push_back(items_[i].sent);
    }
    const bool final = began >= deadline;
    take_arrivals(items, attribute(sent, present_, last_reading_, final ? Reading::final : Reading::early));
    if (std::none_of(items_.begin(), items_.end(), awaited)) return true;
    if (final) return false;
    api_.client().wait(
        std::min(pause, std::chrono::duration_cast<Milliseconds>(deadline - Clock::now()) + Milliseconds(1)));
    pause = std::min(2 * pause, longest_pause);
  }
}

void Importer::take_arrivals(const std::vector<std::size_t>& items, const Attribution& attribution) {
  bool news = false;
  for (std::size_t k = 0; k < items.size(); ++k) {
    auto& item = items_[items[k]];
    const auto& arrival = attribution.arrivals[k];
    item.ambiguous = attribution.ambiguous[k];
    if (!arrival) continue;
    const bool known = item.state == State::arrived && item.arrival->id == arrival->id &&
                       item.arrival->content == arrival->content;
    item.state = State::arrived;
    item.arrival = arrival;
    item.sent.answered_id = arrival->id;  // from now on it is this one
    if (known) continue;
    ledger_.arrived(item.n, arrival->id, arrival->content);
    news = true;
  }
  if (news) ledger_.sync();
}

void Importer::settle() {
  read_back([](const Item& item) { return item.state == State::open; });
  auto open = std::move(open_);
  open_.clear();
  for (auto& batch : open) {
    std::erase_if(batch.batch.items, [&](std::size_t i) {
      if (items_[i].state == State::arrived) return true;
      if (!items_[i].ambiguous) return false;
      fail({i},
           "a webhook of this alias and type is new in the destination, but it cannot be told whether it is "
           "this one; not sent again");
      return true;
    });
    if (!batch.batch.items.empty()) settle_missing(batch);
  }
  report_progress();
}

void Importer::settle_missing(const OpenBatch& open) {
  const auto& [batch, verdict] = open;
  api_.tell(std::to_string(batch.items.size()) + " did not arrive (" + verdict.reason + ")");
  not_applied(batch, verdict);
  if (stopping()) return queue_.again(batch);
  if (verdict.failure != FailureClass::refused) return send_missing_again(batch, verdict);
  queue_.in_parts(batch);
}

void Importer::send_missing_again(Batch batch, const Verdict& verdict) {
  if (batch.attempt >= api_.retries())
    return fail(batch.items,
                "not there after " + std::to_string(batch.attempt + 1) + " tries: " + verdict.text());
  if (!budget_.spend()) {
    queue_.again(std::move(batch));
    return end_run(verdict);
  }
  const auto delay = backoff_.delay(batch.attempt, verdict.retry_after);
  not_before_ = std::max(not_before_, Clock::now() + delay);
  ++batch.attempt;
  // One webhook that the server stumbles over must not hold back the others for ever.
  if (batch.attempt > 1) return queue_.in_parts(batch);
  queue_.again(std::move(batch));
}

void Importer::verify() {
  const bool sent_any =
      std::any_of(items_.begin(), items_.end(), [](const Item& item) { return item.ever_sent; });
  if (!sent_any) return;
  const auto unseen = [](const Item& item) {
    return item.state == State::accepted || item.state == State::open;
  };
  if (!read_back(unseen)) {
    for (std::size_t i = 0; i < items_.size(); ++i)
      if (unseen(items_[i]))
        fail({i},
             "the server accepted it, but it is not to be seen there after " + seconds_text(options_.settle));
  }
  std::set<std::int64_t> ours;
  for (const auto& item : items_)
    if (item.arrival) ours.insert(item.arrival->id);
  outcome_.surprises = verify_reading(plan_, present_, ours, last_reading_);
}

void Importer::conclude() {
  std::map<std::int64_t, const Webhook*> reading;
  for (const auto& webhook : last_reading_)
    if (webhook.id) reading[*webhook.id] = &webhook;
  outcome_.webhooks.reserve(plan_.webhooks.size());
  for (const auto& planned : plan_.webhooks) outcome_.webhooks.push_back(untouched_outcome(planned));
  const std::string not_sent =
      api_.client().interrupted() ? "not sent: interrupted" : "not sent: the run ended before its turn";
  for (const auto& item : items_) {
    auto& out = outcome_.webhooks[item.n];
    out.error = item.error;
    if (item.state == State::arrived) {
      out.state = item.sent.update_of ? WebhookOutcome::State::updated : WebhookOutcome::State::created;
      out.destination_id = item.arrival->id;
      out.error.clear();
      const auto stored = reading.find(item.arrival->id);
      if (!item.arrival->as_sent && stored != reading.end())
        out.stored_differently = differences(&plan_.webhooks[item.n].webhook, *stored->second);
    } else if (item.state != State::failed) {
      if (item.state != State::waiting)
        out.error = "sent, but it could not be established whether it arrived";
      if (out.error.empty()) out.error = not_sent;
    }
  }
  const bool all_there = std::all_of(items_.begin(), items_.end(),
                                     [](const Item& item) { return item.state == State::arrived; });
  outcome_.interrupted = api_.client().interrupted() && !all_there;
}

}  // namespace hookferry
