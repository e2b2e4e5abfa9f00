// The hosts of URLs in a text, the regions that they belong to, and rewriting them.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

#include "json/build.hpp"
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
/// `host`, `host:port`, `host/…`. IPv6 literals are left out. In the order of the text, in linear time.
std::vector<HostSpan> find_hosts(std::string_view text);
/// These hosts, in lower case.
std::vector<std::string> hosts_in(std::string_view text);

/// Letters, digits, `-`, `.`, `_`, `%` and all of Unicode beyond ASCII: what may make a host longer.
bool is_host_character(char c);
bool is_scheme_character(char c);

/// Whether a URL in running text ends before the character: white space, control bytes, quotes, `<>{}|^` and
/// backtick. It goes on at a backslash, which may be the escape of a slash.
bool ends_url(char c);

/// Returns the place behind the slash at `at`, with or without backslashes before it; `at` without one.
std::size_t skip_slash(std::string_view text, std::size_t at);

/// Returns the place of the slash before `at`, or of its backslashes; npos where there is none.
std::size_t slash_before(std::string_view text, std::size_t at);

/// Returns the place behind the dot and the port that may follow the host before `at`.
std::size_t skip_port(std::string_view text, std::size_t at);

/// Returns the place behind `path` if it is at `at`, its slashes with or without backslashes; else npos.
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

// Rewriting the hosts and prefixes of URLs in a text.

/// The beginning of a URL, up to some segment of its path.
struct UrlPrefix {
  std::string scheme;  ///< in lower case
  std::string host;    ///< in lower case
  std::string port;    ///< digits; empty where it is the scheme's own
  std::string path;    ///< "" or "/a/b": no slash at the end

  /// "https://host[:port][/path]". Nothing for anything else: userinfo, a query, a fragment, an IPv6 literal
  /// or a character that no URL in a text holds.
  static std::optional<UrlPrefix> parse(std::string_view text);
};

/// Which hosts and prefixes of URLs become which, on the way from one region to another.
class HostRewrites {
 public:
  /// Each service host of `from` becomes that of the same service of `to`. A host in the domain form gets the
  /// domain form; one in the guide's form, or in a spelling that is only recognised, gets the guide's where
  /// `to` has it. Where both forms of `from` are one host (eu2), it counts as the guide's. There are no
  /// rewrites within one region.
  static HostRewrites between(const Region& from, const Region& to);

  /// Adds a rewrite of the user's, which overrides an earlier one of `old_host`. A host may become itself.
  void add(std::string_view old_host, std::string new_host);
  /// URLs that begin with `from` are to begin with `to`, whatever the rewrites of their hosts say. If
  /// several fit, the one with the longest path counts, and of two with equal paths the one added last.
  void add_prefix(UrlPrefix from, UrlPrefix to);

  /// The new host for `host`, in any letter case; nullptr where it stays as it is.
  const std::string* find(std::string_view host) const;
  struct Url {
    HostSpan host;
    std::vector<json::Edit> edits;  ///< in the order of the text; empty where the URL stays as it is
    std::size_t end;                ///< where in the text the host ends, or the prefix that is replaced
  };
  /// The URLs of the text, without those that begin inside the prefix of another one that is replaced: they
  /// become what that prefix becomes. So no two edits overlap.
  std::vector<Url> urls_of(std::string_view text) const;
  /// Whether some host becomes this one.
  bool leads_to(std::string_view host) const;
  /// The hosts that are rewritten, and those of the prefixes.
  std::vector<std::string> old_hosts() const;
  bool empty() const { return new_hosts_.empty() && prefixes_.empty(); }

 private:
  std::unordered_map<std::string, std::string> new_hosts_;  // by the old one in lower case
  std::vector<std::pair<UrlPrefix, UrlPrefix>> prefixes_;   // the longest paths first
};

/// The edits that rewrite the URLs of the text. `count` grows by the number of URLs that change.
std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites,
                                      std::size_t* count = nullptr);

/// Says whether a JSON text may name one of certain hosts, without decoding the text.
class HostFilter {
 public:
  /// Adds a host, or what hosts end with. Letter case is ignored.
  void add(std::string_view host);

  /// `false` only where no string in `json_text`, decoded, or percent-decoded any number of times, holds one
  /// of the hosts. An escape (`\u`) or a percent sign before two hex digits may stand for a letter of one.
  bool may_name_any(std::string_view json_text) const;

 private:
  /// For each host, a label that is in every spelling of it, in lower case. None is part of another.
  std::vector<std::string> marks_;
};

/// Adds all hosts of the region, those of its teams and its private links included.
void add_hosts(HostFilter& filter, const Region& region);

}  // namespace hookferry::region
