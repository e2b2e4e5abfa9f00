// The value that everything here is about.
#pragma once

#include <functional>
#include <utility>

#include "core/bulk.hpp"
#include "core/crypto.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::webhook {

/// What two accounts' webhooks are matched by. Aliases need not be unique, so several may share one.
struct Identity {
  std::string alias;
  std::int64_t type = 0;
  auto operator<=>(const Identity&) const = default;
};
struct HashOfIdentity {
  std::size_t operator()(const Identity& identity) const {
    return std::hash<std::string>()(identity.alias) + static_cast<std::size_t>(identity.type);
  }
};

/// What the response to a write says of a webhook. v5 names a uuid; only its lists show the number, too.
struct GivenId {
  std::optional<std::int64_t> number = {};
  RareText uuid = {};
  bool operator==(const GivenId&) const = default;
};

struct Webhook {
  SharedText text;                 ///< the JSON value, to the byte as it came
  std::optional<std::int64_t> id;  ///< where it came from an account
  Identity identity;               ///< empty where `defect` says why
  /// By the server, in milliseconds since 1970. Nothing if it does not say so in a form that can be read.
  std::optional<std::int64_t> created_at = {}, updated_at = {};
  /// Why no API could take it ("not a JSON object", "no alias", "no type"), or why the destination's API
  /// could not; empty where it could.
  RareText defect;
  RareText uuid = {};  ///< v5's own id; empty for v1
  Form form = Form::v1;
  /// `updated_at` is later than `created_at`: another client has changed the webhook since it was created.
  bool modified_after_creation = false;
  /// Its configuration was not read: v5's list does not show it.
  bool is_only_listed = false;
  /// The digest of content(), once it was asked for. Code that changes the text must reset it.
  mutable std::optional<Sha256> digest = {};
};

/// Nothing if the alias or the type is missing.
std::optional<Identity> identity_of(const WebhookMembers& members);

/// A digest that will be compared is cheapest while the JSON is at hand.
enum class Digest { when_needed, at_once };

/// `nested` limits the JSON in its fields. Throws json::BeyondLimits. Without a form, the members show it.
Webhook read_webhook(const json::Value& value, const json::ParseLimits& nested = {},
                     Digest digest = Digest::when_needed, std::optional<Form> form = std::nullopt);

/// Appends the webhook's text without the server's own members: the text with which it is sent.
void append_own_text(std::string& out, const json::Value& webhook, Form form);

/// The number that the server gives the account of a webhook, as JSON text; empty if there is none.
std::string company_of(const json::Value& object);

/// Canonical text of all but the server-owned members: webhooks are equal in content when these are. In v1's
/// form `integration_type_fields` is read as JSON, null as `[]`, label and name as one, the type id once. In
/// v5's form what is null counts as missing, and the text of a payload counts to the byte.
std::string content(const Webhook& webhook);
/// SHA-256 of the content.
Sha256 digest_of(const json::Value& webhook, const WebhookMembers& members);
/// The same, computed once and kept in the webhook: not for two threads at a time.
const Sha256& digest_of(const Webhook& webhook);
/// The digest as 64 hex digits.
std::string content_digest(const Webhook& webhook);

/// Every element of a JSON array, sound or not. Throws Failure(bad_data) if `text` is not a JSON array, or if
/// its elements have different forms; `origin` names it in the error. Without a form, it is recognised.
/// `limits` are for a text that a server sent, and hold for the JSON in its fields.
std::vector<Webhook> read_webhooks(std::string text, std::string_view origin,
                                   const json::ParseLimits& limits = {}, Digest digest = Digest::when_needed,
                                   std::optional<Form> form = std::nullopt);

/// Writes a pretty-printed array of webhooks in large pieces, for many that need not be there at once.
class WebhooksWriter {
 public:
  explicit WebhooksWriter(std::function<void(std::string_view piece)> write) : write_(std::move(write)) {}
  void add(std::span<const Webhook> webhooks);
  void end();

 private:
  std::function<void(std::string_view)> write_;
  bool empty_ = true;
};

/// The name of the type; empty if a defect of the webhook leaves it unknown.
std::string type_of(const Webhook& webhook);

/// `"alias" (slack)`, safe for a terminal.
std::string describe(const Identity& identity);
std::string describe(const Webhook& webhook);

}  // namespace hookferry::webhook
