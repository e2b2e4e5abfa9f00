#include "plan/plan.hpp"

#include <algorithm>

namespace hookferry::plan {

std::string_view reason_of(NotTried why) {
  switch (why) {
    case NotTried::interrupted:
      return "interrupted";
    case NotTried::run_ended:
      return "the run ended before its turn";
    case NotTried::not_all_arrived:
      return "not everything else arrived as planned";
  }
  return {};
}

std::string_view name_of(WebhookOutcome::State state) {
  switch (state) {
    case WebhookOutcome::State::created:
      return "created";
    case WebhookOutcome::State::updated:
      return "updated";
    case WebhookOutcome::State::unchanged:
      return "unchanged";
    case WebhookOutcome::State::conflict:
      return "conflict";
    case WebhookOutcome::State::invalid:
      return "invalid";
    case WebhookOutcome::State::deleted:
      return "deleted";
    case WebhookOutcome::State::failed:
      return "failed";
    case WebhookOutcome::State::not_sent:
      return "not_sent";
  }
  return {};
}

std::size_t Outcome::count(WebhookOutcome::State state) const {
  return static_cast<std::size_t>(std::count_if(webhooks.begin(), webhooks.end(),
                                                [&](const auto& webhook) { return webhook.state == state; }));
}

std::size_t Outcome::altered() const {
  return static_cast<std::size_t>(
      std::count_if(webhooks.begin(), webhooks.end(), [](const auto& webhook) { return webhook.altered; }));
}

bool Outcome::newly_altered() const {
  return std::any_of(webhooks.begin(), webhooks.end(), [](const auto& webhook) {
    return webhook.altered && webhook.state != WebhookOutcome::State::unchanged;
  });
}

std::optional<Cause> Outcome::shortfall() const {
  if (interrupted) return Cause::interrupted;
  if (ended_by) return ended_by->cause;
  using State = WebhookOutcome::State;
  const auto not_done = count(State::failed) + count(State::not_sent) + count(State::invalid);
  if (not_done + findings.size() > 0 || newly_altered()) return Cause::incomplete;
  return std::nullopt;
}

Exit exit_of(const Outcome& outcome) {
  if (const auto shortfall = outcome.shortfall()) return *shortfall;
  return outcome.count(WebhookOutcome::State::conflict) > 0 ? Exit::differences : Exit::done;
}

}  // namespace hookferry::plan
