#include "region/host_rewrites.hpp"

#include <algorithm>
#include <utility>

#include "core/letter_case.hpp"

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

void HostRewrites::add_prefix(UrlPrefix from, UrlPrefix to) {
  const auto place = std::find_if(prefixes_.begin(), prefixes_.end(), [&](const auto& prefix) {
    return prefix.first.path.size() <= from.path.size();
  });
  prefixes_.emplace(place, std::move(from), std::move(to));
}

const std::string* HostRewrites::find(std::string_view host) const {
  const auto found = new_hosts_.find(lower_ascii(host));
  return found == new_hosts_.end() || same_letters(host, found->second) ? nullptr : &found->second;
}

/// Of the URL whose host stands at `span`.
ReplacedPrefix HostRewrites::replaced_at(std::string_view text, const HostSpan& span) const {
  for (const auto& [from, to] : prefixes_)
    if (auto replaced = replace_prefix(text, span, from, to)) return *std::move(replaced);
  const auto* new_host = find(text.substr(span.begin, span.end - span.begin));
  if (new_host == nullptr) return {{}, span.end};
  return {{{span.begin, span.end, *new_host}}, span.end};
}

std::vector<HostRewrites::Url> HostRewrites::urls_of(std::string_view text) const {
  std::vector<Url> out;
  std::size_t taken = 0;  // where the hosts and prefixes so far end
  for (const auto& host : find_hosts(text)) {
    if (host.begin < taken) continue;
    auto replaced = replaced_at(text, host);
    // Where a prefix ends with the scheme of this URL, its host stands behind the prefix.
    if (!replaced.edits.empty() && replaced.edits.front().begin < taken) continue;
    taken = replaced.end;
    out.push_back({host, std::move(replaced.edits)});
  }
  return out;
}

bool HostRewrites::leads_to(std::string_view host) const {
  return std::any_of(new_hosts_.begin(), new_hosts_.end(),
                     [&](const auto& rewrite) { return same_letters(rewrite.second, host); }) ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const auto& prefix) { return same_letters(prefix.second.host, host); });
}

std::vector<std::string> HostRewrites::old_hosts() const {
  std::vector<std::string> out;
  for (const auto& [old_host, new_host] : new_hosts_) out.push_back(old_host);
  for (const auto& [from, to] : prefixes_) out.push_back(from.host);
  return out;
}

std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites) {
  std::vector<json::Edit> out;
  if (rewrites.empty()) return out;
  for (auto& url : rewrites.urls_of(text))
    for (auto& edit : url.edits) out.push_back(std::move(edit));
  return out;
}

std::size_t count_rewritten(std::string_view text, const HostRewrites& rewrites) {
  if (rewrites.empty()) return 0;
  const auto urls = rewrites.urls_of(text);
  return static_cast<std::size_t>(std::count_if(
      urls.begin(), urls.end(), [](const HostRewrites::Url& url) { return !url.edits.empty(); }));
}

}  // namespace hookferry
