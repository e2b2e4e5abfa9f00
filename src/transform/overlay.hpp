// What an account has otherwise than the one it is copied from: values set by their paths. Pure.
//
// The file: [{"alias": GLOB, "type": NAME, "set": {PATH: VALUE, …}}, …]; `alias` and `type` are optional, a
// rule without them is for all webhooks. PATH is what differences print (see webhook/differences.hpp), VALUE
// any JSON. A secret that must not stand in the file is {"env": NAME} or {"file": NAME}, which becomes a
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
      {};  ///< what it came from, "env NAME" or "file NAME"; empty where the value stood in the rule
  bool secret() const { return !asked.empty(); }
};

struct OverlayRule {
  std::string origin;  ///< "staging.json: rule 2", safe to print
  std::optional<std::string> alias;
  std::optional<std::int64_t> type;
  std::vector<OverlaySetting> settings;
};

/// In the order in which they are carried out: of two that set one place the last counts.
using Overlay = std::vector<OverlayRule>;

/// What stands for a secret in a rule.
struct OverlayReference {
  enum class Kind { env, file };
  Kind kind;
  std::string name;
  std::string origin;  ///< "staging.json: rule 2: /url", safe to print
};

/// `resolve` gives the secret, or throws. Failure(bad_data), naming the rule, for what is no such file; no
/// error quotes a value.
Overlay parse_overlay(std::string_view text, const std::string& origin,
                      const std::function<std::string(const OverlayReference&)>& resolve);

/// Failure(usage) for a rule that selects none of the webhooks, or has a path that none of those selected
/// has.
void require_places(const Overlay& overlay, const std::vector<webhook::Webhook>& webhooks);

struct Overlaid {
  std::string text;                  ///< the webhook's, changed at the places that were set and nowhere else
  webhook::SecretPlaces secrets;     ///< what was set from the environment or a file
  std::vector<std::string> strings;  ///< all strings that were set, decoded
};

/// Sets in `text` what the rules say for the webhook of that identity; a path that it does not have is passed
/// over.
Overlaid apply_overlay(const Overlay& overlay, const webhook::Identity& identity, std::string text);

/// What rules took from the environment or files, but for what is too short to be told from other text.
std::vector<std::string> secrets_of(const Overlay& overlay);

/// Equal just when rules and values are, secrets included. HMAC-SHA256: without `key` nobody can try likely
/// secrets on it, which a plain digest would allow. So the key must be a secret that the digest's reader
/// lacks and that is there again when the digest is to be compared: the API key of the destination is both.
std::string overlay_digest(const Overlay& overlay, std::string_view key);

}  // namespace hookferry::transform
