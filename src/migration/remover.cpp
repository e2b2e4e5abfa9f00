#include "migration/remover.hpp"

#include <algorithm>
#include <ctime>
#include <random>

namespace hookferry {
namespace {

using Clock = std::chrono::steady_clock;

bool already_gone(const Reply& reply) {
  const auto* response = std::get_if<Response>(&reply);
  return response != nullptr && (response->status == 404 || response->status == 410);
}

}  // namespace

Remover::Remover(WebhooksApi& api, const std::vector<Removal>& removals)
    : api_(api), backoff_(std::random_device{}()), budget_(api.retries()), all_(removals.size()) {
  for (const auto& removal : removals) queue_.push_back({removal, 0});
}

void Remover::report_to(std::function<void(std::size_t done, std::size_t all)> progress) {
  progress_ = std::move(progress);
}

void Remover::report_progress() const {
  if (progress_) progress_(all_ - queue_.size() - in_flight_.size(), all_);
}

RemovalOutcome Remover::remove(std::size_t connections) {
  report_progress();
  while (!queue_.empty() && !outcome_.ended_by && !api_.client().interrupted())
    api_.client().run(api_.account().endpoint, *this, connections);
  for (const auto& open : queue_)
    outcome_.failed.push_back(
        {open.removal,
         api_.client().interrupted() ? "not tried: interrupted" : "not tried: the run ended before its turn",
         open.attempt > 0});
  return std::move(outcome_);
}

Workload::Step Remover::next() {
  if (queue_.empty() || outcome_.ended_by || api_.client().interrupted()) return Nothing{};
  const auto now = Clock::now();
  if (now < not_before_)
    return Wait{std::chrono::duration_cast<Milliseconds>(not_before_ - now) + Milliseconds(1)};
  auto next_try = queue_.front();
  queue_.pop_front();
  Job job{next_ticket_, api_.remove_request(next_try.removal.id)};
  in_flight_.emplace(next_ticket_++, std::move(next_try));
  return job;
}

void Remover::replied(std::size_t ticket, Reply reply) {
  auto done = in_flight_.at(ticket);
  in_flight_.erase(ticket);
  const auto verdict = judge(reply, std::time(nullptr));
  if (verdict.failure == FailureClass::none || already_gone(reply)) {
    budget_.refund();
    return report_progress();
  }
  switch (verdict.failure) {
    case FailureClass::not_sent:
    case FailureClass::unknown:
    case FailureClass::slow_down:
      return try_again(std::move(done), verdict);
    case FailureClass::key_refused:
    case FailureClass::not_this_api:
      queue_.push_front(std::move(done));
      if (!outcome_.ended_by)
        outcome_.ended_by =
            failure_of(verdict, "delete at " + api_.account().label,
                       "DELETE " + api_.account().endpoint.url() + std::string(webhooks_path));
      return;
    default:
      outcome_.failed.push_back({done.removal, verdict.text(), done.attempt > 0});
  }
}

void Remover::try_again(Try failed, const Verdict& verdict) {
  if (failed.attempt >= api_.retries() || !budget_.spend()) {
    outcome_.failed.push_back(
        {failed.removal,
         "still there after " + std::to_string(failed.attempt + 1) + " tries: " + verdict.text(), true});
    return;
  }
  const auto delay = backoff_.delay(failed.attempt++, verdict.retry_after);
  api_.tell("DELETE of id " + std::to_string(failed.removal.id) + ": " + verdict.reason + "; retry " +
            std::to_string(failed.attempt) + " of " + std::to_string(api_.retries()) + " in " +
            std::to_string(delay.count()) + " ms");
  not_before_ = std::max(not_before_, Clock::now() + delay);
  queue_.push_back(std::move(failed));
}

}  // namespace hookferry
