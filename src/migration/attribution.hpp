// Which webhooks of a destination are those that were sent: the heart of exactly-once. Pure.
//
// An answer to a POST may be lost, wrong or late, so what arrived is worked out from a reading of the
// destination: what was there before is taken off, the rest is matched with what was sent, equal ones by
// number.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

struct SentWebhook {
  Identity identity;
  std::string content;                      ///< digest
  std::optional<std::int64_t> answered_id;  ///< what the server's answer said, where it did
  bool confirmed = false;                   ///< the server's answer said that it was applied
  std::optional<std::int64_t> update_of;    ///< the webhook that this was to be written over
  std::string content_before;               ///< digest of that one before
};

struct Arrival {
  std::int64_t id = 0;
  bool as_sent = true;  ///< false: what is stored differs from what was sent
  std::string content;  ///< digest of what is stored
};

struct Attribution {
  std::vector<std::optional<Arrival>>
      arrivals;  ///< one for each sent; nothing: not there, as far as this reading tells
  /// One for each sent that is not there: something new with its alias and type is, and it cannot be told
  /// whether it is this one or another. Sending again could double it.
  std::vector<bool> ambiguous;
};

/// A reading made while something sent may yet come to be seen, or one made late enough to show everything.
enum class Reading { early, final };

/// `present`: ids that were there before anything was sent. Webhooks that were stored differently are known
/// by alias and type: on a final reading also where there are fewer of them than were sent, since all of them
/// are the sender's then; never where there are more, since some must be someone else's.
Attribution attribute(const std::vector<SentWebhook>& sent, const std::set<std::int64_t>& present,
                      const std::vector<Webhook>& webhooks, Reading reading);

}  // namespace hookferry
