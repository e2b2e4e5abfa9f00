// The strings of a webhook in which hosts are looked for: its `url`, and every string inside its
// `integration_type_fields`, at any depth, JSON inside strings included.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry {

/// Decoded, in the order of the text. `filter`: see json/edit.hpp.
void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::StringFilter& filter = nullptr);
std::vector<std::string> strings_of(std::string_view webhook_text);

}  // namespace hookferry
