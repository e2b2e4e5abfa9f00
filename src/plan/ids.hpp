// Which destination id replaced which source id, and rewiring what refers to them. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"
#include "ledger/ledger.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::plan {

// Which webhook of the source became which of the destination, as a ledger has it. Pure.

struct MappedId {
  std::int64_t source_id;
  std::int64_t destination_id;
  webhook::Identity identity;
};

/// In the order of the source's ids, each once: where runs of one ledger speak of the same source webhook,
/// the last word counts. What was taken back, deleted or never seen to arrive is left out.
std::vector<MappedId> id_map(const std::vector<ledger::LedgerRun>& runs);

// Destination ids over source ids in what refers to webhooks: exported alerts. Pure.
//
// Alerts of the vendor's API refer to a webhook as `notificationGroup.webhooks[].integration.integrationId`,
// those of its infrastructure tools as `integration_id`: the number that the webhooks API calls `id`.

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

}  // namespace hookferry::plan
