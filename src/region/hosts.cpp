#include "region/hosts.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "core/text.hpp"

namespace hookferry::region {
namespace {

bool ends_authority(char c) { return c == '/' || c == '?' || c == '#' || c == '\\' || ends_url(c); }

/// Whether a scheme ends before `colon`: it begins with some letter in the run of scheme characters there.
bool scheme_before(std::string_view text, std::size_t colon) {
  for (std::size_t at = colon; at > 0 && is_scheme_character(text[at - 1]); --at)
    if (is_letter(text[at - 1])) return true;
  return false;
}

/// The run of host characters at `begin`, without the dots at its end. Nothing where there is none.
std::optional<HostSpan> host_at(std::string_view text, std::size_t begin, std::size_t limit) {
  std::size_t end = begin;
  while (end < limit && is_host_character(text[end])) ++end;
  // One dot makes a name absolute; more of them are the dots of a sentence. Neither is part of the name.
  while (end > begin && text[end - 1] == '.') --end;
  if (end == begin) return std::nullopt;
  return HostSpan{begin, end};
}

std::optional<HostSpan> host_of_authority(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  std::size_t host = begin;
  for (; end < text.size() && !ends_authority(text[end]); ++end)
    if (text[end] == '@') host = end + 1;  // the last one counts: all before it is userinfo
  return host_at(text, host, end);
}

/// The host that `text` begins with, if all of it is `host[:port]`, a path, a query or a fragment. A single
/// label is a word and no host.
std::optional<HostSpan> leading_host(std::string_view text) {
  const auto host = host_at(text, 0, text.size());
  if (!host || text.front() == '.' || text.substr(0, host->end).find('.') == std::string_view::npos)
    return std::nullopt;
  const auto at = skip_port(text, host->end);
  constexpr std::string_view allowed_behind = "/\\?#";
  const bool without_port = text[at - 1] == ':';
  const bool ends = at == text.size() || allowed_behind.find(text[at]) != std::string_view::npos;
  return ends && !without_port ? host : std::nullopt;
}

std::optional<HostSpan> host_without_scheme(std::string_view text) {
  const auto one = skip_slash(text, 0);
  if (one == 0) return leading_host(text);
  const auto two = skip_slash(text, one);
  return two == one ? std::nullopt : host_of_authority(text, two);
}

}  // namespace

bool is_host_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '%' || is_beyond_ascii(c);
}

bool is_scheme_character(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

bool ends_url(char c) {
  constexpr std::string_view enders = "\"'<>{}|^`\x7F";
  return static_cast<unsigned char>(c) <= 0x20 || enders.find(c) != std::string_view::npos;
}

std::size_t skip_slash(std::string_view text, std::size_t at) {
  std::size_t slash = at;
  while (slash < text.size() && text[slash] == '\\') ++slash;
  return slash < text.size() && text[slash] == '/' ? slash + 1 : at;
}

std::size_t skip_port(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '.') ++at;
  if (at < text.size() && text[at] == ':')
    for (++at; at < text.size() && is_digit(text[at]);) ++at;
  return at;
}

std::size_t skip_path(std::string_view text, std::size_t at, std::string_view path) {
  for (const char c : path) {
    const auto next = c == '/' ? skip_slash(text, at) : at < text.size() && text[at] == c ? at + 1 : at;
    if (next == at) return std::string_view::npos;
    at = next;
  }
  return at;
}

std::size_t skip_scheme_mark(std::string_view text, std::size_t colon) {
  if (colon >= text.size() || text[colon] != ':') return colon;
  const auto one = skip_slash(text, colon + 1);
  const auto two = skip_slash(text, one);
  const bool slashes = one != colon + 1 && two != one;
  return slashes && scheme_before(text, colon) ? two : colon;
}

std::vector<HostSpan> find_hosts(std::string_view text) {
  std::vector<HostSpan> out;
  if (const auto host = host_without_scheme(text)) out.push_back(*host);
  // Every byte is read a bounded number of times: a scheme reaches back to the mark before it at most, an
  // authority ahead to the next mark.
  for (auto colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const auto authority = skip_scheme_mark(text, colon);
    if (authority == colon) continue;
    if (const auto host = host_of_authority(text, authority)) out.push_back(*host);
  }
  return out;
}

namespace {

/// The vendor's own sites under the same suffix as the teams of eu1: public, the same for every account.
constexpr std::array<std::string_view, 16> site_names = {
    "www",  "app",    "docs",      "status", "blog",     "help",  "support", "academy",
    "info", "signup", "community", "go",     "platform", "login", "cdn",     "static"};

constexpr std::array<std::string_view, 3> legacy_paths = {"/api/v1/logs", "/logs/rest/singles",
                                                          "/logs/rest/bulk"};

bool is_team_host(std::string_view host, const RegionTable& table, const Region& source) {
  auto suffix = host;
  const auto team = next_part(suffix, ".");
  if (team.empty() || holds(site_names, team)) return false;
  // Several regions' domains are a label before the suffix of eu1's teams: eu2.coralogix.com is no team.
  const bool domain =
      std::ranges::any_of(table.regions(), [&](const Region& region) { return holds(region.domains, host); });
  return !domain && table.find_by_host(host) == nullptr && holds(source.team_suffixes, suffix);
}

/// Other services have private links beside the API's, under the same name: `ingress.private.<domain>`.
bool is_private_link(std::string_view host, const RegionTable& table) {
  return std::ranges::any_of(table.regions(), [&](const Region& region) {
    const auto dot = region.private_host.find('.');
    if (dot == std::string::npos) return false;
    const auto domain = std::string_view(region.private_host).substr(dot);  // with the dot in front
    return host.size() > domain.size() && host.ends_with(domain);
  });
}

bool is_api_host(std::string_view host, const RegionTable& table) {
  return std::ranges::any_of(table.regions(), [&](const Region& region) {
    const auto* api = region.service("api");
    return api != nullptr && api->has(host);
  });
}

/// Whether a legacy path follows the host. It must not be the beginning of a longer one, but a slash or a dot
/// behind it changes nothing: the slash is harmless to the server, and the dot ends a sentence.
bool is_legacy_path(std::string_view text, std::size_t host_end) {
  return std::ranges::any_of(legacy_paths, [&](std::string_view path) {
    auto at = skip_path(text, skip_port(text, host_end), path);
    if (at == std::string_view::npos) return false;
    at = skip_slash(text, at);
    while (at < text.size() && text[at] == '.') ++at;
    return at >= text.size() || !is_host_character(text[at]) || is_beyond_ascii(text[at]);
  });
}

/// Gathers the mentions in a text, each once.
class Gatherer {
 public:
  Gatherer(std::string_view text, const RegionTable& table, const Region* source)
      : text_(text), table_(table), source_(source), spans_(find_hosts(text)) {}

  /// Goes over the text by runs of host characters. Hosts in the path or the query of a URL are skipped: they
  /// concern the server of that URL.
  std::vector<Mention> gather() {
    bool in_url = false;
    auto span = spans_.begin();
    for (std::size_t at = 0; at < text_.size();) {
      if (is_host_character(text_[at])) {
        std::size_t end = at;
        while (end < text_.size() && is_host_character(text_[end])) ++end;
        while (span != spans_.end() && span->begin < at) ++span;
        if (span != spans_.end() && span->begin == at) {
          in_url = true;
          take_url_host(*span);
        } else if (!in_url && !in_path(at)) {
          take_bare_hosts(text_.substr(at, end - at));
        }
        at = end;
      } else {
        at = skip_mark(at, in_url);
      }
    }
    return std::move(mentions_);
  }

 private:
  /// Goes behind the sign at `at`, which is no host character, and notes whether a URL begins or ends there.
  std::size_t skip_mark(std::size_t at, bool& in_url) const {
    if (const auto authority = skip_scheme_mark(text_, at); authority != at) {
      in_url = true;
      return authority;
    }
    if (text_[at] == '\\') {
      const auto behind = skip_slash(text_, at);
      if (behind != at) return behind;
      in_url = false;
      return std::min(text_.find_first_not_of('\\', at), text_.size());
    }
    if (ends_url(text_[at])) in_url = false;
    return at + 1;
  }

  void take_url_host(const HostSpan& span) {
    const auto host = lower_ascii(text_.substr(span.begin, span.end - span.begin));
    if (is_private_link(host, table_)) {
      take(MentionKind::private_link, host);
    } else if (is_api_host(host, table_)) {
      if (is_legacy_path(text_, span.end)) take(MentionKind::legacy_ingestion, host);
    } else if (source_ != nullptr && is_team_host(host, table_, *source_)) {
      take(MentionKind::team_host, host);
    } else if (source_ != nullptr && !source_->has_host(host)) {
      take_bare_hosts(host);
    }
  }

  /// Behind a single slash stands the path of a URL that is written without its scheme.
  bool in_path(std::size_t begin) const {
    if (begin == 0 || text_[begin - 1] != '/') return false;
    std::size_t before = begin - 1;
    while (before > 0 && text_[before - 1] == '\\') --before;
    return before == 0 || text_[before - 1] != '/';
  }

  /// Service hosts of the source in a run of host characters. Characters beyond ASCII may be letters of a
  /// longer host, or curly quotes around this one. Because of this doubt the host is not rewritten, but
  /// reported.
  void take_bare_hosts(std::string_view run) {
    if (source_ == nullptr) return;
    for (auto at = run.begin(); at != run.end();) {
      const auto begin = std::find_if(at, run.end(), [](char c) { return !is_beyond_ascii(c) && c != '.'; });
      at = std::find_if(begin, run.end(), is_beyond_ascii);
      auto word = std::string_view(begin, at);
      while (word.ends_with('.')) word.remove_suffix(1);
      if (source_->has_host(word)) take(MentionKind::bare_host, lower_ascii(word));
    }
  }

  void take(MentionKind kind, const std::string& host) {
    if (taken_.emplace(kind, host).second) mentions_.push_back({kind, host});
  }

  std::string_view text_;
  const RegionTable& table_;
  const Region* source_;
  std::vector<HostSpan> spans_;
  std::set<std::pair<MentionKind, std::string>> taken_;
  std::vector<Mention> mentions_;
};

}  // namespace

std::vector<Mention> find_mentions(std::string_view text, const RegionTable& table, const Region* source) {
  return Gatherer(text, table, source).gather();
}

}  // namespace hookferry::region
