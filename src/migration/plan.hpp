// What a migration would do, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/provenance.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

enum class ConflictPolicy { skip, update, duplicate, fail };

/// A webhook of the destination; nothing: there is none. Most of a first plan have none, so it takes little
/// room.
using Existing = std::shared_ptr<const Webhook>;

struct PlannedWebhook {
  Webhook webhook;  ///< as it is to be in the destination
  std::optional<std::int64_t> source_id;
  Action action = Action::create;
  /// The destination's webhook that it was matched with: unchanged, conflict, update; or that is to go:
  /// remove.
  Existing existing = nullptr;
  std::vector<std::string> warnings;
  /// In conflict with what may be this very webhook, sent by an earlier run: it is not known whether it is
  /// there.
  bool held = false;
  /// Unchanged, and known to be stored with something of what was sent changed or gone.
  bool altered = false;
  Provenance provenance = {};
};

struct Plan {
  std::vector<PlannedWebhook> webhooks;  ///< in the order of the source, then what is to be deleted
  std::vector<Webhook> extra;            ///< only the destination has them, and they stay

  std::size_t count(Action action) const;
  std::size_t altered() const;
  /// How many will be written or deleted.
  std::size_t changes() const {
    return count(Action::create) + count(Action::update) + count(Action::remove);
  }
  bool writes() const { return changes() > 0; }
};

}  // namespace hookferry
