// Which webhooks of a destination are those that were sent: the heart of exactly-once. Pure.
//
// An answer to a POST may be lost, wrong or late, so what arrived is worked out from a reading of the
// destination: what was there before is taken off, the rest is matched with what was sent, from the surest
// sign to the weakest, equal ones by number.
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
  std::optional<std::int64_t> answered_id;  ///< what the server's answer said, where it did
  bool confirmed = false;                   ///< the server's answer said that it was applied
  std::optional<std::int64_t> update_of;    ///< the webhook that this was to be written over
  std::optional<Sha256> content_before;     ///< digest of that one before
};

struct Attribution {
  /// One for each sent; nothing: not there, as far as this reading tells. Never by count alone.
  std::vector<std::optional<Arrival>> arrivals;
  /// For each without an arrival: what is new with its alias and type, or was changed in its place, and may
  /// be it or somebody else's. Sending it again could double it. Nothing where the server confirmed it, and
  /// the reading lacks it for certain.
  std::vector<std::vector<std::int64_t>> candidates;
};

/// `ours`: whether a webhook with that id can be one of those sent, which it cannot where it was there
/// before. `certain`: the reading was made so late that it shows everything; an id that an answer gave and
/// that it does not show is given up then, and what is equal in content is looked for instead.
Attribution attribute(const std::vector<SentWebhook>& sent, const std::function<bool(std::int64_t)>& ours,
                      const std::vector<SnapshotEntry>& reading, bool certain = true);

}  // namespace hookferry::delivery
