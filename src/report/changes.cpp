#include "report/changes.hpp"

#include <algorithm>

#include "json/build.hpp"
#include "json/document.hpp"
#include "webhook/places.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {
namespace {

bool same(const std::string& one, const std::string& other) {
  return json::canonical(json::Document::parse(one).root()) ==
         json::canonical(json::Document::parse(other).root());
}

/// Whether a rewritten host is what makes the difference, or stands in it beside others.
std::string rewriting_note(const Difference& difference, const json::Value& unrewritten) {
  const auto value = value_at(unrewritten, difference.path);
  if (!value || !difference.after || same(*value, *difference.after)) return {};
  if (difference.before && same(*value, *difference.before)) return std::string(only_rewritten_hosts_differ);
  return "hosts rewritten";
}

}  // namespace

std::vector<Difference> planned_changes(const PlannedWebhook& planned) {
  std::vector<Difference> out;
  switch (planned.action) {
    case Action::create:
      out = differences(nullptr, planned.webhook);
      break;
    case Action::update:
    case Action::conflict:
      out = differences(&*planned.existing, planned.webhook);
      break;
    case Action::unchanged:
      if (planned.altered) out = differences(&planned.webhook, *planned.existing);
      return out;
    case Action::invalid:
    case Action::remove:
      return out;
  }
  if (planned.provenance.unrewritten.empty()) return out;
  const auto unrewritten = json::Document::over(planned.provenance.unrewritten.view());
  for (auto& difference : out) difference.note = rewriting_note(difference, unrewritten.root());
  return out;
}

Difference shown(const Difference& difference, const PlannedWebhook& planned, bool show_secrets) {
  return show_secrets ? difference : masked(difference, planned.provenance.secrets);
}

std::string shown_url(const PlannedWebhook& planned, bool show_secrets) {
  const auto document = json::Document::over(planned.webhook.text.view());
  const auto url = document.root().find("url");
  if (!url || url->string().empty()) return {};
  if (show_secrets) return url->string();
  const auto& paths = planned.provenance.secrets.paths;
  const bool secret = std::find(paths.begin(), paths.end(), "/url") != paths.end();
  return secret ? mask_secret(url->string()) : mask_text(url->string());
}

}  // namespace hookferry
