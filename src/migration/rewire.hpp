// Destination ids over source ids in what refers to webhooks: exported alerts. Pure.
//
// Alerts of the vendor's API refer to a webhook as `notificationGroup.webhooks[].integration.integrationId`,
// those of its infrastructure tools as `integration_id`: the number that the webhooks API calls `id`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"
#include "migration/id_map.hpp"

namespace hookferry {

struct UnknownId {
  std::string path;        ///< "/0/notificationGroup/webhooks/1/integration/integrationId"
  std::string id;          ///< the number as it stands there
  bool is_a_destinations;  ///< no source id, but a destination's: perhaps rewired before
};

struct Rewiring {
  std::vector<json::Edit> edits;  ///< places in the document's text
  std::vector<UnknownId> unknown;
  std::size_t rewired = 0;
  /// Ids in JSON inside strings: texts, not members, so they stay as they are.
  std::size_t in_strings = 0;
};

/// Every number that is the value of a member `integrationId` or `integration_id`, at any depth, and a source
/// id becomes the destination's id, written plainly; a number counts by its value (`5.0` is 5).
Rewiring rewire(const json::Document& document, const std::vector<MappedId>& ids);

}  // namespace hookferry
