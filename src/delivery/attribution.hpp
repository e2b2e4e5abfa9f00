// Attributes webhooks of a snapshot to those that were sent: the heart of exactly-once. Pure.
//
// A response may be lost, wrong or late, so arrivals are established from a snapshot of the destination. What
// was there before does not count; the rest is matched with what was sent, the surest evidence first, and
// equal ones by number.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "delivery/steps.hpp"

namespace hookferry::delivery {

struct SentWebhook {
  webhook::Identity identity;
  Sha256 content{};                         ///< digest
  std::optional<std::int64_t> answered_id;  ///< the id that the response gave
  bool confirmed = false;                   ///< the response said that it was applied
  std::optional<std::int64_t> update_of;    ///< the webhook that it was to be written over
  std::optional<Sha256> content_before;     ///< digest of that one before
};

struct Attribution {
  /// One for each sent webhook; nothing if the snapshot does not establish that it arrived.
  std::vector<std::optional<Arrival>> arrivals;
  /// For each without an arrival: new webhooks with its alias and type, or the changed one in its place.
  /// Sending it again could double it. Empty if the server confirmed it and the snapshot does not show it.
  std::vector<std::vector<std::int64_t>> candidates;
};

/// `ours`: whether a webhook with that id may be one of those sent, because it was not there before.
/// `certain`: the snapshot was requested so late that it shows every write. An id that a response gave and
/// that it does not show is given up, and a webhook of equal content is looked for instead.
Attribution attribute(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
                      const std::vector<SnapshotEntry>& snapshot, bool certain = true);

}  // namespace hookferry::delivery
