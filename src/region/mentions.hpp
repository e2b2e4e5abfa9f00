// What of the source region a webhook keeps: never rewritten, so to be told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "region/region_table.hpp"

namespace hookferry {

enum class MentionKind {
  team_host,         ///< a URL of the source region's own front end: `https://myteam.app.coralogix.us/…`
  private_link,      ///< a URL at a private link of any region, reachable from one network only
  legacy_ingestion,  ///< a URL of the log ingestion that the vendor has switched off: an API host of any
                     ///< region with the path `/api/v1/logs`, `/logs/rest/singles` or `/logs/rest/bulk`. Its
                     ///< successor takes another body, so no rewriting mends it.
  bare_host,         ///< a service host of the source region outside any URL: perhaps prose, perhaps not
};

struct Mention {
  MentionKind kind;
  std::string host;  ///< in lower case
  bool operator==(const Mention&) const = default;
};

/// In the text of one string, in its order, each kind and host once. Without a source region (nullptr) only
/// private links and legacy ingestion are looked for. Linear time for any text.
std::vector<Mention> find_mentions(std::string_view text, const RegionTable& table, const Region* source);

}  // namespace hookferry
