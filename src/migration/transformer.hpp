// What belongs to the source account is taken off, region hosts and keys become the destination's, overlays
// set what they name, all else stays to the byte. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "migration/overlay.hpp"
#include "migration/provenance.hpp"
#include "region/host_rewrites.hpp"
#include "region/region_table.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

struct TransformRules {
  HostRewrites hosts;
  const RegionTable* regions = nullptr;        ///< for warnings; must outlive the call
  const Region* source = nullptr;              ///< where known
  const Region* destination_region = nullptr;  ///< where known
  bool fresh_uuids = false;
  std::string destination;                         ///< what fresh UUIDs are derived from, beside the old one
  std::optional<std::string> sendlog_private_key;  ///< of the destination account
  Overlay overlay;                                 ///< has the last word
};

struct TransformedWebhook {
  Webhook webhook;  ///< without an id; where `defect` is set, as it came
  std::optional<std::int64_t> source_id;
  std::vector<std::string> warnings;  ///< safe to print, without the alias
  Provenance provenance = {};
};

/// How many webhooks of the source share an alias and type. They must outlive it.
class Namesakes {
 public:
  explicit Namesakes(std::span<const Webhook> webhooks);
  std::size_t count(const Identity& identity) const;  ///< 0 or 1 where none shares it

 private:
  enum class Mark : std::uint8_t { none, one, several };
  std::vector<Mark> marks_;  ///< by hash, small enough to be at hand
  std::unordered_map<IdentityView, std::size_t, HashOfIdentity>
      counts_;  ///< of those that share a hash with another
};

/// Of all webhooks of the source, or of some of them.
std::vector<TransformedWebhook> transform(const std::vector<Webhook>& webhooks, const TransformRules& rules);
std::vector<TransformedWebhook> transform(std::span<const Webhook> some, const TransformRules& rules,
                                          const Namesakes& namesakes);

}  // namespace hookferry
