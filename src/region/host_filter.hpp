// Whether a JSON text may name one of certain hosts: told from the text as it stands, at any depth of
// quoting, without decoding it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "region/host_rewrites.hpp"
#include "region/region_table.hpp"

namespace hookferry {

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

}  // namespace hookferry
