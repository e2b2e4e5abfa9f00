// The value that everything here is about.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/crypto.hpp"
#include "core/shared_text.hpp"
#include "json/document.hpp"

namespace hookferry::webhook {

/// Members that belong to the account a webhook is in, not to the webhook: removed on the way over and left
/// out of every comparison.
inline constexpr std::array<std::string_view, 5> server_owned = {"id", "company_id", "companyId",
                                                                 "created_at", "updated_at"};
[[nodiscard]] bool is_server_owned(std::string_view member);
/// Whether a redacted export keeps the member as it is: a webhook is matched by it, or it says nothing of the
/// content.
[[nodiscard]] bool is_kept_when_redacted(std::string_view member);

/// What two accounts' webhooks are matched by. Aliases need not be unique, so several may share one.
struct Identity {
  std::string alias;
  std::int64_t type = 0;
  auto operator<=>(const Identity&) const = default;
};
/// The same without a copy of the alias.
using IdentityView = std::pair<std::string_view, std::int64_t>;
struct HashOfIdentity {
  std::size_t operator()(const IdentityView& identity) const;
  std::size_t operator()(const Identity& identity) const {
    return (*this)(IdentityView(identity.alias, identity.type));
  }
};

struct Webhook {
  SharedText text;                 ///< the JSON value, to the byte as it came
  std::optional<std::int64_t> id;  ///< where it came from an account
  Identity identity;               ///< empty where `defect` says why
  /// `updated_at` is behind `created_at`: somebody changed it since it was made.
  bool modified_after_creation = false;
  /// Why no API could take it ("not a JSON object", "no alias", "no type"); empty where it could.
  std::string defect;
  /// Of what content() gives, once somebody has asked. For whoever changes the text to take away.
  mutable std::optional<Sha256> digest = {};
};

/// The members that say what a webhook is, read in one pass; of several with one name the last.
struct WebhookMembers {
  explicit WebhookMembers(const json::Value& webhook);
  std::optional<json::Value> id, alias, type_id, type_id_in_camels, type_block, created, updated, fields;
};

/// Of what is going to be compared it is best made while the JSON is at hand.
enum class Digest { when_needed, at_once };

/// `nested`: of the JSON inside its `integration_type_fields`; json::BeyondLimits where it holds more.
Webhook read_webhook(const json::Value& value, const json::ParseLimits& nested = {},
                     Digest digest = Digest::when_needed);
/// The same of a value that is `text`, which is kept and not copied.
Webhook read_webhook(const json::Value& value, SharedText text, const json::ParseLimits& nested = {},
                     Digest digest = Digest::when_needed);

/// Canonical text of all but the server-owned members, `integration_type_fields` read as JSON, null as `[]`,
/// label and name as one, the type id once: webhooks are equal in content when these are.
std::string content(const Webhook& webhook);
/// SHA-256 of the content: equal just when the contents are, and gives none of it away. Made once. Not for
/// two threads at a time.
const Sha256& digest_of(const Webhook& webhook);
/// The same as 64 hex digits.
std::string content_digest(const Webhook& webhook);

/// Every element of a JSON array, sound or not. Failure(bad_data) where `text` is no JSON array; `origin`
/// names it in the error line. `limits`: of a text that a server sent; what one element may hold, the JSON in
/// its fields may hold too.
std::vector<Webhook> read_webhooks(std::string text, std::string_view origin,
                                   const json::ParseLimits& limits = {}, Digest digest = Digest::when_needed);

/// A pretty-printed array of webhooks, with a newline at the end.
std::string write_webhooks(const std::vector<Webhook>& webhooks);

/// The same in large pieces, for many webhooks that need not be there all at once.
class WebhooksWriter {
 public:
  explicit WebhooksWriter(std::function<void(std::string_view piece)> write) : write_(std::move(write)) {}
  void add(std::span<const Webhook> webhooks);
  void end();

 private:
  std::function<void(std::string_view)> write_;
  bool empty_ = true;
};

/// "slack" for 0 …, the number for an id outside Table A.
std::string type_name(std::int64_t type);

/// `"alias" (slack)`, safe for a terminal.
std::string describe(const Identity& identity);
std::string describe(const Webhook& webhook);

}  // namespace hookferry::webhook
