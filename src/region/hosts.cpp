#include "region/rewrites.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/text.hpp"

namespace hookferry::region {
namespace {

/// Characters that are looked up in a table, because texts are read by them one at a time.
class CharacterSet {
 public:
  template <class Holds>
  explicit constexpr CharacterSet(Holds holds) {
    for (std::size_t i = 0; i < held_.size(); ++i) held_[i] = holds(static_cast<char>(i));
  }
  [[nodiscard]] constexpr bool holds(char c) const { return held_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> held_{};
};

constexpr CharacterSet url_enders([](char c) {
  return static_cast<unsigned char>(c) <= 0x20 || std::string_view("\"'<>{}|^`\x7F").find(c) < SIZE_MAX;
});
constexpr CharacterSet authority_enders([](char c) {
  return url_enders.holds(c) || std::string_view("/?#\\").find(c) < SIZE_MAX;
});
constexpr CharacterSet host_characters([](char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '%' || is_beyond_ascii(c);
});

/// Returns the place behind the `://` of the scheme whose colon stands at `colon`, where the authority
/// begins; `colon` itself where there is no such mark.
std::size_t skip_scheme_mark(std::string_view text, std::size_t colon) {
  if (colon >= text.size() || text[colon] != ':') return colon;
  const auto one = skip_slash(text, colon + 1);
  const auto two = skip_slash(text, one);
  if (one == colon + 1 || two == one) return colon;
  // A scheme begins with some letter in the run of its characters.
  for (auto at = colon; at > 0 && is_scheme_character(text[at - 1]); --at)
    if (is_letter(text[at - 1])) return two;
  return colon;
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
  for (; end < text.size() && !authority_enders.holds(text[end]); ++end)
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

}  // namespace

bool is_host_character(char c) { return host_characters.holds(c); }

bool is_scheme_character(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }

bool ends_url(char c) { return url_enders.holds(c); }

std::size_t skip_slash(std::string_view text, std::size_t at) {
  std::size_t slash = at;
  while (slash < text.size() && text[slash] == '\\') ++slash;
  return slash < text.size() && text[slash] == '/' ? slash + 1 : at;
}

std::size_t slash_before(std::string_view text, std::size_t at) {
  if (at == 0 || at > text.size() || text[at - 1] != '/') return std::string_view::npos;
  for (--at; at > 0 && text[at - 1] == '\\';) --at;
  return at;
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

std::vector<HostSpan> find_hosts(std::string_view text) {
  std::vector<HostSpan> out;
  const auto take = [&](const std::optional<HostSpan>& host) {
    if (host) out.push_back(*host);
  };
  const auto one = skip_slash(text, 0);
  const auto two = skip_slash(text, one);
  if (one == 0) take(leading_host(text));
  if (one != 0 && two != one) take(host_of_authority(text, two));
  // Every byte is read a bounded number of times: a scheme or an authority reaches to the next mark at most.
  for (auto colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const auto authority = skip_scheme_mark(text, colon);
    if (authority != colon) take(host_of_authority(text, authority));
  }
  return out;
}

std::vector<std::string> hosts_in(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& host : find_hosts(text)) out.push_back(lower_ascii(host.of(text)));
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
  return !domain && holds(source.team_suffixes, suffix);
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

/// Goes behind the sign at `at`, which is no host character, and notes whether a URL begins or ends there.
std::size_t skip_mark(std::string_view text, std::size_t at, bool& in_url) {
  if (const auto authority = skip_scheme_mark(text, at); authority != at) {
    in_url = true;
    return authority;
  }
  if (text[at] == '\\') {
    const auto behind = skip_slash(text, at);
    if (behind != at) return behind;
    in_url = false;
    return std::min(text.find_first_not_of('\\', at), text.size());
  }
  if (ends_url(text[at])) in_url = false;
  return at + 1;
}

}  // namespace

std::vector<Mention> find_mentions(std::string_view text, const RegionTable& table, const Region* source) {
  std::vector<Mention> out;
  std::set<std::pair<MentionKind, std::string>> taken;
  const auto take = [&](MentionKind kind, const std::string& host) {
    if (taken.emplace(kind, host).second) out.push_back({kind, host});
  };
  // Service hosts of the source in a run of host characters. Characters beyond ASCII may be letters of a
  // longer host, or curly quotes around this one. So the host is not rewritten, but reported.
  const auto take_bare_hosts = [&](std::string_view run) {
    if (source == nullptr) return;
    for (auto at = run.begin(); at != run.end();) {
      const auto begin = std::find_if(at, run.end(), [](char c) { return !is_beyond_ascii(c) && c != '.'; });
      at = std::find_if(begin, run.end(), is_beyond_ascii);
      auto word = std::string_view(begin, at);
      while (word.ends_with('.')) word.remove_suffix(1);
      if (source->has_host(word)) take(MentionKind::bare_host, lower_ascii(word));
    }
  };
  const auto take_url_host = [&](const HostSpan& span) {
    const auto host = lower_ascii(span.of(text));
    const auto* region = table.find_by_host(host);
    if (is_private_link(host, table)) {
      take(MentionKind::private_link, host);
    } else if (region != nullptr && region->service("api")->has(host)) {  // every region has that service
      if (is_legacy_path(text, span.end)) take(MentionKind::legacy_ingestion, host);
    } else if (source != nullptr && region == nullptr && is_team_host(host, table, *source)) {
      take(MentionKind::team_host, host);
    } else if (source != nullptr && !source->has_host(host)) {
      take_bare_hosts(host);
    }
  };

  // The text is read by runs of host characters. Hosts in the path or query of a URL are skipped.
  bool in_url = false;
  const auto spans = find_hosts(text);
  auto span = spans.begin();
  for (std::size_t at = 0; at < text.size();) {
    if (!is_host_character(text[at])) {
      at = skip_mark(text, at, in_url);
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_host_character(text[end])) ++end;
    while (span != spans.end() && span->begin < at) ++span;
    // Behind a single slash stands the path of a URL that is written without its scheme.
    const auto slash = slash_before(text, at);
    const bool in_path = slash != std::string_view::npos && (slash == 0 || text[slash - 1] != '/');
    if (span != spans.end() && span->begin == at) {
      in_url = true;
      take_url_host(*span);
    } else if (!in_url && !in_path) {
      take_bare_hosts(text.substr(at, end - at));
    }
    at = end;
  }
  return out;
}

}  // namespace hookferry::region
