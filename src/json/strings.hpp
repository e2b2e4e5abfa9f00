// Editing the strings of a JSON text in place, through any levels of JSON inside JSON.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "json/edit.hpp"

namespace hookferry::json {

/// Edits of one text, as places in it.
using EditString = std::function<std::vector<Edit>(std::string_view text)>;

/// Calls `edit_string` with the decoded text of every string value (not of member names) at any depth of
/// `json_text` and gives its edits as places in `json_text`, in the order of the text, replacements escaped
/// to fit there. A string that is itself a JSON object, array or string is walked in the same manner instead.
/// Text that is no JSON is handed over as it is; so is text past the limits of Document. The edits of one
/// string must not overlap.
///
/// `is_worth_it` is asked of the literal of each string before: what is not is neither decoded nor handed
/// over.
using IsWorthIt = std::function<bool(std::string_view literal)>;
std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const IsWorthIt& is_worth_it = nullptr);

}  // namespace hookferry::json
