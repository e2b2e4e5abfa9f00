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

// Which hosts become which on the way from one region to another.

class HostRewrites {
 public:
  /// All service hosts of `from` to the same service of `to`. A host in the domain form gets the domain form;
  /// one in the guide's form, or in a spelling that is only recognised, gets the guide's where `to` has it.
  /// Where both forms of `from` are one host (eu2), it counts as the guide's. Nothing when both are one
  /// region.
  static HostRewrites between(const Region& from, const Region& to);

  /// One of the user's own; overrides what is there for `old_host`. A host that becomes itself stays as it
  /// is.
  void add(std::string_view old_host, std::string new_host);
  /// URLs that begin with `from` are to begin with `to`, whatever else would become of their hosts. Of
  /// several that fit the longest path counts, of equals the last one added.
  void add_prefix(UrlPrefix from, UrlPrefix to);

  /// What `host`, in any letter case, becomes; nullptr where it stays.
  const std::string* find(std::string_view host) const;
  struct Url {
    HostSpan host;
    std::vector<json::Edit> edits;  ///< what becomes of it; empty where it stays
  };
  /// The URLs of the text, without those that begin inside the prefix of another one that is replaced: they
  /// become what that prefix becomes. So no two edits overlap.
  std::vector<Url> urls_of(std::string_view text) const;
  /// Whether some host becomes this one.
  bool leads_to(std::string_view host) const;
  /// All that it looks for.
  std::vector<std::string> old_hosts() const;
  bool empty() const { return new_hosts_.empty() && prefixes_.empty(); }

 private:
  std::unordered_map<std::string, std::string> new_hosts_;  // by the old one in lower case
  std::vector<std::pair<UrlPrefix, UrlPrefix>> prefixes_;   // the longest paths first
};

/// What in `text` is to be replaced: the bytes of URLs' hosts (see hosts.hpp), or of their beginnings,
/// nothing around them.
std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites);

/// How many URLs of the text that changes.
std::size_t count_rewritten(std::string_view text, const HostRewrites& rewrites);

// Whether a JSON text may name one of certain hosts. The text is not decoded, whatever the depth of its
// quoting.

class HostFilter {
 public:
  /// Hosts, or what they end with. Letter case is ignored.
  void add(std::string_view host);

  /// `false` only where no string in `json_text`, decoded, or percent-decoded any number of times, holds one
  /// of the hosts. An escape (`\u`) or a percent sign before two hex digits may stand for a letter of one.
  bool may_name_any(std::string_view json_text) const;

 private:
  /// In lower case, none of them in another: a label of each host that stands in every spelling of it.
  std::vector<std::string> marks_;
};

/// Of all hosts of these regions, their teams' and private ones included.
void add_hosts(HostFilter& filter, const Region& region);
void add_hosts(HostFilter& filter, const HostRewrites& rewrites);

}  // namespace hookferry::region
