// The strings of a webhook in which hosts are looked for: its `url`, and every string inside its
// `integration_type_fields`, at any depth, JSON inside strings included.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/strings.hpp"

namespace hookferry {

/// Decoded, in the order of the text. `is_worth_it`: see json/strings.hpp.
void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::IsWorthIt& is_worth_it = nullptr);
std::vector<std::string> strings_of(std::string_view webhook_text);

}  // namespace hookferry
