// Splicing: a text changes at named places and nowhere else, through any levels of JSON inside JSON.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry::json {

/// Bytes [begin, end) become `replacement`.
struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string replacement;
};

/// Edits may come in any order; at one place, insertions go first. Throws std::logic_error if two overlap or
/// one reaches beyond the text, because the result would be wrong.
[[nodiscard]] std::string apply(std::string_view text, std::vector<Edit> edits);

/// Turns edits of a decoded string into edits of the literal that it came from: places are mapped back,
/// replacements are escaped once more. `shift` is where the literal starts in the text that the result is
/// for.
[[nodiscard]] std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift);

/// Returns the edits of one text.
using EditString = std::function<std::vector<Edit>(std::string_view text)>;
/// Gets the literal of a string. A string that does not pass is neither decoded nor edited.
using StringFilter = std::function<bool(std::string_view literal)>;

/// Calls `edit_string` with the decoded text of every string value (not of member names) at any depth of
/// `json_text` and gives its edits as places in `json_text`, in the order of the text, replacements escaped
/// to fit there. A string that is itself a JSON object, array or string is walked in the same manner instead.
/// Text that is not JSON is handed over as it is; so is text past the limits of Document. The edits of one
/// string must not overlap.
std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const StringFilter& filter = nullptr);

/// The JSON that replaces the value of a member, if any.
using EditMember = std::function<std::optional<std::string>(std::string_view name, const Value& value)>;

/// Calls `edit_member` for every object member at any depth of `json_text`, also inside strings that are
/// themselves a JSON object or array, but not inside a value that is replaced. Text that is not JSON has no
/// edits.
std::vector<Edit> edit_members(std::string_view json_text, const EditMember& edit_member);

}  // namespace hookferry::json
