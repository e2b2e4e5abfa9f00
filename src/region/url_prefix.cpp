#include "region/url_prefix.hpp"

#include <algorithm>

#include "core/letter_case.hpp"

namespace hookferry {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower_ascii(c) >= 'a' && lower_ascii(c) <= 'z'; }
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

}  // namespace hookferry
