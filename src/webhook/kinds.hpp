// The vendor's format of a webhook: its members, its types (Table A of the guide), and what the fields of a
// type must be (Table B). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry::webhook {

/// The names of members, as requests and responses of the API spell them.
namespace member {
inline constexpr std::string_view alias = "alias";
inline constexpr std::string_view url = "url";
inline constexpr std::string_view fields = "integration_type_fields";  ///< a string that holds JSON
/// The type stands in up to three places, and responses do not repeat all of them: here, here in the spelling
/// of some responses, and as the `id` of the block.
inline constexpr std::string_view type_id = "integration_type_id";
inline constexpr std::string_view camel_type_id = "integrationTypeId";
inline constexpr std::string_view type_block = "integration_type";
/// These name the type in the block: requests say `name` where responses say `label`.
inline constexpr std::string_view name = "name";
inline constexpr std::string_view label = "label";
inline constexpr std::string_view id = "id";
inline constexpr std::string_view company_id = "company_id";
inline constexpr std::string_view camel_company_id = "companyId";
inline constexpr std::string_view created_at = "created_at";
inline constexpr std::string_view updated_at = "updated_at";
/// It stands anywhere inside the fields of type sendlog: the account's key for sending logs.
inline constexpr std::string_view private_key = "privateKey";
}  // namespace member

/// Whether the member belongs to the account that a webhook is in, and not to the webhook. Such members are
/// removed when a webhook is transformed, and never compared.
[[nodiscard]] bool is_server_owned(std::string_view name);
/// Whether the member repeats the type's id.
[[nodiscard]] bool is_type_id(std::string_view name);
/// Whether a redacted export keeps the member as it is: because webhooks are matched by it, or because it
/// says nothing of the content.
[[nodiscard]] bool is_kept_when_redacted(std::string_view name);

/// The members that say what a webhook is, read in one pass; of several with one name the last.
struct WebhookMembers {
  explicit WebhookMembers(const json::Value& webhook);
  /// The first of the places that has an integer; of the block only the `id`.
  std::optional<std::int64_t> type() const;
  std::optional<json::Value> id, alias, type_id, camel_type_id, type_block, created_at, updated_at, fields;
};

struct WebhookKind {
  std::int64_t id;
  std::string_view name;   ///< "pager_duty"
  std::string_view label;  ///< "PagerDuty"
  std::string_view icon;
};
inline constexpr std::int64_t sendlog_type = 3;

/// Table A, in the order of the ids.
std::span<const WebhookKind> webhook_kinds();

/// nullptr where the id is not in Table A.
const WebhookKind* find_kind(std::int64_t id);

/// By name or label; letter case, spaces, '_' and '-' ignored, so that "Send Log" finds sendlog.
const WebhookKind* find_kind_by_name(std::string_view name);
[[nodiscard]] bool label_fits(const WebhookKind& kind, std::string_view label);

/// Why messages to that receiver get lost, or soon will; empty for any other. `host` is in lower case, `path`
/// begins with a slash or is empty.
std::string_view retirement_of(std::string_view host, std::string_view path);

/// What in the decoded text of `integration_type_fields` breaks Table B for this type; empty when it
/// complies. Short phrases that name fields and quote no values.
std::vector<std::string> table_b_breaches(std::int64_t type, std::string_view fields_text);

}  // namespace hookferry::webhook
