// JSON written: strings encoded, texts laid out and edited, values made with Boost.JSON.
//
// Boost's own writer and reader will not do for texts that hold what accounts hold: it lets bytes through
// that are no UTF-8, reads numbers into doubles, and (1.81) refuses a lone surrogate, which an alias may be.
#pragma once

#include <boost/json/fwd.hpp>

#include "json/document.hpp"

namespace hookferry::json {

/// A JSON string: the escaped characters in quotes. Bytes that are no UTF-8 become U+FFFD.
std::string encode(std::string_view text);
/// Appends what encode() returns.
void append_encoded(std::string& out, std::string_view text);

/// The value in lines, with two spaces a level. Every number, string and key stays to the byte.
std::string pretty(const Value& value);
/// Appends what pretty() returns for a JSON text. `indent` is that of the lines after the first.
void append_pretty(std::string& out, std::string_view json_text, std::size_t indent);
/// The value without any space between tokens.
std::string compact(const Value& value);

/// One text for all spellings of a value: members sorted by name (equal names in the order they stand),
/// numbers reduced exactly (never through a double), strings in one spelling. Equal JSON has equal texts.
std::string canonical(const Value& value);
void append_canonical(std::string& out, const Value& value);

/// A JSON text that keeps its spelling, as a value in what is made.
boost::json::value raw_json(std::string json_text);
boost::json::value or_null(const std::optional<std::int64_t>& number);
boost::json::value or_null(const std::string& text);  ///< null for an empty one

/// These write values of the program's own making.
std::string pretty(const boost::json::value& made);
std::string compact(const boost::json::value& made);

// Splicing: a text changes at named places and nowhere else, through any levels of JSON inside JSON.

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
/// replacements are escaped once more. `shift` is where the literal starts in the edited text.
[[nodiscard]] std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift);
using EditString = std::function<std::vector<Edit>(std::string_view text)>;
/// Gets the literal of a string. A string that does not pass is neither decoded nor edited.
using StringFilter = std::function<bool(std::string_view literal)>;

/// Calls `edit_string` with the decoded text of every string value (not of member names) at any depth of
/// `json_text` and gives its edits as places in `json_text`, in the order of the text, replacements escaped
/// to fit there. A string that is a JSON object, array or string is walked likewise. Text that is not JSON is
/// handed over as it is; so is text past the limits of Document. The edits of one string must not overlap.
std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const StringFilter& filter = nullptr);

/// The JSON that replaces the value of a member, if any.
using EditMember = std::function<std::optional<std::string>(std::string_view name, const Value& value)>;

/// Calls `edit_member` for every object member at any depth of `json_text`, also inside strings that are
/// themselves a JSON object or array, but not inside a value that is replaced. Other text has no edits.
std::vector<Edit> edit_members(std::string_view json_text, const EditMember& edit_member);

}  // namespace hookferry::json
