#include "json/edit.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "json/build.hpp"

namespace hookferry::json {

std::string apply(std::string_view text, std::vector<Edit> edits) {
  std::ranges::stable_sort(edits, {}, [](const Edit& edit) { return std::pair(edit.begin, edit.end); });
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (const auto& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > text.size())
      throw std::logic_error("edits of a text overlap or reach beyond it");
    out += text.substr(at, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out += text.substr(at);
  return out;
}

std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift) {
  for (auto& edit : edits) {
    edit.begin = decoded.offset(edit.begin) + shift;
    edit.end = decoded.offset(edit.end) + shift;
    const auto literal = encode(edit.replacement);
    edit.replacement = literal.substr(1, literal.size() - 2);
  }
  return edits;
}

namespace {

// The recursion is bounded: by max_depth inside one text, and from text to text because each level of quoting
// doubles the backslashes before the innermost quote.
void add_string_edits(const Value& value, const EditString& edit_string, const StringFilter& filter,
                      std::vector<Edit>& out) {
  const auto add = [&](const Value& inner) { add_string_edits(inner, edit_string, filter, out); };
  value.each_element(add);
  value.each_member([&](const Value&, const Value& member) { add(member); });
  if (!value.is(Kind::string) || (filter && !filter(value.text()))) return;
  const auto decoded = decode_with_offsets(value.text());
  std::ranges::move(lift(edit_strings(decoded.text, edit_string, filter), decoded, value.begin()),
                    std::back_inserter(out));
}

void add_member_edits(const Value& value, const EditMember& edit_member, std::vector<Edit>& out) {
  value.each_element([&](const Value& element) { add_member_edits(element, edit_member, out); });
  value.each_member([&](const Value& key, const Value& member) {
    if (auto text = edit_member(key.string(), member))
      out.push_back({member.begin(), member.end(), std::move(*text)});
    else
      add_member_edits(member, edit_member, out);
  });
  if (!value.is(Kind::string)) return;
  // Only a string that begins like an object or array, or with an escape, is worth parsing.
  const auto literal = value.text();
  const auto start = literal.find_first_not_of(" \t\r\n", 1);
  if (literal[start] != '{' && literal[start] != '[' && literal[start] != '\\') return;
  const auto decoded = decode_with_offsets(literal);
  std::ranges::move(lift(edit_members(decoded.text, edit_member), decoded, value.begin()),
                    std::back_inserter(out));
}

}  // namespace

std::vector<Edit> edit_strings(std::string_view json_text, const EditString& edit_string,
                               const StringFilter& filter) {
  // Numbers and words are JSON, too, but hold no strings: as a text they are edited like any other.
  const auto first = json_text.find_first_not_of(" \t\r\n");
  const bool may_hold_strings = first != std::string_view::npos &&
                                std::string_view("{[\"").find(json_text[first]) != std::string_view::npos;
  const auto document = may_hold_strings ? Document::try_over(json_text) : std::nullopt;
  if (!document) return edit_string(json_text);
  std::vector<Edit> out;
  add_string_edits(document->root(), edit_string, filter, out);
  return out;
}

std::vector<Edit> edit_members(std::string_view json_text, const EditMember& edit_member) {
  std::vector<Edit> out;
  if (const auto document = Document::try_over(json_text))
    add_member_edits(document->root(), edit_member, out);
  return out;
}

}  // namespace hookferry::json
