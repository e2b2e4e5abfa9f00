#include "migration/verifier.hpp"

#include <map>

namespace hookferry {

WebhookOutcome untouched_outcome(const PlannedWebhook& planned) {
  WebhookOutcome out;
  if (planned.existing) out.destination_id = planned.existing->id;
  switch (planned.action) {
    case Action::unchanged:
      out.state = WebhookOutcome::State::unchanged;
      break;
    case Action::conflict:
      out.state = WebhookOutcome::State::conflict;
      break;
    case Action::invalid:
      out.state = WebhookOutcome::State::invalid;
      out.error = planned.webhook.defect;
      break;
    case Action::create:
    case Action::update:
      break;
  }
  return out;
}

std::vector<std::string> verify_reading(const Plan& plan, const std::set<std::int64_t>& present,
                                        const std::set<std::int64_t>& ours,
                                        const std::vector<Webhook>& reading) {
  std::vector<std::string> out;
  std::map<std::int64_t, const Webhook*> by_id;
  for (const auto& webhook : reading)
    if (webhook.id) by_id[*webhook.id] = &webhook;
  std::set<std::string> planned_contents;
  for (const auto& planned : plan.webhooks) {
    if (planned.action == Action::create || planned.action == Action::update)
      planned_contents.insert(planned.webhook.content);
    if (planned.action != Action::unchanged || !planned.existing->id) continue;
    const auto found = by_id.find(*planned.existing->id);
    const auto where = describe(planned.webhook) + " with id " + std::to_string(*planned.existing->id);
    if (found == by_id.end()) out.push_back(where + " was there before the run and is gone");
    if (found != by_id.end() && found->second->content != planned.existing->content)
      out.push_back(where + " was changed by someone during the run");
  }
  for (const auto& [id, webhook] : by_id)
    if (!present.contains(id) && !ours.contains(id) && planned_contents.contains(webhook->content))
      out.push_back(describe(*webhook) + " with id " + std::to_string(id) +
                    " is a copy that came up during the run and is not this run's");
  return out;
}

}  // namespace hookferry
