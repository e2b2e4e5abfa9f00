#include "region/rewrites.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#include "core/text.hpp"

#if defined(__SSE2__)
#endif

namespace hookferry::region {

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

namespace {

bool is_scheme_character(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

std::string_view default_port(std::string_view scheme) {
  if (scheme == "https") return "443";
  return scheme == "http" ? "80" : "";
}

std::string without_default(std::string_view port, std::string_view scheme) {
  return port == default_port(scheme) ? std::string() : std::string(port);
}

/// What stands before a host and right behind it.
struct Surroundings {
  std::size_t scheme_begin;
  std::size_t scheme_end;   ///< its colon
  std::string_view escape;  ///< the backslashes before each of its slashes
  std::string_view port;
  std::size_t path_begin;
};

/// The place of the slash that ends before `at`, its backslashes taken off; npos where there is none.
std::size_t slash_before(std::string_view text, std::size_t at) {
  if (at == 0 || text[at - 1] != '/') return std::string_view::npos;
  for (--at; at > 0 && text[at - 1] == '\\';) --at;
  return at;
}

std::optional<Surroundings> surroundings(std::string_view text, const HostSpan& host) {
  Surroundings out{};
  auto authority = host.begin;  // before userinfo
  while (authority > 0 && text[authority - 1] != '/' && !ends_url(text[authority - 1])) --authority;
  const auto second = slash_before(text, authority);
  const auto first = second == std::string_view::npos ? second : slash_before(text, second);
  if (first == std::string_view::npos || first == 0 || text[first - 1] != ':') return std::nullopt;
  out.escape = text.substr(second, authority - 1 - second);
  out.scheme_end = first - 1;
  out.scheme_begin = out.scheme_end;
  while (out.scheme_begin > 0 && is_scheme_character(text[out.scheme_begin - 1])) --out.scheme_begin;
  auto at = host.end;
  if (at < text.size() && text[at] == '.') ++at;
  if (at < text.size() && text[at] == ':') {
    const auto digits = at + 1;
    for (at = digits; at < text.size() && is_digit(text[at]);) ++at;
    out.port = text.substr(digits, at - digits);
  }
  out.path_begin = at;
  return out;
}

/// Whether a segment of a path, or the URL, ends at `at`. Punctuation at the end of a sentence is no part of
/// it.
bool segment_ends(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '?' || text[at] == '#' || text[at] == '\\' || text[at] == '/'))
    return true;
  const auto behind = std::min(text.find_first_not_of(".,;:!)]", at), text.size());
  return behind == text.size() || ends_url(text[behind]);
}

/// Behind `path` at `at`, its slashes escaped or not; npos where the text goes on otherwise.
std::size_t skip_path(std::string_view text, std::size_t at, std::string_view path) {
  for (const char c : path) {
    const auto next = c == '/' ? skip_slash(text, at) : at < text.size() && text[at] == c ? at + 1 : at;
    if (next == at) return std::string_view::npos;
    at = next;
  }
  return path.empty() || segment_ends(text, at) ? at : std::string_view::npos;
}

std::string escaped_path(std::string_view path, std::string_view escape) {
  std::string out;
  for (const char c : path) out += c == '/' ? std::string(escape) + c : std::string(1, c);
  return out;
}

}  // namespace

std::optional<UrlPrefix> UrlPrefix::parse(std::string_view text) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos || mark == 0 || !is_letter(text[0])) return std::nullopt;
  if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(mark), is_scheme_character))
    return std::nullopt;
  if (std::any_of(text.begin(), text.end(), ends_url) ||
      text.find_first_of("?#@\\[]") != std::string_view::npos)
    return std::nullopt;
  UrlPrefix out;
  out.scheme = lower_ascii(text.substr(0, mark));
  auto authority = text.substr(mark + 3);
  const auto slash = std::min(authority.find('/'), authority.size());
  out.path = std::string(authority.substr(slash));
  while (out.path.ends_with('/')) out.path.pop_back();
  authority = authority.substr(0, slash);
  const auto colon = std::min(authority.find(':'), authority.size());
  out.host = lower_ascii(authority.substr(0, colon));
  const auto port = authority.substr(std::min(colon + 1, authority.size()));
  if (out.host.ends_with('.')) out.host.pop_back();
  if (out.host.empty() || !std::all_of(out.host.begin(), out.host.end(), is_host_character) ||
      !std::all_of(port.begin(), port.end(), is_digit) || port.size() > 5)
    return std::nullopt;
  out.port = without_default(port, out.scheme);
  return out;
}

std::optional<ReplacedPrefix> replace_prefix(std::string_view text, const HostSpan& host,
                                             const UrlPrefix& from, const UrlPrefix& to) {
  if (!same_letters(text.substr(host.begin, host.end - host.begin), from.host)) return std::nullopt;
  const auto around = surroundings(text, host);
  if (!around) return std::nullopt;
  const auto scheme = text.substr(around->scheme_begin, around->scheme_end - around->scheme_begin);
  if (!same_letters(scheme, from.scheme) || without_default(around->port, from.scheme) != from.port)
    return std::nullopt;
  const auto path_end = skip_path(text, around->path_begin, from.path);
  if (path_end == std::string_view::npos) return std::nullopt;
  ReplacedPrefix out{{}, path_end};
  if (from.scheme != to.scheme) out.edits.push_back({around->scheme_begin, around->scheme_end, to.scheme});
  if (from.host != to.host || from.port != to.port)
    out.edits.push_back({host.begin, around->path_begin, to.host + (to.port.empty() ? "" : ":" + to.port)});
  if (from.path != to.path)
    out.edits.push_back({around->path_begin, path_end, escaped_path(to.path, around->escape)});
  return out;
}

namespace {

/// The label before the last one says most: the hosts of a region have it in common. Where it is short, all
/// of the host is the mark.
std::string_view mark_of(std::string_view host) {
  constexpr std::size_t long_enough = 4;
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto before = host.rfind('.', last - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return last - begin >= long_enough ? host.substr(begin, last - begin) : host;
}

bool stands_at(std::string_view text, std::size_t at, std::string_view mark) {
  return text.size() - at >= mark.size() && same_letters(text.substr(at, mark.size()), mark);
}

char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Whether `mark`, in lower case, stands in the text in any letter case. Found by its first two characters,
/// many places at a time.
bool holds_mark(std::string_view text, std::string_view mark) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const auto second = mark[mark.size() > 1 ? 1 : 0];
  const auto step = mark.size() > 1 ? 1u : 0u;
  const auto is_either = [](const char* from, char one, char other) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(one)),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(other)));
  };
  for (; text.size() - at > 16; at += 16) {
    const auto* place = text.data() + at;
    const auto both = _mm_and_si128(is_either(place, mark[0], upper_ascii(mark[0])),
                                    is_either(place + step, second, upper_ascii(second)));
    for (auto mask = static_cast<unsigned>(_mm_movemask_epi8(both)); mask != 0; mask &= mask - 1)
      if (stands_at(text, at + static_cast<std::size_t>(std::countr_zero(mask)), mark)) return true;
  }
#endif
  for (; at < text.size(); ++at)
    if (stands_at(text, at, mark)) return true;
  return false;
}

bool holds_percent_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 < text.size() && is_hex_digit(text[at + 1]) && is_hex_digit(text[at + 2])) return true;
  return false;
}

}  // namespace

void HostFilter::add(std::string_view host) {
  const auto mark = lower_ascii(mark_of(host));
  if (mark.empty()) return;
  const auto holds = [](std::string_view one, std::string_view other) {
    return one.find(other) != std::string_view::npos;
  };
  if (std::any_of(marks_.begin(), marks_.end(), [&](const auto& known) { return holds(mark, known); }))
    return;
  std::erase_if(marks_, [&](const auto& known) { return holds(known, mark); });
  marks_.push_back(mark);
}

bool HostFilter::may_name_any(std::string_view json_text) const {
  if (marks_.empty()) return false;
  const auto holds = [&](std::string_view mark) { return holds_mark(json_text, mark); };
  return std::any_of(marks_.begin(), marks_.end(), holds) || holds("\\u") || holds_percent_escape(json_text);
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

void add_hosts(HostFilter& filter, const HostRewrites& rewrites) {
  for (const auto& host : rewrites.old_hosts()) filter.add(host);
}

}  // namespace hookferry::region
