#include "region/host_spans.hpp"

#include <optional>

namespace hookferry {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_scheme_character(char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }
bool ends_authority(char c) { return c == '/' || c == '?' || c == '#' || c == '\\' || ends_url(c); }

/// Whether a scheme ends before `colon`: some letter in the run of scheme characters there, from which on it
/// is one.
bool scheme_before(std::string_view text, std::size_t colon) {
  for (std::size_t at = colon; at > 0 && is_scheme_character(text[at - 1]); --at)
    if (is_letter(text[at - 1])) return true;
  return false;
}

/// The run of host characters at `begin`, without the dots at its end.
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

/// `text` as a whole as `host[:port]` with nothing, a path, a query or a fragment behind it. A single label
/// is a word.
std::optional<HostSpan> leading_host(std::string_view text) {
  const auto host = host_at(text, 0, text.size());
  if (!host || text.front() == '.' || text.substr(0, host->end).find('.') == std::string_view::npos)
    return std::nullopt;
  std::size_t at = host->end;
  if (at < text.size() && text[at] == '.') ++at;
  if (at + 1 < text.size() && text[at] == ':' && is_digit(text[at + 1]))
    for (++at; at < text.size() && is_digit(text[at]);) ++at;
  constexpr std::string_view allowed_behind = "/\\?#";
  if (at < text.size() && allowed_behind.find(text[at]) == std::string_view::npos) return std::nullopt;
  return host;
}

std::optional<HostSpan> host_without_scheme(std::string_view text) {
  const auto one = skip_slash(text, 0);
  if (one == 0) return leading_host(text);
  const auto two = skip_slash(text, one);
  return two == one ? std::nullopt : host_of_authority(text, two);
}

}  // namespace

bool is_host_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '%' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool ends_url(char c) {
  constexpr std::string_view enders = "\"'<>{}|^`\x7F";
  return static_cast<unsigned char>(c) <= 0x20 || enders.find(c) != std::string_view::npos;
}

std::size_t skip_slash(std::string_view text, std::size_t at) {
  std::size_t slash = at;
  while (slash < text.size() && text[slash] == '\\') ++slash;
  return slash < text.size() && text[slash] == '/' ? slash + 1 : at;
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
  // Every byte is looked at a bounded number of times: a scheme reaches back to the mark before it at most,
  // an authority ahead to the next mark.
  for (auto colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const auto authority = skip_scheme_mark(text, colon);
    if (authority == colon) continue;
    if (const auto host = host_of_authority(text, authority)) out.push_back(*host);
  }
  return out;
}

}  // namespace hookferry
