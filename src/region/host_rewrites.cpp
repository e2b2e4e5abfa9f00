#include "region/host_rewrites.hpp"

#include <utility>

#include "region/host_spans.hpp"
#include "region/letter_case.hpp"

namespace hookferry {

HostRewrites HostRewrites::between(const Region& from, const Region& to) {
  HostRewrites out;
  if (same_letters(from.code, to.code)) return out;
  for (const auto& old_hosts : from.services) {
    const auto* new_hosts = to.service(old_hosts.service);
    if (new_hosts == nullptr) continue;
    // The first entry for a host stays (emplace), so the guide's form comes first: it wins where both forms
    // are one.
    const auto& guide_form = new_hosts->in_form(HostForm::guide);
    if (!old_hosts.guide.empty()) out.new_hosts_.emplace(old_hosts.guide, guide_form);
    for (const auto& other : old_hosts.also) out.new_hosts_.emplace(other, guide_form);
    out.new_hosts_.emplace(old_hosts.domain, new_hosts->in_form(HostForm::domain));
  }
  return out;
}

void HostRewrites::add(std::string_view old_host, std::string new_host) {
  auto key = lower_ascii(old_host);
  if (!key.empty() && key.back() == '.') key.pop_back();  // hosts are looked up without it
  new_hosts_.insert_or_assign(std::move(key), std::move(new_host));
}

const std::string* HostRewrites::find(std::string_view host) const {
  const auto found = new_hosts_.find(lower_ascii(host));
  return found == new_hosts_.end() || same_letters(host, found->second) ? nullptr : &found->second;
}

std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites) {
  std::vector<json::Edit> out;
  if (rewrites.empty()) return out;
  for (const auto& span : find_hosts(text)) {
    const auto* new_host = rewrites.find(text.substr(span.begin, span.end - span.begin));
    if (new_host != nullptr) out.push_back({span.begin, span.end, *new_host});
  }
  return out;
}

}  // namespace hookferry
