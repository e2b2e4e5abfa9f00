#include "report/changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "json/text.hpp"
#include "migration/webhook_strings.hpp"
#include "region/host_spans.hpp"
#include "region/letter_case.hpp"
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

/// Host by host: a rewriting leaves their number and order as they are.
void count_host_changes(std::map<std::pair<std::string, std::string>, std::size_t>& counts,
                        std::string_view before, std::string_view after) {
  const auto hosts_before = find_hosts(before);
  const auto hosts_after = find_hosts(after);
  for (std::size_t i = 0; i < std::min(hosts_before.size(), hosts_after.size()); ++i) {
    const auto text = [](std::string_view whole, const HostSpan& span) {
      return lower_ascii(whole.substr(span.begin, span.end - span.begin));
    };
    auto one = text(before, hosts_before[i]);
    auto other = text(after, hosts_after[i]);
    if (one != other) ++counts[{std::move(one), std::move(other)}];
  }
}

}  // namespace

std::vector<HostChange> host_changes(const Plan& plan) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& planned : plan.webhooks) {
    if (planned.provenance.rewritten_hosts == 0) continue;
    const auto before = strings_of(planned.provenance.unrewritten);
    const auto after = strings_of(planned.webhook.text);
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
      if (before[i] != after[i]) count_host_changes(counts, before[i], after[i]);
  }
  std::vector<HostChange> out;
  for (const auto& [hosts, times] : counts) out.push_back({hosts.first, hosts.second, times});
  std::stable_sort(out.begin(), out.end(),
                   [](const HostChange& one, const HostChange& other) { return one.times > other.times; });
  return out;
}

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
  const auto unrewritten = json::Document::parse(planned.provenance.unrewritten);
  for (auto& difference : out) difference.note = rewriting_note(difference, unrewritten.root());
  return out;
}

Difference shown(const Difference& difference, const PlannedWebhook& planned, bool show_secrets) {
  return show_secrets ? difference : masked(difference, planned.provenance.secrets);
}

std::string shown_url(const PlannedWebhook& planned, bool show_secrets) {
  const auto document = json::Document::parse(planned.webhook.text);
  const auto url = document.root().find("url");
  if (!url || url->string().empty()) return {};
  if (show_secrets) return url->string();
  const auto& paths = planned.provenance.secrets.paths;
  const bool secret = std::find(paths.begin(), paths.end(), "/url") != paths.end();
  return secret ? mask_secret(url->string()) : mask_text(url->string());
}

}  // namespace hookferry
