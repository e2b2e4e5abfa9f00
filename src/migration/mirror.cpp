#include "migration/mirror.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace hookferry {
namespace {

/// The alias is all that is sure of a webhook that the API could not take.
std::set<std::string> aliases_of_invalid(const Plan& plan) {
  std::set<std::string> out;
  for (const auto& planned : plan.webhooks)
    if (planned.action == Action::invalid) out.insert(planned.webhook.identity.alias);
  out.erase("");
  return out;
}

std::string with_id(const Webhook& webhook) {
  return describe(webhook) + " with id " + std::to_string(webhook.id.value_or(0));
}

PlannedWebhook deletion_of(const Webhook& extra) {
  PlannedWebhook out;
  out.webhook = extra;
  out.action = Action::remove;
  out.existing = std::make_shared<const Webhook>(extra);
  return out;
}

}  // namespace

std::size_t DeleteLimit::of(std::size_t held) const { return percent ? (held * number + 99) / 100 : number; }

std::string DeleteLimit::text() const { return std::to_string(number) + (percent ? "%" : ""); }

std::optional<DeleteLimit> parse_delete_limit(std::string_view text) {
  DeleteLimit out;
  out.percent = text.ends_with('%');
  if (out.percent) text.remove_suffix(1);
  const std::size_t most = out.percent ? 100 : 1'000'000'000;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out.number);
  const bool whole = !text.empty() && result.ec == std::errc() && result.ptr == text.data() + text.size();
  return whole && out.number <= most ? std::optional(out) : std::nullopt;
}

std::vector<std::string> plan_deletions(Plan& plan, const std::function<bool(const Webhook&)>& selected,
                                        const KnownOfAccount& known) {
  std::set<std::int64_t> unclear;
  for (const auto& one : known.unclear) unclear.insert(one.perhaps.begin(), one.perhaps.end());
  const auto invalid = aliases_of_invalid(plan);
  const auto reason_to_stay = [&](const Webhook& extra) -> std::string {
    if (!extra.defect.empty()) return "is no webhook that could be made again (" + extra.defect + ")";
    if (unclear.contains(extra.id.value_or(0))) return "may be what an earlier run sent";
    if (invalid.contains(extra.identity.alias)) return "has the alias of an invalid webhook of the source";
    return {};
  };
  std::vector<std::string> out;
  std::vector<Webhook> left;
  for (const auto& extra : plan.extra) {
    if (!selected(extra)) continue;
    const auto reason = reason_to_stay(extra);
    if (reason.empty()) {
      plan.webhooks.push_back(deletion_of(extra));
    } else {
      left.push_back(extra);
      out.push_back(with_id(extra) + " " + reason + "; not deleted");
    }
  }
  plan.extra = std::move(left);
  return out;
}

bool source_has_shrunk(std::size_t now, std::optional<std::size_t> before) {
  return now == 0 || (before && 2 * now < *before);
}

}  // namespace hookferry
