// Rewriting the hosts and prefixes of URLs in a text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/edit.hpp"
#include "region/hosts.hpp"
#include "region/table.hpp"

namespace hookferry::region {

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

  /// Adds a rewrite of the user's, which overrides one that is there for `old_host`. A host that becomes
  /// itself stays as it is.
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

/// The edits that rewrite the URLs of the text. They touch hosts or prefixes alone, nothing around them. The
/// number of URLs that they change is added to `count`.
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
  /// For each host, a label that stands in every spelling of it. They are in lower case, and none is part of
  /// another.
  std::vector<std::string> marks_;
};

/// Adds all hosts of the region, those of its teams and its private links included.
void add_hosts(HostFilter& filter, const Region& region);

}  // namespace hookferry::region
