#include "migration/host_changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/letter_case.hpp"
#include "migration/webhook_strings.hpp"
#include "region/host_spans.hpp"

namespace hookferry {
namespace {

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

std::vector<HostChange> host_changes(const std::vector<TransformedWebhook>& webhooks) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& transformed : webhooks) {
    if (transformed.provenance.rewritten_hosts == 0) continue;
    const auto before = strings_of(transformed.provenance.unrewritten.view());
    const auto after = strings_of(transformed.webhook.text.view());
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
      if (before[i] != after[i]) count_host_changes(counts, before[i], after[i]);
  }
  std::vector<HostChange> out;
  for (const auto& [hosts, times] : counts) out.push_back({hosts.first, hosts.second, times});
  std::stable_sort(out.begin(), out.end(),
                   [](const HostChange& one, const HostChange& other) { return one.times > other.times; });
  return out;
}

}  // namespace hookferry
