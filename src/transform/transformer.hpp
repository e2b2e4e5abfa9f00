// The transformer: what a webhook of the source becomes in the destination. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/bulk.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "region/rewrites.hpp"
#include "region/table.hpp"
#include "webhook/differences.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::transform {

// Overlays: rules that set values by path, for what differs between an account and the one it is copied from.
//
// The file: [{"alias": GLOB, "type": NAME, "set": {PATH: VALUE, …}}, …]. A rule without `alias` and `type` is
// for all webhooks. PATH is a path as differences print it (see webhook/differences.hpp), VALUE is any JSON.
// For a secret that must not stand in the file, VALUE is {"env": NAME} or {"file": NAME}.

struct OverlaySetting {
  std::string path;
  std::string value;  ///< JSON text without space between tokens
  std::string asked =
      {};  ///< where the value came from: "env NAME", "file NAME", or empty for the rule itself
  bool secret() const { return !asked.empty(); }
};

struct OverlayRule {
  std::string origin;  ///< "staging.json: rule 2", safe to print
  std::optional<std::string> alias;
  std::optional<std::int64_t> type;
  std::vector<OverlaySetting> settings;
};

/// Rules in the order in which they are applied: if two set the same place, the last one counts.
using Overlay = std::vector<OverlayRule>;

/// A rule's reference to a secret that is kept elsewhere.
struct OverlayReference {
  enum class Kind { env, file };
  Kind kind;
  std::string name;
  std::string origin;  ///< "staging.json: rule 2: /url", safe to print
};

/// `resolve` returns the secret, or throws. Failure(bad_data) names the rule, but no value.
Overlay parse_overlay(std::string_view text, const std::string& origin,
                      const std::function<std::string(const OverlayReference&)>& resolve);

/// Throws Failure(usage) if a rule selects none of the webhooks, or if a path exists in none that its rule
/// selects, in the form that the webhooks will have; without one, in their own.
void require_places(const Overlay& overlay, const std::vector<webhook::Webhook>& webhooks,
                    std::optional<webhook::Form> form = std::nullopt);

struct Overlaid {
  std::string text;                  ///< the webhook's text, changed only at the places that were set
  webhook::SecretPlaces secrets;     ///< what was set from the environment or a file
  std::vector<std::string> strings;  ///< all strings that were set, decoded
};

/// Sets in `text` what the rules say for the webhook of that identity. Skips paths that it does not have.
Overlaid apply_overlay(const Overlay& overlay, const webhook::Identity& identity, std::string text);

/// What rules took from the environment or files, except what is short enough to be in a text by chance.
std::vector<std::string> secrets_of(const Overlay& overlay);

/// Digests are equal only if rules and values are, secrets included. The digest is an HMAC-SHA256, because
/// with a plain one likely secrets could be tried. So `key` must be a secret that a reader of the digest
/// lacks, and that is there again when digests are compared: the API key of the destination is both.
std::string overlay_digest(const Overlay& overlay, std::string_view key);

// Crossing: the conversion of a webhook from one form to the other.

struct Crossed {
  webhook::Webhook webhook;  ///< has a defect if the other form cannot hold it, and is as it came then
  std::vector<std::string> warnings;  ///< what the other form has no place for; safe to print
};
/// The webhook in the form `to`. The server's own members are not in its text; id, UUID and times are kept.
Crossed cross(const webhook::Webhook& webhook, webhook::Form to);

// The strings of a webhook in which hosts are looked for: its `url`, and every string inside its
// `integration_type_fields` or its configuration, at any depth, JSON inside strings included.

/// Calls with each of them, decoded, in the order of the text. json/build.hpp describes `filter`.
void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::StringFilter& filter = nullptr);

// New UUIDs for webhooks that carry one.

/// Edits for the decoded text of `integration_type_fields`, or for that of a configuration: the field `uuid`
/// and `payload.uuid` become one new UUID, name-based (RFC 4122, version 5) on `destination` and the old one,
/// so that a second run gives the same. Nothing is added where there was none.
std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination,
                                         webhook::Form form = webhook::Form::v1);

/// The UUID of a webhook that fresh_uuid_edits() would replace, in lower case; empty for none.
std::string uuid_of(const webhook::Webhook& webhook);

// Where parts of a transformed webhook come from. Values only.

struct Provenance {
  std::size_t rewritten_hosts = 0;
  /// The text that the webhook would have if no host had been rewritten; empty if none was.
  SharedText unrewritten;
  webhook::SecretPlaces secrets;  ///< what an overlay took from the environment or a file
  /// When the source says that its webhook was last changed (ms since 1970).
  std::optional<std::int64_t> updated_at;
};

struct RewriteCount {
  std::size_t hosts = 0;
  std::size_t webhooks = 0;
};

/// The elements of `webhooks` have a `provenance`.
template <class Webhooks>
RewriteCount count_rewrites(const Webhooks& webhooks) {
  RewriteCount out;
  for (const auto& webhook : webhooks) {
    out.hosts += webhook.provenance.rewritten_hosts;
    out.webhooks += webhook.provenance.rewritten_hosts > 0 ? 1 : 0;
  }
  return out;
}

/// "5 hosts rewritten in 4 webhooks"
inline std::string describe(const RewriteCount& count) {
  return plural(count.hosts, "host") + " rewritten in " + plural(count.webhooks, "webhook");
}

// The transformation removes what belongs to the source account, rewrites region hosts and keys to the
// destination's, and applies overlays. All else stays to the byte. Pure.

struct TransformRules {
  std::optional<webhook::Form> form;  ///< what webhooks of the other form are converted to
  region::HostRewrites hosts;
  const region::RegionTable* regions = nullptr;        ///< for warnings; must outlive the call
  const region::Region* source = nullptr;              ///< where known
  const region::Region* destination_region = nullptr;  ///< where known
  bool fresh_uuids = false;
  std::string destination;                         ///< what fresh UUIDs are derived from, beside the old one
  std::optional<std::string> sendlog_private_key;  ///< of the destination account
  Overlay overlay;                                 ///< has the last word
  webhook::Digest digest = webhook::Digest::when_needed;
};

struct TransformedWebhook {
  webhook::Webhook webhook;  ///< without an id; where `defect` is set, as it came
  std::optional<std::int64_t> source_id;
  std::vector<std::string> warnings;  ///< safe to print, without the alias
  Provenance provenance = {};
  RareText source_uuid = {};  ///< v5's
};

/// Counts the webhooks of the source that share an alias and type. The webhooks must outlive it.
class Namesakes {
 public:
  explicit Namesakes(std::span<const webhook::Webhook> webhooks);
  std::size_t count(const webhook::Identity& identity) const;  ///< 1 if no other webhook has it

 private:
  std::unordered_map<webhook::Identity, std::size_t, webhook::HashOfIdentity> counts_;
};
std::vector<TransformedWebhook> transform(const std::vector<webhook::Webhook>& webhooks,
                                          const TransformRules& rules);
std::vector<TransformedWebhook> transform(std::span<const webhook::Webhook> some, const TransformRules& rules,
                                          const Namesakes& namesakes);

// Which hosts became which on the way. Pure.

struct HostChange {
  std::string before, after;  ///< in lower case
  std::size_t times = 0;
};
/// The most frequent first.
std::vector<HostChange> host_changes(const std::vector<TransformedWebhook>& webhooks);

// What a user must know about a webhook that is transformed: a warning, never a silent change. Pure.

/// Finds all hosts that rewriting and warnings look for.
region::HostFilter host_filter_of(const TransformRules& rules);

/// The warnings of a webhook with these members that `rules` have transformed and `overlaid` has changed.
/// Each is a phrase without the alias that is safe to print and quotes no secret. `filter` is that of the
/// rules, or nullptr if the webhook is known to name no host.
std::vector<std::string> transform_warnings(const json::Value& webhook,
                                            const webhook::WebhookMembers& members, std::int64_t type,
                                            const TransformRules& rules, const region::HostFilter* filter,
                                            const Overlaid& overlaid = {});

/// Hosts of any region's services in URLs of the webhook that `rewrites` would leave: what a migration
/// between regions has to rewrite. They are in lower case, and each comes once.
std::vector<std::string> service_hosts(const webhook::Webhook& webhook, const region::RegionTable& regions,
                                       const region::HostRewrites& rewrites = {});

}  // namespace hookferry::transform
