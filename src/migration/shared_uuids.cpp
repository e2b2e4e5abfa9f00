#include "migration/shared_uuids.hpp"

#include <map>
#include <string>

#include "json/document.hpp"
#include "migration/uuids.hpp"

namespace hookferry {
namespace {

std::string uuid_of(const Webhook& webhook) {
  if (webhook.text.view().find("uuid") == std::string_view::npos) return {};
  const auto document = json::Document::try_over(webhook.text.view());
  const auto fields = document ? document->root().find("integration_type_fields") : std::nullopt;
  return fields && fields->is(json::Kind::string) ? uuid_in(fields->string()) : std::string();
}

}  // namespace

void warn_of_shared_uuids(Plan& plan, const std::vector<Webhook>& present) {
  std::map<std::string, const Webhook*> holders;
  for (const auto& webhook : present)
    if (auto uuid = uuid_of(webhook); !uuid.empty()) holders.emplace(std::move(uuid), &webhook);
  if (holders.empty()) return;
  for (auto& planned : plan.webhooks) {
    if (planned.action != Action::create) continue;
    const auto found = holders.find(uuid_of(planned.webhook));
    if (found == holders.end()) continue;
    const auto& holder = *found->second;
    planned.warnings.push_back("has the UUID of " + describe(holder) +
                               (holder.id ? " with id " + std::to_string(*holder.id) : std::string()) +
                               " there; for one of its own: --fresh-uuids");
  }
}

}  // namespace hookferry
