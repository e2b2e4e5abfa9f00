#include "region/rewrites.hpp"

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>
#include <iterator>

#include "core/text.hpp"

namespace hookferry::region {
namespace {

std::string without_default(std::string_view port, std::string_view scheme) {
  const bool is_default = (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
  return is_default ? std::string() : std::string(port);
}

/// Whether a segment of a path, or the URL, ends at `at`. Punctuation that ends a sentence is not part of it.
bool segment_ends(std::string_view text, std::size_t at) {
  constexpr std::string_view signs = "?#\\/";
  if (at < text.size() && signs.find(text[at]) != std::string_view::npos) return true;
  const auto behind = std::min(text.find_first_not_of(".,;:!)]", at), text.size());
  return behind == text.size() || ends_url(text[behind]);
}

/// Where the URL whose host stands at `host` begins with `from` (its scheme, its whole host, its port, whole
/// segments of its path): the edits that make it begin with `to`. Userinfo and all that is behind the prefix
/// stay, escaped slashes (`https:\/\/`) are replaced by escaped ones, and parts that are equal are not
/// touched. Nothing where the URL begins otherwise.
std::optional<HostRewrites::Url> replace_prefix(std::string_view text, const HostSpan& host,
                                                const UrlPrefix& from, const UrlPrefix& to) {
  if (!same_letters(host.of(text), from.host)) return std::nullopt;

  auto authority = host.begin;  // before userinfo
  while (authority > 0 && text[authority - 1] != '/' && !ends_url(text[authority - 1])) --authority;
  const auto second = slash_before(text, authority);
  const auto first = slash_before(text, second);
  if (first == std::string_view::npos || first == 0 || text[first - 1] != ':') return std::nullopt;
  const auto escape = text.substr(second, authority - 1 - second);  // the backslashes before each slash
  const auto scheme_end = first - 1;
  auto scheme_begin = scheme_end;
  while (scheme_begin > 0 && is_scheme_character(text[scheme_begin - 1])) --scheme_begin;
  if (!same_letters(text.substr(scheme_begin, scheme_end - scheme_begin), from.scheme)) return std::nullopt;

  const auto path_begin = skip_port(text, host.end);
  auto port = text.substr(host.end, path_begin - host.end);
  port.remove_prefix(std::min(port.find_first_not_of(".:"), port.size()));
  if (without_default(port, from.scheme) != from.port) return std::nullopt;

  const auto path_end = skip_path(text, path_begin, from.path);
  if (path_end == std::string_view::npos) return std::nullopt;
  if (!from.path.empty() && !segment_ends(text, path_end)) return std::nullopt;

  HostRewrites::Url out{host, {}, path_end};
  if (from.scheme != to.scheme) out.edits.push_back({scheme_begin, scheme_end, to.scheme});
  if (from.host != to.host || from.port != to.port)
    out.edits.push_back({host.begin, path_begin, to.host + (to.port.empty() ? "" : ":" + to.port)});
  if (from.path != to.path)
    out.edits.push_back(
        {path_begin, path_end, boost::replace_all_copy(to.path, "/", std::string(escape) + "/")});
  return out;
}

/// The label before the last one, which the hosts of a region share. If it is short, the host is the mark.
std::string_view mark_of(std::string_view host) {
  constexpr std::size_t long_enough = 4;
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto begin = host.rfind('.', last - 1) + 1;  // 0 where there is no other dot
  return last - begin >= long_enough ? host.substr(begin, last - begin) : host;
}

/// Whether `mark`, in lower case, is in the text in any case. Tries the places of its rarest letter in turn.
bool holds_mark(std::string_view text, std::string_view mark) {
  constexpr std::string_view rarest_first = "qzjxkvbywgfpmudclhrsnioate";
  const auto rarest = rarest_first.find_first_of(mark);
  const auto shift = rarest == std::string_view::npos ? 0 : mark.find(rarest_first[rarest]);
  const char letter = mark[shift];
  for (const char either : {letter, is_lower(letter) ? static_cast<char>(letter - 'a' + 'A') : letter})
    for (auto at = text.find(either, shift); at != std::string_view::npos; at = text.find(either, at + 1))
      if (same_letters(text.substr(at - shift, mark.size()), mark)) return true;
  return false;
}

bool holds_percent_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2])) return true;
  return false;
}

}  // namespace

std::optional<UrlPrefix> UrlPrefix::parse(std::string_view text) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || !is_letter(text[0]) ||
      !std::ranges::all_of(text.substr(0, mark), is_scheme_character) ||
      std::ranges::any_of(text, ends_url) || text.find_first_of("?#@\\[]") != std::string_view::npos)
    return std::nullopt;
  UrlPrefix out;
  out.scheme = lower_ascii(text.substr(0, mark));
  const auto behind = text.substr(mark + 3);
  auto port = behind.substr(0, behind.find('/'));
  out.path = std::string(behind.substr(port.size()));
  while (out.path.ends_with('/')) out.path.pop_back();
  out.host = lower_ascii(next_part(port, ":"));
  if (out.host.ends_with('.')) out.host.pop_back();
  if (out.host.empty() || !std::ranges::all_of(out.host, is_host_character) ||
      !std::ranges::all_of(port, is_digit) || port.size() > 5)
    return std::nullopt;
  out.port = without_default(port, out.scheme);
  return out;
}

HostRewrites HostRewrites::between(const Region& from, const Region& to) {
  HostRewrites out;
  if (same_letters(from.code, to.code)) return out;
  for (const auto& old_hosts : from.services) {
    const auto* new_hosts = to.service(old_hosts.service);
    if (new_hosts == nullptr) continue;
    // The first entry for a host stays (emplace), so the guide's form, which wins, comes first.
    if (!old_hosts.guide.empty()) out.new_hosts_.emplace(old_hosts.guide, new_hosts->preferred());
    for (const auto& other : old_hosts.also) out.new_hosts_.emplace(other, new_hosts->preferred());
    out.new_hosts_.emplace(old_hosts.domain, new_hosts->domain);
  }
  return out;
}

void HostRewrites::add(std::string_view old_host, std::string new_host) {
  auto key = lower_ascii(old_host);
  if (!key.empty() && key.back() == '.') key.pop_back();  // hosts are looked up without it
  new_hosts_.insert_or_assign(std::move(key), std::move(new_host));
}

void HostRewrites::add_prefix(UrlPrefix from, UrlPrefix to) {
  const auto place = std::ranges::find_if(
      prefixes_, [&](const auto& prefix) { return prefix.first.path.size() <= from.path.size(); });
  prefixes_.emplace(place, std::move(from), std::move(to));
}

const std::string* HostRewrites::find(std::string_view host) const {
  const auto found = new_hosts_.find(lower_ascii(host));
  return found == new_hosts_.end() || same_letters(host, found->second) ? nullptr : &found->second;
}

std::vector<HostRewrites::Url> HostRewrites::urls_of(std::string_view text) const {
  std::vector<Url> out;
  std::size_t taken = 0;  // where the hosts and prefixes so far end
  for (const auto& host : find_hosts(text)) {
    if (host.begin < taken) continue;
    Url url{host, {}, host.end};
    if (const auto* new_host = find(host.of(text))) url.edits.push_back({host.begin, host.end, *new_host});
    for (const auto& [from, to] : prefixes_)
      if (auto replaced = replace_prefix(text, host, from, to)) {
        url = *std::move(replaced);
        break;
      }
    // Where a prefix ends with the scheme of this URL, its host stands behind the prefix.
    if (!url.edits.empty() && url.edits.front().begin < taken) continue;
    taken = url.end;
    out.push_back(std::move(url));
  }
  return out;
}

bool HostRewrites::leads_to(std::string_view host) const {
  return std::ranges::any_of(new_hosts_,
                             [&](const auto& rewrite) { return same_letters(rewrite.second, host); }) ||
         std::ranges::any_of(prefixes_,
                             [&](const auto& prefix) { return same_letters(prefix.second.host, host); });
}

std::vector<std::string> HostRewrites::old_hosts() const {
  std::vector<std::string> out;
  for (const auto& [old_host, new_host] : new_hosts_) out.push_back(old_host);
  for (const auto& [from, to] : prefixes_) out.push_back(from.host);
  return out;
}

std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites,
                                      std::size_t* count) {
  std::vector<json::Edit> out;
  if (rewrites.empty()) return out;
  for (auto& url : rewrites.urls_of(text)) {
    if (count != nullptr && !url.edits.empty()) ++*count;
    std::ranges::move(url.edits, std::back_inserter(out));
  }
  return out;
}

void HostFilter::add(std::string_view host) {
  const auto mark = lower_ascii(mark_of(host));
  if (mark.empty()) return;
  const auto in_mark = [&](const auto& known) { return mark.find(known) != std::string::npos; };
  if (std::ranges::any_of(marks_, in_mark)) return;
  std::erase_if(marks_, [&](const auto& known) { return known.find(mark) != std::string::npos; });
  marks_.push_back(mark);
}

bool HostFilter::may_name_any(std::string_view json_text) const {
  if (marks_.empty()) return false;
  return std::ranges::any_of(marks_, [&](const auto& mark) { return holds_mark(json_text, mark); }) ||
         json_text.find("\\u") != std::string_view::npos || holds_percent_escape(json_text);
}

void add_hosts(HostFilter& filter, const Region& region) {
  for (const auto& service : region.services) {
    filter.add(service.guide);
    filter.add(service.domain);
    for (const auto& other : service.also) filter.add(other);
  }
  for (const auto& suffix : region.team_suffixes) filter.add(suffix);
  for (const auto& domain : region.domains) filter.add(domain);
  // Other services have private links under the same name.
  filter.add(std::string_view(region.private_host).substr(region.private_host.find('.') + 1));
}

}  // namespace hookferry::region
