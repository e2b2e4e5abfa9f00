#include "migration/importer.hpp"

#include <algorithm>
#include <ctime>
#include <random>

#include "api/v1/bulk_answer.hpp"
#include "json/document.hpp"

namespace hookferry {
namespace {

std::vector<std::size_t> all_places(std::size_t count) {
  std::vector<std::size_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = i;
  return out;
}

std::string webhooks_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " webhook" : " webhooks");
}

}  // namespace

Webhook with_id(const Webhook& webhook, std::int64_t id) {
  const auto members = webhook.text.substr(webhook.text.find('{') + 1);
  const bool empty = members.find_first_not_of(" \t\r\n") == members.rfind('}');
  const auto document = json::Document::parse("{\"id\":" + std::to_string(id) + (empty ? "" : ",") + members);
  return read_webhook(document.root());
}

Importer::Importer(WebhooksApi& api, LedgerWriter& ledger, const Plan& plan, std::set<std::int64_t> present,
                   ImportOptions options)
    : api_(api),
      ledger_(ledger),
      plan_(plan),
      present_(std::move(present)),
      options_(std::move(options)),
      queue_({}, options_.batch_size),
      backoff_(std::random_device{}()),
      budget_(api.retries()) {
  prepare();
}

void Importer::prepare() {
  for (std::size_t n = 0; n < plan_.webhooks.size(); ++n) {
    const auto& planned = plan_.webhooks[n];
    if (planned.action != Action::create && planned.action != Action::update) continue;
    Item item;
    item.n = n;
    item.body = planned.webhook;
    item.sent.identity = planned.webhook.identity;
    item.sent.content = content_digest(planned.webhook);
    if (planned.action == Action::update) {
      item.body = with_id(planned.webhook, *planned.existing->id);
      item.sent.update_of = planned.existing->id;
      item.sent.content_before = content_digest(*planned.existing);
    }
    items_.push_back(std::move(item));
  }
  queue_ = BatchQueue(all_places(items_.size()), options_.batch_size);
}

Outcome Importer::deliver() {
  report_progress();
  try {
    while (true) {
      api_.client().run(api_.account().endpoint, *this, options_.concurrency);
      if (!open_.empty()) settle();
      if (queue_.empty() || stopping()) break;
    }
    verify();
  } catch (const Failure& failure) {
    if (failure.code == Exit::cannot_write) throw;
    outcome_.settled = false;
    if (!outcome_.ended_by) outcome_.ended_by = failure;
  }
  conclude();
  return std::move(outcome_);
}

bool Importer::in_doubt() const {
  return std::any_of(open_.begin(), open_.end(),
                     [](const OpenBatch& open) { return open.verdict.failure != FailureClass::refused; });
}

Workload::Step Importer::next() {
  if (stopping() || in_doubt()) return Nothing{};
  const auto now = Clock::now();
  if (now < not_before_ && !queue_.empty())
    return Wait{std::chrono::duration_cast<Milliseconds>(not_before_ - now) + Milliseconds(1)};
  while (auto batch = queue_.pop()) {
    // A reading made for another batch may have found what was thought not to have arrived.
    std::erase_if(batch->items, [&](std::size_t i) { return items_[i].state == State::arrived; });
    if (batch->items.empty()) continue;
    std::vector<Webhook> bodies;
    for (const auto i : batch->items) {
      items_[i].state = State::in_flight;
      items_[i].error.clear();
      items_[i].ever_sent = true;
      bodies.push_back(items_[i].body);
    }
    ledger_.intent(places(batch->items));
    Job job{next_ticket_, api_.bulk_request(bodies)};
    in_flight_.emplace(next_ticket_++, std::move(*batch));
    return job;
  }
  return Nothing{};
}

void Importer::replied(std::size_t ticket, Reply reply) {
  last_reply_ = Clock::now();
  auto batch = std::move(in_flight_.at(ticket));
  in_flight_.erase(ticket);
  auto verdict = judge(reply, std::time(nullptr));
  switch (verdict.failure) {
    case FailureClass::none:
      return confirm(batch, std::get<Response>(reply).body);
    case FailureClass::unknown:
    case FailureClass::interrupted:
      return leave_open(std::move(batch), std::move(verdict));
    case FailureClass::not_sent:
    case FailureClass::slow_down:
      return retry_later(std::move(batch), verdict);
    case FailureClass::too_large:
      not_applied(batch, verdict);
      if (batch.items.size() > 1)
        api_.tell("POST: " + webhooks_text(batch.items.size()) +
                  " are too large for one request; sending fewer");
      if (batch.items.size() == 1)
        return fail(batch.items, "the server finds this webhook too large (HTTP 413)");
      queue_.too_large(std::move(batch));
      return;
    case FailureClass::refused:
      // Part of a batch may have been applied all the same; of a single webhook there is no part.
      if (batch.items.size() > 1) return leave_open(std::move(batch), std::move(verdict));
      not_applied(batch, verdict);
      return fail(batch.items, "refused by the server: " + verdict.text());
    case FailureClass::key_refused:
    case FailureClass::not_this_api:
      not_applied(batch, verdict);
      queue_.again(std::move(batch));
      return end_run(verdict);
  }
}

void Importer::confirm(const Batch& batch, const std::string& body) {
  std::vector<Webhook> sent;
  for (const auto i : batch.items) sent.push_back(items_[i].body);
  const auto ids = read_bulk_answer(body, sent);
  if (!ids) {
    Verdict verdict;
    verdict.failure = FailureClass::unknown;
    verdict.reason = "the answer does not confirm what was sent";
    return leave_open(batch, std::move(verdict));
  }
  for (std::size_t k = 0; k < batch.items.size(); ++k) {
    auto& item = items_[batch.items[k]];
    item.state = State::accepted;
    item.sent.confirmed = true;
    if (!present_.contains((*ids)[k].value_or(-1))) item.sent.answered_id = (*ids)[k];
  }
  ledger_.accepted(places(batch.items), *ids);
  budget_.refund();
  report_progress();
}

void Importer::not_applied(const Batch& batch, const Verdict& verdict) {
  for (const auto i : batch.items) {
    items_[i].state = State::waiting;
    items_[i].error = "not applied: " + verdict.reason;
  }
  ledger_.not_applied(places(batch.items), verdict.reason);
}

void Importer::retry_later(Batch batch, const Verdict& verdict) {
  not_applied(batch, verdict);
  const bool give_up = batch.attempt >= api_.retries() || !budget_.spend();
  if (give_up) {
    queue_.again(std::move(batch));
    return end_run(verdict);
  }
  const auto delay = backoff_.delay(batch.attempt, verdict.retry_after);
  ++batch.attempt;
  api_.tell("POST of " + webhooks_text(batch.items.size()) + ": " + verdict.reason + "; retry " +
            std::to_string(batch.attempt) + " of " + std::to_string(api_.retries()) + " in " +
            std::to_string(delay.count()) + " ms");
  not_before_ = std::max(not_before_, Clock::now() + delay);
  queue_.again(std::move(batch));
}

void Importer::leave_open(Batch batch, Verdict verdict) {
  for (const auto i : batch.items) items_[i].state = State::open;
  api_.tell("POST of " + webhooks_text(batch.items.size()) + ": " + verdict.reason +
            "; reading the destination to find out what arrived");
  open_.push_back({std::move(batch), std::move(verdict)});
}

void Importer::end_run(const Verdict& verdict) {
  if (outcome_.ended_by) return;
  outcome_.ended_by = failure_of(verdict, "write to " + api_.account().label,
                                 "POST " + api_.account().endpoint.url() + std::string(bulk_path));
}

void Importer::fail(const std::vector<std::size_t>& items, const std::string& error) {
  for (const auto i : items) {
    items_[i].state = State::failed;
    items_[i].error = error;
  }
  report_progress();
}

std::vector<std::size_t> Importer::places(const std::vector<std::size_t>& items) const {
  std::vector<std::size_t> out;
  out.reserve(items.size());
  for (const auto i : items) out.push_back(items_[i].n);
  return out;
}

void Importer::report_progress() const {
  if (!options_.progress) return;
  const auto done = std::count_if(items_.begin(), items_.end(), [](const Item& item) {
    return item.state == State::accepted || item.state == State::arrived || item.state == State::failed;
  });
  options_.progress(static_cast<std::size_t>(done), items_.size());
}

}  // namespace hookferry
