// Which hosts become which on the way from one region to another.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/edit.hpp"
#include "region/region_table.hpp"

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

  /// What `host`, in any letter case, becomes; nullptr where it stays.
  const std::string* find(std::string_view host) const;
  bool empty() const { return new_hosts_.empty(); }

 private:
  std::unordered_map<std::string, std::string> new_hosts_;  // by the old one in lower case
};

/// What in `text` is to be replaced: the bytes of URLs' hosts (see host_spans.hpp), nothing around them.
std::vector<json::Edit> rewrite_hosts(std::string_view text, const HostRewrites& rewrites);

}  // namespace hookferry
