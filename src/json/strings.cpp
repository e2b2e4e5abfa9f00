#include "json/strings.hpp"

#include <iterator>
#include <optional>
#include <string>

#include "json/document.hpp"
#include "json/text.hpp"

namespace hookferry::json {
namespace {

void append(std::vector<Edit>& out, std::vector<Edit> more) {
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// The recursion is bounded: by max_depth inside one text, and from text to text because each level of quoting
// doubles the backslashes before the innermost quote.
void edit_value(const Value& value, const EditString& edit_string, const IsWorthIt& is_worth_it,
                std::vector<Edit>& out) {
  if (value.is(Kind::string)) {
    if (is_worth_it && !is_worth_it(value.text())) return;
    const auto decoded = decode_with_offsets(value.text());
    append(out, lift(edit_strings(decoded.text, edit_string, is_worth_it), decoded, value.begin()));
  }
  value.each_element([&](const Value& element) { edit_value(element, edit_string, is_worth_it, out); });
  value.each_member(
      [&](const Value&, const Value& member) { edit_value(member, edit_string, is_worth_it, out); });
}

/// Numbers and words are JSON, too, but hold no strings: as a text they are edited like any other.
bool may_hold_strings(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[' || text[first] == '"');
}

}  // namespace

std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const IsWorthIt& is_worth_it) {
  if (!may_hold_strings(json_text)) return edit_string(json_text);
  const auto document = Document::try_over(json_text);
  if (!document) return edit_string(json_text);
  std::vector<Edit> out;
  edit_value(document->root(), edit_string, is_worth_it, out);
  return out;
}

}  // namespace hookferry::json
