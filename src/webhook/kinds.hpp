// The vendor's formats of a webhook: its members, its types (Table A of the guide), and what the fields of a
// type must be (Table B). Sources: the vendor's webhooks guide, January 2023; its OpenAPI v5, August 2026.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry::webhook {

/// What a webhook looks like in one API. v1's form has an `alias`, an `integration_type_id` and
/// `integration_type_fields`. v5's form has a `name`, a `type` and a configuration named after it.
enum class Form : std::uint8_t { v1, v5 };
constexpr std::string_view name_of(Form form) { return form == Form::v1 ? "v1" : "v5"; }

/// The names of members, as requests and responses of the APIs spell them.
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
// Only v5 has these. It calls the alias `name`, and its `id` is a UUID.
inline constexpr std::string_view type = "type";
inline constexpr std::string_view external_id = "externalId";  ///< the number that v1 calls `id`
inline constexpr std::string_view camel_created_at = "createdAt";
inline constexpr std::string_view camel_updated_at = "updatedAt";
}  // namespace member

/// Whether the member belongs to the account that a webhook is in, and not to the webhook. Such members are
/// removed when a webhook is transformed, and never compared.
[[nodiscard]] bool is_server_owned(std::string_view name, Form form = Form::v1);
/// Whether the member of v1's form repeats the type's id.
[[nodiscard]] bool is_type_id(std::string_view name);
/// Whether the member of v5's form is a configuration, that of an unknown type included.
[[nodiscard]] bool is_configuration(std::string_view name);
/// Whether a redacted export keeps the member: webhooks are matched by it, or it is not about the content.
[[nodiscard]] bool is_kept_when_redacted(std::string_view name, Form form = Form::v1);

/// The members that say what a webhook is; of several with one name the last. `alias` is also v5's `name`.
struct WebhookMembers {
  /// Without a form, it is recognised by the members. Where they do not show it, it is v1.
  explicit WebhookMembers(const json::Value& webhook, std::optional<Form> known = std::nullopt);
  /// v1: the first of the places that has an integer; of the block only the `id`. v5: the number of the type.
  std::optional<std::int64_t> type() const;
  Form form = Form::v1;
  bool shows_form = false;  ///< whether the members show it
  std::optional<json::Value> id, alias, type_id, camel_type_id, type_block, created_at, updated_at, fields;
  std::optional<json::Value> uuid;  ///< v5's `id`

 private:
  void read(const json::Value& webhook);
};

struct WebhookKind {
  std::int64_t id;
  std::string_view name;           ///< "pager_duty"
  std::string_view label;          ///< "PagerDuty"
  std::string_view icon;           ///< empty if only v5 has the type
  std::string_view v5_type;        ///< "PAGERDUTY"
  std::string_view configuration;  ///< "pagerDuty", the member of v5's form
  bool in_v1() const { return id >= 0; }
};
inline constexpr std::int64_t webhook_type = 1;
inline constexpr std::int64_t sendlog_type = 3;

/// Table A, in the order of the ids, then the types that only v5 has. v1's ids of these are not documented,
/// so they have numbers of the program's own, which are negative.
std::span<const WebhookKind> webhook_kinds();

/// nullptr where there is no such type.
const WebhookKind* find_kind(std::int64_t id);

/// The number of v5's `type`. An unknown name has a number, too, so that its webhooks are matched.
std::int64_t number_of_v5_type(std::string_view type);
/// "slack" for 0 …, the number for an id outside the table, "unknown" for such a name of v5.
std::string type_name(std::int64_t type);

/// By name or label; letter case, spaces, '_' and '-' ignored, so that "Send Log" finds sendlog.
const WebhookKind* find_kind_by_name(std::string_view name);
[[nodiscard]] bool label_fits(const WebhookKind& kind, std::string_view label);

/// Why messages to that receiver get lost, or soon will; empty for any other. `host` is in lower case.
std::string_view retirement_of(std::string_view host, std::string_view path);

/// What in the decoded text of `integration_type_fields` breaks Table B for this type; empty when it
/// complies. Short phrases that name fields and quote no values.
std::vector<std::string> table_b_breaches(std::int64_t type, std::string_view fields_text);

/// What is wrong with the configurations of a webhook of v5's form, which must have just that of its type.
std::vector<std::string> configuration_breaches(std::int64_t type, const json::Value& webhook);

}  // namespace hookferry::webhook
