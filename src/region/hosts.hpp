// The hosts of URLs in a text, and the regions that they belong to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "region/table.hpp"

namespace hookferry::region {

// Where in a text the hosts of URLs stand.
//
// A URL here is what a client would take for one (RFC 3986, and the WHATWG's reading of backslashes), in any
// text: prose, templates, JSON that was put into a string once or several times (`https:\/\/`). Hosts that
// are found get rewritten, so that a host is left out unless it is certainly the host of a URL.

/// The bytes [begin, end) of a host in the text: no port, no userinfo, no dot at its end.
struct HostSpan {
  std::size_t begin;
  std::size_t end;
  bool operator==(const HostSpan&) const = default;
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// Hosts of URLs that stand anywhere in `text` (each `://` opens its own, so a URL in another's query
/// counts), and the host that `text` as a whole starts with where it is a URL without scheme: `//host…`,
/// `host`, `host:port`, `host/…`. IPv6 literals are left out. The hosts are in the order of the text. It
/// takes linear time for any input.
std::vector<HostSpan> find_hosts(std::string_view text);
/// These hosts, in lower case.
std::vector<std::string> hosts_in(std::string_view text);

/// Letters, digits, `-`, `.`, `_`, `%` and all of Unicode beyond ASCII: what makes a host longer than it
/// looks must count as part of it.
bool is_host_character(char c);
bool is_scheme_character(char c);

/// Whether a URL in running text ends before the character: white space, control bytes, quotes, `<>{}|^` and
/// backtick. It goes on at a backslash, which may be the escape of a slash.
bool ends_url(char c);

/// Returns the place behind the slash at `at`, with or without backslashes before it; `at` where there is
/// none.
std::size_t skip_slash(std::string_view text, std::size_t at);

/// Returns the place of the slash before `at`, or of its backslashes; npos where there is none.
std::size_t slash_before(std::string_view text, std::size_t at);

/// Returns the place behind the dot and the port that may follow the host before `at`.
std::size_t skip_port(std::string_view text, std::size_t at);

/// Returns the place behind `path` if that stands at `at`, its slashes with or without backslashes; else
/// npos.
std::size_t skip_path(std::string_view text, std::size_t at, std::string_view path);

// Hosts of the source region that a webhook keeps: they are never rewritten, so that they are reported.

enum class MentionKind {
  team_host,         ///< a URL of the source region's own front end: `https://myteam.app.coralogix.us/…`
  private_link,      ///< a URL at a private link of any region, reachable from one network only
  legacy_ingestion,  ///< a URL of the log ingestion that the vendor has switched off: an API host of any
                     ///< region with the path `/api/v1/logs`, `/logs/rest/singles` or `/logs/rest/bulk`. Its
                     ///< successor takes another body, so that rewriting the URL would not help.
  bare_host,         ///< a service host of the source region outside any URL: perhaps prose, perhaps not
};

struct Mention {
  MentionKind kind;
  std::string host;  ///< in lower case
  bool operator==(const Mention&) const = default;
};

/// The mentions in the text of one string, in their order, each kind and host once. Without a source region
/// (nullptr), these are private links and legacy ingestion only. It takes linear time for any text.
std::vector<Mention> find_mentions(std::string_view text, const RegionTable& table, const Region* source);

}  // namespace hookferry::region
