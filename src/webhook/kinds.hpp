// The types of the vendor's guide: Table A (what a type is called) and Table B (what its fields must be).
// Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry::webhook {

struct WebhookKind {
  std::int64_t id;
  std::string_view name;   ///< "pager_duty"
  std::string_view label;  ///< "PagerDuty"
  std::string_view icon;
};

/// Table A, in the order of the ids.
std::span<const WebhookKind> webhook_kinds();

/// nullptr where the id is not in Table A.
const WebhookKind* find_kind(std::int64_t id);

/// By name or label; letter case, spaces, '_' and '-' ignored, so that "Send Log" finds sendlog.
const WebhookKind* find_kind_by_name(std::string_view name);
[[nodiscard]] bool label_fits(const WebhookKind& kind, std::string_view label);

/// What in the decoded text of `integration_type_fields` breaks Table B for this type; empty when it
/// complies. Short phrases that name fields and quote no values.
std::vector<std::string> table_b_breaches(std::int64_t type, std::string_view fields_text);

}  // namespace hookferry::webhook
