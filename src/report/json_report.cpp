#include "report/json_report.hpp"

#include "core/printable.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

template <class Values, class ToJson>
std::string list(const Values& values, ToJson to_json) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + to_json(value);
  return out + "]";
}

std::string change_json(const Difference& raw, bool show_secrets) {
  const auto difference = show_secrets ? raw : masked(raw);
  return "{\"path\":" + json::encode(difference.path) + ",\"old\":" + difference.before.value_or("null") +
         ",\"new\":" + difference.after.value_or("null") + "}";
}

std::vector<Difference> changes_of(const PlannedWebhook& planned, const WebhookOutcome* outcome) {
  if (outcome != nullptr && !outcome->stored_differently.empty()) return outcome->stored_differently;
  switch (planned.action) {
    case Action::create:
      return differences(nullptr, planned.webhook);
    case Action::update:
    case Action::conflict:
      return differences(&*planned.existing, planned.webhook);
    case Action::unchanged:
      if (planned.altered) return differences(&planned.webhook, *planned.existing);
      break;
    case Action::invalid:
    case Action::remove:
      break;
  }
  return {};
}

std::string webhook_json(const PlannedWebhook& planned, const WebhookOutcome* outcome, bool show_secrets) {
  const auto existing_id = planned.existing ? planned.existing->id : std::nullopt;
  auto warnings = planned.warnings;
  std::string error = planned.webhook.defect;
  if (outcome != nullptr) error = outcome->error;
  if (outcome != nullptr && !outcome->stored_differently.empty())
    warnings.push_back(outcome->altered
                           ? "it arrived, but the server has altered it (old: sent, new: stored)"
                           : "it arrived, and the server has added to it (old: sent, new: stored)");
  std::string out = "{\"alias\":" + json::encode(planned.webhook.identity.alias);
  out += ",\"type\":" +
         (planned.webhook.defect.empty() ? json::encode(type_name(planned.webhook.identity.type)) : "null");
  out +=
      ",\"action\":" + json::encode(outcome != nullptr ? name_of(outcome->state) : name_of(planned.action));
  out += ",\"source_id\":" + number_or_null(planned.source_id);
  out += ",\"destination_id\":" + number_or_null(outcome != nullptr ? outcome->destination_id : existing_id);
  out += ",\"changes\":" + list(changes_of(planned, outcome), [&](const Difference& difference) {
           return change_json(difference, show_secrets);
         });
  out += ",\"warnings\":" + list(warnings, [](const std::string& text) { return json::encode(text); });
  if (!error.empty()) out += ",\"error\":" + json::encode(error);
  return out + "}";
}

std::string summary_json(const Plan& plan, const Outcome* outcome) {
  using State = WebhookOutcome::State;
  const auto count = [&](Action action, State state) {
    return std::to_string(outcome != nullptr ? outcome->count(state) : plan.count(action));
  };
  const auto failed = outcome != nullptr ? outcome->count(State::failed) : 0;
  return "{\"create\":" + count(Action::create, State::created) +
         ",\"update\":" + count(Action::update, State::updated) +
         ",\"unchanged\":" + count(Action::unchanged, State::unchanged) +
         ",\"conflict\":" + count(Action::conflict, State::conflict) +
         ",\"invalid\":" + count(Action::invalid, State::invalid) +
         ",\"extra\":" + std::to_string(plan.extra.size()) +
         ",\"delete\":" + count(Action::remove, State::deleted) +
         ",\"altered\":" + std::to_string(outcome != nullptr ? outcome->altered() : plan.altered()) +
         ",\"failed\":" + std::to_string(failed) + "}";
}

}  // namespace

std::string plan_json(const Plan& plan, const Outcome* outcome, const Route& route, const std::string& ledger,
                      bool show_secrets) {
  std::string out = "{\"source\":" + json::encode(route.source) +
                    ",\"destination\":" + json::encode(route.destination) +
                    ",\"summary\":" + summary_json(plan, outcome) + ",\"webhooks\":[";
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    out += (i > 0 ? "," : "") +
           webhook_json(plan.webhooks[i], outcome != nullptr ? &outcome->webhooks[i] : nullptr, show_secrets);
  out += "]";
  if (outcome != nullptr) {
    out += ",\"not_as_planned\":" +
           list(outcome->surprises, [](const std::string& text) { return json::encode(text); });
    out += ",\"ledger\":" + (ledger.empty() ? std::string("null") : json::encode(ledger));
  }
  const auto document = json::Document::parse(out + "}");
  return printable_json(json::pretty(document.root())) + "\n";
}

}  // namespace hookferry
