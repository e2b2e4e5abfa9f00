// Editing the members of a JSON text in place, through any levels of JSON inside JSON.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/edit.hpp"

namespace hookferry::json {

/// Asks `replacement` for every object member at any depth of `json_text`, also inside strings that are
/// themselves a JSON object or array; what it gives is the member's new value as JSON. A replaced value is
/// not looked into. Nothing for text that is no JSON.
std::vector<Edit> edit_members(
    std::string_view json_text,
    const std::function<std::optional<std::string>(std::string_view name, const Value& value)>& replacement);

}  // namespace hookferry::json
