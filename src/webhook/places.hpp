// Places inside webhooks, by the paths that differences are told with.
//
// A path is the names of members from the top down, each behind a slash: "/url",
// "/integration_type_fields/payload/privateKey". Inside `integration_type_fields` it goes on in the JSON that
// the string holds. An array's elements go by their `name` where all are {name, value}, and then mean the
// value; else by their number from 0. Names stand as they are, slashes in them included.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry {

using Field = std::pair<std::string, json::Value>;
using Fields = std::vector<Field>;

/// Elements by their `name`, where all are {name, value} and no name comes twice.
[[nodiscard]] std::optional<Fields> named_elements(const json::Value& array);
/// Members by their names, elements by their numbers; nothing of other kinds.
Fields numbered_children(const json::Value& value);

/// The JSON that `integration_type_fields` of a webhook holds, "[]" where it is null or missing; nothing
/// where it is no JSON.
[[nodiscard]] std::optional<json::Document> fields_document(const json::Value& webhook);

/// Below any value: itself for "", else what is at the end of the path. Of duplicate members the last.
[[nodiscard]] std::optional<json::Value> find_below(const json::Value& value, std::string_view path);

/// The JSON text of what a webhook has at that path; nothing where it has no such place, and for what is the
/// account's own (its id, its company, its times) or the type's id.
[[nodiscard]] std::optional<std::string> value_at(const json::Value& webhook, std::string_view path);

/// Edits of the document of `webhook` that put the JSON text `value` there. At "/integration_type_fields" a
/// string is taken as it is, any other value as the JSON that the string is to hold. Nothing where value_at()
/// has nothing.
[[nodiscard]] std::optional<std::vector<json::Edit>> set_at(const json::Value& webhook, std::string_view path,
                                                            std::string_view value);

}  // namespace hookferry
