#include "report/changes.hpp"

#include <algorithm>

#include "webhook/secrets.hpp"

namespace hookferry {

std::vector<Difference> planned_changes(const PlannedWebhook& planned) {
  switch (planned.action) {
    case Action::create:
      return differences(nullptr, planned.webhook, planned.provenance.unrewritten);
    case Action::update:
    case Action::conflict:
      return differences(&*planned.existing, planned.webhook, planned.provenance.unrewritten);
    case Action::unchanged:
      if (planned.altered) return differences(&planned.webhook, *planned.existing);
      break;
    case Action::invalid:
    case Action::remove:
      break;
  }
  return {};
}

Difference shown(const Difference& difference, const PlannedWebhook& planned, bool show_secrets) {
  return show_secrets ? difference : masked(difference, planned.provenance.secrets);
}

std::string shown_url(const PlannedWebhook& planned, bool show_secrets) {
  const auto document = json::Document::over(planned.webhook.text);
  const auto url = document.root().find("url");
  if (!url || url->string().empty()) return {};
  if (show_secrets) return url->string();
  const auto& paths = planned.provenance.secrets.paths;
  const bool secret = std::find(paths.begin(), paths.end(), "/url") != paths.end();
  return secret ? mask_secret(url->string()) : mask_text(url->string());
}

}  // namespace hookferry
