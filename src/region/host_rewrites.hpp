// Which hosts become which on the way from one region to another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/edit.hpp"
#include "region/host_spans.hpp"
#include "region/region_table.hpp"
#include "region/url_prefix.hpp"

namespace hookferry {

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
  ReplacedPrefix replaced_at(std::string_view text, const HostSpan& span) const;
  std::unordered_map<std::string, std::string> new_hosts_;  // by the old one in lower case
  std::vector<std::pair<UrlPrefix, UrlPrefix>> prefixes_;   // the longest paths first
};

/// What in `text` is to be replaced: the bytes of URLs' hosts (see host_spans.hpp), or of their beginnings,
/// nothing around them.
std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites);

/// How many URLs of the text that changes.
std::size_t count_rewritten(std::string_view text, const HostRewrites& rewrites);

}  // namespace hookferry
