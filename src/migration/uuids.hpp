// New UUIDs for webhooks that carry one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/edit.hpp"

namespace hookferry {

/// Edits for the decoded text of `integration_type_fields`: the field `uuid` and `payload.uuid` become one
/// new UUID, name-based (RFC 4122, version 5) on `destination` and the old one, so that a second run gives
/// the same. Nothing is added where there was none.
std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination);

/// The UUID that it has, in lower case; empty for none. The same places.
std::string uuid_in(std::string_view fields);

}  // namespace hookferry
