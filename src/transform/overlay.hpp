// Overlays: rules that set values by path, for what differs between an account and the one it is copied from.
// Pure.
//
// The file: [{"alias": GLOB, "type": NAME, "set": {PATH: VALUE, …}}, …]. A rule without `alias` and `type` is
// for all webhooks. PATH is a path as differences print it (see webhook/differences.hpp), VALUE is any JSON.
// For a secret that must not stand in the file, VALUE is {"env": NAME} or {"file": NAME}, which becomes a
// string.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/differences.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::transform {

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

/// `resolve` returns the secret, or throws. Throws Failure(bad_data) that names the rule if the text has not
/// the form above. No error quotes a value.
Overlay parse_overlay(std::string_view text, const std::string& origin,
                      const std::function<std::string(const OverlayReference&)>& resolve);

/// Throws Failure(usage) if a rule selects none of the webhooks, or if a path exists in none that its rule
/// selects.
void require_places(const Overlay& overlay, const std::vector<webhook::Webhook>& webhooks);

struct Overlaid {
  std::string text;                  ///< the webhook's text, changed only at the places that were set
  webhook::SecretPlaces secrets;     ///< what was set from the environment or a file
  std::vector<std::string> strings;  ///< all strings that were set, decoded
};

/// Sets in `text` what the rules say for the webhook of that identity. A path that it does not have is
/// skipped.
Overlaid apply_overlay(const Overlay& overlay, const webhook::Identity& identity, std::string text);

/// What rules took from the environment or from files, except what is so short that it may stand in other
/// text by chance.
std::vector<std::string> secrets_of(const Overlay& overlay);

/// Digests are equal only if rules and values are, secrets included. The digest is an HMAC-SHA256, because
/// with a plain one likely secrets could be tried. So `key` must be a secret that a reader of the digest
/// lacks, and that is there again when digests are compared: the API key of the destination is both.
std::string overlay_digest(const Overlay& overlay, std::string_view key);

}  // namespace hookferry::transform
